"""Models of the services that channels lead to."""
