"""A workload to watch: it stands inline in the members' template, not in a package."""
