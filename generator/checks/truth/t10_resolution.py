"""T10: no period is shorter than the interval at which the metric is published."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T10"
NAME = "resolution"
TITLE = "The period of an alarm is not shorter than the interval at which its metric is published."
SUMMARY = "No period is shorter than its metric's publishing interval."
WHY = (
    "Metric filters and AWS services publish once a minute. With a period of ten seconds, most periods have no data,"
    " and the treatment of missing data decides the alarm's state instead of the metric."
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
_MINUTE, _DAY = 60, 86_400
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
_DAILY = {("AWS/S3", "BucketSizeBytes"), ("AWS/S3", "NumberOfObjects")}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm with a period shorter than the interval at which its metric is published."""
    for alarm in subject.estate.alarms:
        slow = (m.metric for m in alarm.measured() if m.metric.filter or m.metric.namespace.startswith("AWS/"))
        metric = next(slow, None)
        if metric is None:
            continue
        least, often, hint = _publication(metric.namespace, metric.name)
        for tuning, origins in alarm.origins_of_tunings():
            if tuning.period < least:
                path = next((o.path for o in origins if o.field == "period"), ()) or alarm.path
                every = f"the period is {tuning.period} seconds"
                message = f"{metric.namespace} {metric.name} is published once a {often}, and {every}"
                yield Finding(CODE, message, path, hint=hint)


def _publication(namespace: str, name: str) -> tuple[int, str, str]:
    """The interval between two values in seconds and in words, and a hint."""
    return (_DAY, "day", "set period: 1d") if (namespace, name) in _DAILY else (_MINUTE, "minute", "set period: 1m")
