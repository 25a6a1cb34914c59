"""T05: a filter has a default or dimensions, not both."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T05"
NAME = "default-or-dimensions"
TITLE = "A metric filter has a default value or dimensions, never both."
WHY = "CloudWatch Logs refuses a transformation with both: it could not know for which dimensions nothing was counted."
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html"
BAD = """\
metric_filters:
  errors: {pattern: '{ $.level = "ERROR" }', metric: {default: 0, dimensions: {Service: $.service}}}
alarms:
  errors: {metric: {dimensions: {Service: checkout}}}
"""
GOOD = """\
metric_filters:
  errors: {pattern: '{ $.level = "ERROR" }', metric: {default: null, dimensions: {Service: $.service}}}
alarms:
  errors: {metric: {dimensions: {Service: checkout}}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each filter with both."""
    for metric_filter in subject.estate.metric_filters:
        if metric_filter.default is not None and metric_filter.dimensions:
            path = (*metric_filter.path, "metric", "default")
            yield Finding(CODE, "a default and dimensions exclude each other", path, hint="leave the default out")
