"""What accounts have, what watches it, and what nothing watches."""
