"""T10: no period is shorter than the metric is published."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.alarms import Alarm, Origin, Tuning

CODE = "T10"
NAME = "resolution"
TITLE = "An alarm does not look more often than its metric is published."
WHY = (
    "Metric filters and AWS services publish once a minute. Looked at every ten seconds, most periods have no"
    " data, and missing data decides the alarm instead of the metric."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html"
BAD = """\
alarms:
  errors: {period: 10s}
"""
GOOD = """\
alarms:
  errors: {period: 60s}
"""
_MINUTE = 60


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm with a shorter period on a metric that is known to come once a minute."""
    for alarm in subject.estate.alarms:
        slow = (m.metric for m in alarm.measured() if m.metric.filter or m.metric.namespace.startswith("AWS/"))
        metric = next(slow, None)
        if metric is None:
            continue
        for tuning, origins in _tuned(alarm):
            if tuning.period < _MINUTE:
                path = next((o.path for o in origins if o.field == "period"), ()) or alarm.path
                every = f"is looked at every {tuning.period} seconds"
                message = f"{metric.namespace} {metric.name} comes once a minute, and {every}"
                yield Finding(CODE, message, path, hint="period: 1m")


def _tuned(alarm: Alarm) -> Iterator[tuple[Tuning, tuple[Origin, ...]]]:
    yield alarm.tuning, alarm.origins
    yield from ((variant.tuning, variant.origins) for variant in alarm.variants)
