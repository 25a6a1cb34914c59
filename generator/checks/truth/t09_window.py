"""T09: CloudWatch accepts the period and the evaluation window of an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Origin, Tuning
from generator.model.signals import LogSignal, PromqlSignal

CODE = "T09"
NAME = "window"
TITLE = "CloudWatch accepts the period and the evaluation window of an alarm."
WHY = (
    "A period is 10, 20 or 30 seconds, or a multiple of 60. The evaluation window (periods times their length) is at"
    " most a day, or seven days if the period is an hour or longer. CloudWatch refuses other values when the stack is"
    " deployed."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
BAD = """\
alarms:
  errors: {period: 90s}
"""
GOOD = """\
alarms:
  errors: {period: 2m}
"""
_SHORT = (10, 20, 30)
_DAY, _WEEK, _HOUR = 86_400, 604_800, 3_600


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each period or window that CloudWatch refuses."""
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, LogSignal | PromqlSignal):
            continue  # its periods are runs of a query: T35, T70
        usual = (alarm.tuning.period, alarm.tuning.evaluation_periods)
        yield from _window(alarm, alarm.tuning, alarm.origins)
        for tuning, origins in alarm.origins_of_tunings():
            if (tuning.period, tuning.evaluation_periods) != usual:
                yield from _window(alarm, tuning, origins)


def _window(alarm: Alarm, tuning: Tuning, origins: tuple[Origin, ...]) -> Iterator[Finding]:
    if tuning.period not in _SHORT and tuning.period % 60:
        message = f"a period of {tuning.period} seconds is not 10, 20, 30 or a multiple of 60"
        yield Finding(CODE, message, _path("period", alarm, origins), hint="use 10s, 20s, 30s, or whole minutes")
    longest = _WEEK if tuning.period >= _HOUR else _DAY
    window = tuning.period * tuning.evaluation_periods
    if window > longest:
        length = f"{window:,} seconds; the AWS limit is {longest:,}"
        message = f"{tuning.evaluation_periods} periods of {tuning.period} seconds are {length}"
        hint = f"use at most {longest // tuning.period} periods of this length"
        yield Finding(CODE, message, _path("datapoints", alarm, origins), hint=hint)


def _path(field: str, alarm: Alarm, origins: tuple[Origin, ...]) -> Path:
    return next((origin.path for origin in origins if origin.field == field), ()) or alarm.path
