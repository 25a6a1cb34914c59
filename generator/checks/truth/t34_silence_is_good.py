"""T34: an alarm on what is published only when it goes wrong does not take silence for bad news.

Metric math is left alone: FILL gives a value where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.sparse import WHERE_SOME
from generator.checks.check import Subject
from generator.evaluate.math.metric_math import Selection, parse
from generator.findings import Finding, Severity
from generator.model.alarms import Alarm, Tuning
from generator.model.signals import AccountSignal, FleetSignal, LocalSignal, QuerySignal

CODE = "T34"
NAME = "silence-is-good"
TITLE = "Too many of what is counted only when it happens: without data there were none, and no alarm."
WHY = (
    "AWS publishes some metrics, such as the throttled requests of a table, only while there are any. Where missing"
    " data breaches, such an alarm is in ALARM whenever all is well, and somebody was told on the first day."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
_TABLE = "{filter: null, namespace: AWS/DynamoDB, name: WriteThrottleEvents, dimensions: {TableName: orders}}"
BAD = f"""\
alarms:
  errors: {{metric: {_TABLE}, missing_data: breaching}}
"""
GOOD = f"""\
alarms:
  errors: {{metric: {_TABLE}, missing_data: not-breaching}}
waivers:
  - {{rule: alarms-treat-missing-data-as-breaching, for: alarms.errors, reason: published only when it happens}}
"""
_HINT = (
    "missing_data: not-breaching with a waiver of alarms-treat-missing-data-as-breaching, or an expression with FILL"
)


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each alarm that is raised by more of it, and by none at all."""
    for alarm in subject.estate.alarms:
        metric = _counted(alarm)
        if metric in WHERE_SOME and any(_raised_by_silence(tuning) for tuning in alarm.tunings()):
            message = f"{' '.join(metric)} is published only while there are some, and silence raises `{alarm.key}`"
            yield Finding(CODE, message, alarm.path, Severity.WARNING, _HINT, on="key")


def _raised_by_silence(tuning: Tuning) -> bool:
    return tuning.enabled and tuning.missing_data == "breaching" and tuning.comparison in (">", ">=")


def _counted(alarm: Alarm) -> tuple[str, str]:
    match alarm.signal:
        case LocalSignal(metric) | AccountSignal(metric) | FleetSignal(metric):
            return metric.namespace, metric.name
        case QuerySignal(query):
            read = parse(query)
            return (read.namespace, read.metric) if isinstance(read, Selection) else ("", "")
        case _:
            return "", ""
