"""The views of a metric widget: one module each, with VIEW and `view_html`; registry.py finds them."""
