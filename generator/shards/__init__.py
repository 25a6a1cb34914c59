"""One side's template over several stacks: which resource is where, for good, and the templates that this makes."""
