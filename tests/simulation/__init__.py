"""A deterministic simulation of the handlers: the real code, everything around it simulated, every world a seed."""
