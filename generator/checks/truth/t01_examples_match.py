"""T01: a filter does with its own example lines what they say."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding

CODE = "T01"
NAME = "examples-match"
TITLE = "A metric filter matches the lines it says it matches, and no line it says it ignores."
WHY = (
    "A filter that matches nothing counts nothing, and the alarm behind it stays quiet for ever. The examples"
    " beside a filter are tried on its pattern on every build, as CloudWatch Logs would match them."
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
    """A finding for each example that does otherwise."""
    for metric_filter in subject.estate.metric_filters:
        pattern = parse(metric_filter.pattern)
        if not isinstance(pattern, Pattern):
            continue
        for name, lines, expected in (("match", metric_filter.match, True), ("ignore", metric_filter.ignore, False)):
            for index, line in enumerate(lines):
                if (pattern.match(line) is not None) is not expected:
                    path = (*metric_filter.path, "examples", name, index)
                    does = "does not match" if expected else "matches"
                    message = f"the pattern {metric_filter.pattern} {does} this line"
                    yield Finding(CODE, message, path, hint="change the pattern, or the example")
