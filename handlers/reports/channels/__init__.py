"""The ways of a report to a channel: `<type>.py` has `send`, for each type that takes reports."""
