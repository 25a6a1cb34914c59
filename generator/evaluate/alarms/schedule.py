"""When an alarm is evaluated: how often, and at which moments of a clock.

A wall clock window has whole periods of a place's clock: hours from their top, days from midnight, weeks from Monday.
Where that clock is put on or back within the time that is played, its days are not all as long, and how CloudWatch then
cuts them is left to it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WallClockWindow.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from generator.evaluate.template.intrinsic_values import Unknown

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800
_CLOCK_PERIODS = (_MINUTE, 5 * _MINUTE, _HOUR, _DAY, _WEEK)
_MONDAY = 4 * _DAY
"""The first Monday after the beginning of 1970, from which seconds are counted."""
_OFFSET = re.compile(r"(?:UTC)?([+-])([01][0-9]|2[0-3]):([0-5][05])")
_LAST = 253_402_300_799


@dataclass(frozen=True, slots=True)
class EvaluationSchedule:
    """When an alarm is evaluated. period: of its data points. step: between evaluations. phase: of the first in it."""

    period: int
    step: int
    phase: int = 0

    @property
    def stride(self) -> int:
        """Evaluations to the next one that shares no period with the first."""
        return max(1, self.period // self.step)

    def last_until(self, at: int) -> int:
        """The last evaluation that is not later than a time."""
        return at - (at - self.phase) % self.step


def wall_clock_schedule(period: int, zone: str, span: tuple[int, int]) -> EvaluationSchedule | Unknown:
    """The rhythm of a wall clock window. zone: UTC, an offset of five minutes' multiple, or a name of the IANA's."""
    if period not in _CLOCK_PERIODS:
        return Unknown(
            f"a wall clock window has periods of a minute, 5 minutes, an hour, a day or a week, not {period} s"
        )
    seconds = _offset(zone, span)
    if isinstance(seconds, Unknown):
        return seconds
    begins = _MONDAY if period == _WEEK else 0
    return EvaluationSchedule(period, period, (begins - seconds) % period)


def _offset(zone: str, span: tuple[int, int]) -> int | Unknown:
    """How many seconds a place's clock is ahead of UTC all the time."""
    if zone == "UTC":
        return 0
    found = _OFFSET.fullmatch(zone)
    if found:
        sign, hours, minutes = found.groups()
        return (int(hours) * _HOUR + int(minutes) * _MINUTE) * (1 if sign == "+" else -1)
    try:
        place = ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        return Unknown(f"{zone} is no time zone of a wall clock window")
    start, end = (min(max(0, at), _LAST) for at in span)
    moments = [*range(start, end, _DAY), end]
    offsets = {datetime.fromtimestamp(at, UTC).astimezone(place).utcoffset() for at in moments}
    only = offsets.pop()
    if offsets or only is None:
        return Unknown(f"the clock of {zone} is put on or back within the time that is played")
    return int(only.total_seconds())
