"""The sections of a comment, one module each, found by directory."""
