"""What a report covers: from the time for which it was scheduled, in its own time zone; pure but for the zone's data.

A day is a day of the clock on the wall, so that it has 23 or 25 hours where the clock is changed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = {"daily": 1, "weekly": 7}
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Period:
    """From start up to but not including end. time_zone: the name that a reader sees."""

    start: datetime
    end: datetime
    time_zone: str

    @property
    def start_ms(self) -> int:
        """Milliseconds since 1970."""
        return _ms(self.start)

    @property
    def end_ms(self) -> int:
        """Milliseconds since 1970."""
        return _ms(self.end)

    @property
    def days(self) -> int:
        """How many days of the calendar lie between start and end."""
        return max(1, (self.end.date() - self.start.date()).days)

    @property
    def day(self) -> date:
        """The day in UTC on which the period ends, as waivers end by days in UTC."""
        return self.end.astimezone(UTC).date()

    def before(self) -> Period:
        """The period of the same length that ended when this one began."""
        return Period(self.start - timedelta(days=self.days), self.start, self.time_zone)

    def buckets(self) -> Iterator[tuple[int, str]]:
        """Beginning, in milliseconds since 1970, and label of each step of the trend: hours of one day, else days."""
        if self.days > 1:
            for number in range(self.days):
                day = self.start + timedelta(days=number)
                yield _ms(day), f"{day:%a} {day.day}"
            return
        for at in range(self.start_ms, self.end_ms, HOUR_MS):
            yield at, f"{datetime.fromtimestamp(at / 1000, self.start.tzinfo):%H:%M}"


def period(name: str, scheduled: datetime, time_zone: str, rules: bytes = b"") -> Period:
    """The period of a report that was scheduled for a time. Raises KeyError for a name that is no report's.

    rules: the time zone's, as the build has them (TZif, RFC 9636); the machine's own where there are none.
    """
    zone, zone_name = _zone(time_zone, rules)
    end = scheduled.astimezone(zone)
    return Period(end - timedelta(days=DAYS[name]), end, zone_name)


def _zone(name: str, rules: bytes) -> tuple[tzinfo, str]:
    """UTC where nobody has the zone's rules: a report an hour off is better than none."""
    try:
        return (ZoneInfo.from_file(io.BytesIO(rules), key=name) if rules else ZoneInfo(name)), name
    except (ZoneInfoNotFoundError, ValueError):
        return UTC, "UTC"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
