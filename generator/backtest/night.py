"""The hours that count as night, by the clock of a place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY_MINUTES = 24 * 60


class BadNight(ValueError):
    """Hours or a time zone that cannot be read; str() is the sentence."""


@dataclass(frozen=True, slots=True)
class Night:
    """hours: as they are written, `22:00-07:00`. zone: an IANA name."""

    hours: str
    zone: str
    includes: Callable[[int], bool]
    """Whether a time, in seconds since 1970, is at night."""


def night(hours: str, zone: str) -> Night:
    """The night of these hours. Raises BadNight."""
    match = _HOURS.fullmatch(hours)
    if not match:
        raise BadNight(f"expected hours such as `22:00-07:00`, got `{hours}`")
    begin, end = (60 * int(match[index]) + int(match[index + 1]) for index in (1, 3))
    if begin == end:
        raise BadNight(f"the night `{hours}` has no end")
    try:
        clock = UTC if zone == "UTC" else ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise BadNight(f"there is no time zone `{zone}`") from None

    def includes(at: int) -> bool:
        local = datetime.fromtimestamp(at, UTC).astimezone(clock)
        minutes = 60 * local.hour + local.minute
        return (minutes - begin) % _DAY_MINUTES < (end - begin) % _DAY_MINUTES

    return Night(hours, zone, includes)
