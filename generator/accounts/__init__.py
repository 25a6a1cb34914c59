"""Members from the AWS organization: who is selected, under which names, and what changed."""
