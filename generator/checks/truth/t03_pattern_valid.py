"""T03: CloudWatch Logs accepts the pattern."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import PatternError, parse
from generator.findings import Finding

CODE = "T03"
NAME = "pattern-valid"
TITLE = "CloudWatch Logs accepts every filter pattern."
WHY = (
    "A pattern that the service refuses fails the stack of every account, in the middle of a rollout. The build parses"
    " each pattern as CloudWatch Logs does."
)
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
    """A finding for each invalid pattern, with the position of the error."""
    for log_filter in subject.estate.log_filters:
        error = parse(log_filter.pattern)
        if isinstance(error, PatternError):
            message = f"{error.message} (at character {error.position + 1} of the pattern)"
            hint = error.hint or "see docs/language/metric_filters.md"
            yield Finding(CODE, message, (*log_filter.path, "pattern"), hint=hint)
