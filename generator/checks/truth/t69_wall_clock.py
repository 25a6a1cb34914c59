"""T69: an alarm by the clock has a period that a clock has."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.bounds import origin_path
from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T69"
NAME = "wall-clock"
TITLE = "An alarm with wall_clock has periods of a minute, five minutes, an hour, a day or a week."
SUMMARY = "An alarm with wall_clock has a period that a clock has."
WHY = (
    "With a wall clock window, a period begins at a boundary of the clock: the top of the hour, midnight, or Monday."
    " CloudWatch supports only these five lengths, and refuses the others when the stack is deployed."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WallClockWindow.html"
BAD = """\
alarms:
  errors: {wall_clock: Europe/Berlin, period: 10m}
"""
GOOD = """\
alarms:
  errors: {wall_clock: Europe/Berlin, period: 1d}
"""
_PERIODS = (60, 300, 3_600, 86_400, 604_800)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each period of another length."""
    for alarm in subject.estate.alarms:
        reported = set()
        for tuning, origins in alarm.origins_of_tunings() if alarm.wall_clock else ():
            path = origin_path(alarm, origins, "period")
            if tuning.period not in _PERIODS and path not in reported:
                reported.add(path)
                message = f"a wall clock has no periods of {tuning.period} seconds"
                yield Finding(CODE, message, path, hint="use 1m, 5m, 1h, 1d or 1w, or remove wall_clock")
