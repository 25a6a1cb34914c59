"""The rules: one module each, with RULE, TITLE, LEVEL, WHY and `judge`. generator/hygiene/registry.py finds them."""
