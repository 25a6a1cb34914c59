"""The views of a metric widget: one module each, with VIEW and `view_html(graph, size)`; registry.py finds them."""
