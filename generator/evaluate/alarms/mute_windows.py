"""When a mute rule holds actions, from its schedule (mute_schedule).

Times are of the rule's time zone; a clock that is put on or back is treated as Debian's cron does, and two fields for
the day are joined by or, as cron's are. AWS says neither.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html (StartDate, ExpireDate)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from generator.evaluate.alarms.mute_schedule import Misread, Once, Recurring, schedule
from generator.evaluate.alarms.suppression import Window
from generator.evaluate.template.template import MuteRuleResource, Unknown

_DURATION = re.compile(r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SECONDS = (86_400, 3600, 60, 1)
_SHORTEST, _LONGEST = 60, 15 * 86_400
_CALENDAR = 253_370_764_800  # the year 9999, at which calendars end
# A window every minute for a week; more would overlap each other anyway.
_MOST = 10_080


def windows(rule: MuteRuleResource, start: int, end: int) -> tuple[Window, ...] | Unknown:
    """The windows of a rule that touch the time from start to end, by time. Never raises."""
    found = schedule(" ".join(rule.expression.split()))
    duration = _duration(rule.duration)
    zone = _zone(rule.time_zone)
    if isinstance(found, Misread):
        return Unknown(f"the mute rule {rule.name}: `{rule.expression}`: {found.message}")
    if duration is None:
        return Unknown(f"the mute rule {rule.name}: `{rule.duration}` is no duration from PT1M to P15D")
    if zone is None:
        return Unknown(f"the mute rule {rule.name}: `{rule.time_zone}` is no time zone")
    limits = [_moment(text, zone) for text in (rule.start, rule.expire)]
    if (rule.start and limits[0] is None) or (rule.expire and limits[1] is None):
        return Unknown(f"the mute rule {rule.name}: StartDate or ExpireDate is no time")
    first = max(start - duration, limits[0] or 0, 0)
    last = min(end, (limits[1] or _CALENDAR) - 1, _CALENDAR)
    if isinstance(found, Once):
        at = int(found.at.replace(tzinfo=zone).timestamp())
        return ((at, at + duration),) if first <= at <= last else ()
    return tuple((at, at + duration) for at in _begun(found, zone, first, last))


def _begun(found: Recurring, zone: tzinfo, first: int, last: int) -> Iterator[int]:
    from cronsim import CronSim

    return _until(CronSim(found.cron, datetime.fromtimestamp(first - 1, zone)), last)


def _until(moments: Iterator[datetime], last: int) -> Iterator[int]:
    for moment, _ in zip(moments, range(_MOST), strict=False):
        at = int(moment.timestamp())
        if at > last:
            return
        yield at


def _duration(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    if not found:
        return None
    seconds = sum(int(number or 0) * unit for number, unit in zip(found.groups(), _SECONDS, strict=True))
    return seconds if _SHORTEST <= seconds <= _LONGEST else None


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _moment(text: str, zone: tzinfo) -> int | None:
    """Seconds since 1970 of a time without seconds, and of one with a zone of its own; None where it is no time."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
    except (ValueError, OverflowError):
        return None
