"""T26: a filter that publishes a value of the line has no default value."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T26"
NAME = "default-of-measurements"
TITLE = "A metric filter that takes its value from the line has no default value."
SUMMARY = "A metric filter with a measured value has no default value."
WHY = (
    "In each minute with log events and no match, CloudWatch Logs publishes the default. For a count, 0 is correct."
    " For a duration or a size it is a measurement that was never made: averages and percentiles fall, and the Minimum"
    " is 0 in every minute without a match."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"
BAD = """\
metric_filters:
  errors: {pattern: '[time, level, took, unit]', metric: {value: $took, default: 0}}
"""
GOOD = """\
metric_filters:
  errors: {pattern: '[time, level, took, unit]', metric: {value: $took, default: null}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each filter with a measured value and a default."""
    for metric_filter in subject.estate.metric_filters:
        if metric_filter.value.startswith("$") and metric_filter.default is not None:
            path = (*metric_filter.path, "metric", "default")
            message = (
                f"the default publishes a measurement of {metric_filter.default:g} for every minute without a match"
            )
            yield Finding(CODE, message, path, Severity.WARNING, "remove the default")
