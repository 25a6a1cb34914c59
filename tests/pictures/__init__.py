"""Pictures of dashboard bodies: what they would look like, with values that nobody measured."""
