"""T10: no period is shorter than the metric is published."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

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
        metric = alarm.signal.metric
        once_a_minute = metric.filter is not None or metric.namespace.startswith("AWS/")
        shortest = min(tuning.period for tuning in alarm.tunings())
        if once_a_minute and shortest < _MINUTE:
            path = next((o.path for o in alarm.origins if o.field == "period"), ()) or alarm.path
            message = f"{metric.namespace} {metric.name} comes once a minute, and is looked at every {shortest} seconds"
            yield Finding(CODE, message, path, hint="period: 1m")
