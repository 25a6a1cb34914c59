"""Times of a capture: UTC, ISO 8601, with `Z`; of answers of AWS with milliseconds, of the capture itself without."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_ms(text: object) -> int:
    """Milliseconds since 1970. Raises ValueError where it is not such a time."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError(f"expected a time such as `2026-11-01T00:00:00Z`, got `{text}`")
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def format_s(at_ms: int) -> str:
    """A time of the capture itself: whole seconds."""
    return f"{_EPOCH + timedelta(seconds=at_ms // 1000):%Y-%m-%dT%H:%M:%S}Z"


def format_ms(at_ms: int) -> str:
    """A time in an answer of AWS: always with milliseconds, so that texts sort as times do."""
    return f"{format_s(at_ms)[:-1]}.{at_ms % 1000:03d}Z"


def datetime_ms(time: datetime) -> int:
    """Milliseconds since 1970 of a time with a time zone, as botocore gives it."""
    return (time - _EPOCH) // timedelta(milliseconds=1)
