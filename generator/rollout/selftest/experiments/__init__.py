"""One module for each experiment. The name of the module, with hyphens, is that of the experiment."""
