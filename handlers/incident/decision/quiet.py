"""The hours in which people are left alone with what can wait until the morning; pure.

They are hours of the clock on the wall, so that a night may have an hour more or less where the clock is changed.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.incident.routing_table import QuietEntry

HOUR_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Quiet:
    """begins, ends: minutes of the day. zone_rules: the time zone's, as the build has them (TZif in base64)."""

    severities: frozenset[str]
    begins: int
    ends: int
    time_zone: str
    zone_rules: str = ""

    def until(self, severity: str, now: int) -> int:
        """When a message of a severity need not wait any longer; 0 where it need not wait at all.

        Times are milliseconds since 1970.
        """
        if severity not in self.severities:
            return 0
        local = datetime.fromtimestamp(now / 1000, _zone(self.time_zone, self.zone_rules))
        minute = HOUR_MINUTES * local.hour + local.minute
        overnight = self.begins > self.ends
        is_quiet = minute >= self.begins or minute < self.ends if overnight else self.begins <= minute < self.ends
        if not is_quiet:
            return 0
        day = local.date() + timedelta(days=int(overnight and minute >= self.begins))
        hours, minutes = divmod(self.ends, HOUR_MINUTES)
        # Within the hour that comes twice, the end that is still to come.
        end = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=local.tzinfo, fold=local.fold)
        return round(1000 * _end_utc(end).timestamp())


def _end_utc(end: datetime) -> datetime:
    """When the clock shows a time, or first shows a later one where it is put forward over it.

    Such a time, with fold 1, is read by the offset that holds afterwards, so that it is a moment before the change:
    https://peps.python.org/pep-0495/#mind-the-gap
    """
    at, wall_time = end.astimezone(UTC), end.replace(tzinfo=None)
    if _wall_time(at, end) == wall_time:
        return at
    at = end.replace(fold=1).astimezone(UTC)
    while _wall_time(at, end) < wall_time:
        at += timedelta(minutes=1)
    return at


def _wall_time(at: datetime, like: datetime) -> datetime:
    return at.astimezone(like.tzinfo).replace(tzinfo=None, fold=0)


@cache
def _zone(name: str, rules: str) -> tzinfo:
    """UTC where nobody has the zone's rules: hours that are shifted are better than no messages."""
    try:
        return ZoneInfo.from_file(io.BytesIO(base64.b64decode(rules)), key=name) if rules else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def quiet_hours(settings: QuietEntry | None) -> Quiet | None:
    """From the routing table; None where there are none."""
    if not settings:
        return None
    return Quiet(
        frozenset(settings["severities"]),
        settings["begins_minute"],
        settings["ends_minute"],
        settings["time_zone"],
        settings.get("zone_rules", ""),
    )
