"""T34: an alarm on a metric that is published only when it is above zero does not treat missing data as breaching.

Metric math is exempt: FILL gives a value to periods without data.
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
NAME = "missing-data-of-sparse-metrics"
TITLE = "An alarm on a metric that is published only while it is above zero does not treat missing data as breaching."
SUMMARY = "Missing data of an event count is not breaching."
WHY = (
    "AWS publishes some metrics, such as the throttled requests of a table, only while they are above zero. If missing"
    " data is breaching, such an alarm is in ALARM whenever there is no problem, from the first day on."
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
_HINT = "set missing_data: not-breaching and waive alarms-treat-missing-data-as-breaching, or use FILL in an expression"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each alarm that fires above a threshold, and on missing data."""
    for alarm in subject.estate.alarms:
        metric = _counted(alarm)
        if metric in WHERE_SOME and any(_raised_by_missing_data(tuning) for tuning in alarm.tunings()):
            message = (
                f"{' '.join(metric)} is published only while it is above zero, and missing data raises `{alarm.key}`"
            )
            yield Finding(CODE, message, alarm.path, Severity.WARNING, _HINT, on="key")


def _raised_by_missing_data(tuning: Tuning) -> bool:
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
