"""The kinds of widgets: one module each, with KIND and `widget_html(properties, size, context)`; registry.py finds them."""
