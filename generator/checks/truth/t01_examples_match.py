"""T01: a filter matches its `match` examples, and none of its `ignore` examples."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding

CODE = "T01"
NAME = "examples-match"
TITLE = "A metric filter matches its `match` examples, and none of its `ignore` examples."
SUMMARY = "A metric filter agrees with its own examples."
WHY = (
    "A filter that matches nothing counts nothing, and its alarm never fires. Every build applies the pattern to the"
    " examples, as CloudWatch Logs would match them."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"
BAD = """\
metric_filters:
  errors: {examples: {match: ["2026-01-01 ERROR it broke"]}}
"""
GOOD = """\
metric_filters:
  errors: {examples: {match: ["2026-01-01 [ERROR] it broke"], ignore: ["2026-01-01 [INFO] fine"]}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each example with another result."""
    for log_filter in subject.estate.log_filters:
        pattern = parse(log_filter.pattern)
        if not isinstance(pattern, Pattern):
            continue
        for name, lines, expected in (("match", log_filter.match, True), ("ignore", log_filter.ignore, False)):
            for index, line in enumerate(lines):
                if (pattern.match(line) is not None) is not expected:
                    path = (*log_filter.path, "examples", name, index)
                    does = "does not match" if expected else "matches"
                    message = f"the pattern `{log_filter.pattern}` {does} this line"
                    yield Finding(CODE, message, path, hint="fix the pattern or the example")
