"""The script of the canaries: it stands inline in the hub's template, not in a package."""
