"""What is wrong with a capture, line by line."""

from __future__ import annotations

from collections.abc import Sequence

MOST_ERRORS = 20


class BadCapture(Exception):
    """A capture that cannot be read.

    errors: sentences that begin with the file and, where there is one, the line; at most MOST_ERRORS and a count.
    """

    def __init__(self, errors: Sequence[str]) -> None:
        rest = len(errors) - MOST_ERRORS
        more = (f"and {rest} more errors",) if rest > 0 else ()
        self.errors: tuple[str, ...] = (*errors[:MOST_ERRORS], *more)
        super().__init__("\n".join(self.errors))


class NoCapture(BadCapture):
    """There is no capture in that place."""
