"""T03: CloudWatch Logs takes the pattern."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import PatternError, parse
from generator.findings import Finding

CODE = "T03"
NAME = "pattern-valid"
TITLE = "Every filter pattern is one that CloudWatch Logs takes."
WHY = "A pattern that the service refuses fails the stack in every account at once, half-way through a rollout."
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"
BAD = """\
metric_filters:
  errors: {pattern: "{ $.level = 'ERROR' }"}
"""
GOOD = """\
metric_filters:
  errors: {pattern: '{ $.level = "ERROR" }'}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each pattern that cannot be read, with the place inside it."""
    for metric_filter in subject.estate.metric_filters:
        error = parse(metric_filter.pattern)
        if isinstance(error, PatternError):
            message = f"{error.message} (at character {error.position + 1} of the pattern)"
            hint = error.hint or "see docs/language/metric_filters.md"
            yield Finding(CODE, message, (*metric_filter.path, "pattern"), hint=hint)
