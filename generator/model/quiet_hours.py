"""When quiet hours are, by the clock of their time zone; the incident function knows the same by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from generator.model.incidents import Quiet
from generator.model.routing import AlarmSeverity
from generator.model.time_zones import time_zone_rules

MINUTE_SECONDS = 60
_LONGEST_MINUTES = 2 * 24 * 60


def quiet_until(quiet: Quiet | None, severity: AlarmSeverity, at: float) -> float:
    """When messages of a severity need not wait any longer; 0 where they need not wait at all. Seconds since 1970."""
    if not is_quiet(quiet, severity, at):
        return 0
    return next(minute for minute in _minutes(at, _LONGEST_MINUTES) if not is_quiet(quiet, severity, minute))


def quiet_from(quiet: Quiet | None, severity: AlarmSeverity, at: float, until: float) -> float:
    """When quiet hours begin between two times; 0 where they do not. Seconds since 1970."""
    minutes = _minutes(at, int((until - at) // MINUTE_SECONDS) + 1)
    return next((minute for minute in minutes if minute <= until and is_quiet(quiet, severity, minute)), 0)


def is_quiet(quiet: Quiet | None, severity: AlarmSeverity, at: float) -> bool:
    """True if messages of a severity wait at that time."""
    if quiet is None or severity not in quiet.severities:
        return False
    local = datetime.fromtimestamp(at, _zone(quiet.time_zone))
    minute = 60 * local.hour + local.minute
    if quiet.begins > quiet.ends:
        return minute >= quiet.begins or minute < quiet.ends
    return quiet.begins <= minute < quiet.ends


def _minutes(at: float, number: int) -> Iterator[float]:
    """The whole minutes after a time; clocks are put forward and back by whole minutes."""
    first = at - at % MINUTE_SECONDS + MINUTE_SECONDS
    return (first + MINUTE_SECONDS * index for index in range(number))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo.from_file(io.BytesIO(time_zone_rules(name)), key=name)
