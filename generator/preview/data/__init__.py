"""Where the values of charts come from: samples, or the metric data of a capture."""
