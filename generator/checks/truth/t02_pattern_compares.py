"""T02: a pattern in brackets compares something."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns import Pattern, parse
from generator.findings import Finding, Severity

CODE = "T02"
NAME = "pattern-compares"
TITLE = "A space-delimited pattern compares something; brackets alone match every line."
WHY = (
    "[ERROR] is no literal text: it names one field ERROR, compares nothing, and so counts every line of the"
    " log group. The literal text is written in quotes inside the quotes of YAML."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"
BAD = """\
metric_filters:
  errors: {pattern: "[ERROR]"}
"""
GOOD = """\
metric_filters:
  errors: {pattern: '"[ERROR]"'}
"""
_LEVELS = (
    "alert",
    "crit",
    "critical",
    "debug",
    "err",
    "error",
    "exception",
    "fail",
    "failed",
    "fatal",
    "info",
    "panic",
)
_WORDS = (*_LEVELS, "severe", "trace", "warn", "warning")


def check(subject: Subject) -> Iterator[Finding]:
    """An error where the names look like words people look for; a warning where every line is counted as one."""
    for counted in subject.estate.metric_filters:
        pattern = parse(counted.pattern)
        if not isinstance(pattern, Pattern) or pattern.kind != "fields" or pattern.conditions:
            continue
        looked_for = [name for name in pattern.names if name.lstrip("$").lower() in _WORDS]
        counts_lines = not counted.value.startswith("$")
        if not looked_for and not counts_lines:
            continue
        message = f"{counted.pattern} only names fields and compares nothing, so every line counts"
        hint = (
            f"""pattern: '"{counted.pattern}"' for this very text"""
            if looked_for
            else "compare a field: [level = ERROR, ...]"
        )
        severity = Severity.ERROR if looked_for else Severity.WARNING
        yield Finding(CODE, message, (*counted.path, "pattern"), severity, hint)
