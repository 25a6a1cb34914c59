"""The kinds of sources: each file reads one, and is found by directory."""
