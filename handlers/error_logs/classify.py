"""What a log line is: an error, no error, or a continuation of the line before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handlers.error_logs.rows import Event, Row


def is_error(text: str) -> bool:
    """Whether an event reports an error. A level decides where there is one; `errors=0` and the like are none."""
    raise NotImplementedError


def continues(text: str) -> bool:
    """Whether a line belongs to the line before it, as lines of a stack trace do."""
    raise NotImplementedError


def joined(rows: Iterable[Row]) -> Iterator[Event]:
    """Events of rows that come sorted by log, stream and time."""
    raise NotImplementedError
