"""Dashboards of CloudWatch as static HTML: the grid, a file for each kind of widget and of view."""
