"""The kinds of widgets: one module each, with KIND and `widget_html`; registry.py finds them."""
