"""Daily and weekly reports of what the event store knows."""
