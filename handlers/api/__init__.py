"""The REST API of the event store, in the hub."""
