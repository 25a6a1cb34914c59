"""Dashboards as CloudWatch has them: what their bodies show."""
