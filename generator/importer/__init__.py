"""Reads alarms that another tool manages, or that are in AWS, and writes them as an `observability.yaml`."""
