"""Times as the API has them, ISO 8601 in UTC, and as everything else has them, milliseconds since 1970; pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
# RFC 3339, which is what JSON Schema's format date-time means. https://www.rfc-editor.org/rfc/rfc3339#section-5.6
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class NotATime(ValueError):
    """The text is no time."""


def milliseconds(text: str) -> int:
    """The moment that an RFC 3339 text names; 0 for one before 1970. Raises NotATime."""
    if not _MOMENT.fullmatch(text):
        raise NotATime(text)
    whole, fraction, offset = re.split(r"(\.\d+)", text, maxsplit=1) if "." in text else (text, "", "")
    # A leap second is the last of its minute.
    upper = (whole + offset).upper().replace(":60Z", ":59Z").replace(":60+", ":59+").replace(":60-", ":59-")
    try:
        parsed = datetime.fromisoformat(upper)
    except ValueError:
        raise NotATime(text) from None
    thousandths = int((fraction[1:] + "000")[:3]) if fraction else 0
    return max(0, (parsed - _EPOCH) // _MS + thousandths)


def iso(ms: int) -> str:
    """The moment, to the millisecond only where it has any."""
    seconds, rest = divmod(ms, 1000)
    time = _EPOCH + timedelta(seconds=seconds)
    return f"{time:%Y-%m-%dT%H:%M:%S}{f'.{rest:03d}' if rest else ''}Z"


def iso_or_none(ms: int) -> str | None:
    """The moment; None for 0, which is never."""
    return iso(ms) if ms else None


def day_of(ms: int) -> str:
    """The day (UTC) of a moment."""
    return iso(ms)[:10]


def end_of_day(day: str) -> int:
    """When a day such as 2026-11-30 is over (UTC)."""
    return int((datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) - _EPOCH) // _MS) + DAY_MS


def day_before(day: str) -> str:
    """The day before a day such as 2026-11-30."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def seconds_of(text: str) -> int:
    """The seconds of a duration such as 90m, 1h or 2d, which has been validated."""
    return int(text[:-1]) * _SECONDS[text[-1]]
