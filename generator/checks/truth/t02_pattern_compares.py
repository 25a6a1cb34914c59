"""T02: a pattern in brackets compares something, and so do the terms with `?` of one in words."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding, Severity
from generator.model.logs import MetricFilter

CODE = "T02"
NAME = "pattern-compares"
TITLE = "A space-delimited pattern compares something; brackets alone match every line."
WHY = (
    "[ERROR] is no literal text: it names one field ERROR, compares nothing, and so counts every line of the"
    " log group. The literal text is written in quotes inside the quotes of YAML. A term with ? beside a plain or an"
    " excluded term is ignored: ?ERROR -healthcheck counts every line without healthcheck."
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
    for metric_filter in subject.estate.metric_filters:
        pattern = parse(metric_filter.pattern)
        if not isinstance(pattern, Pattern):
            continue
        yield from _ignored(pattern, metric_filter)
        if pattern.kind != "fields" or pattern.conditions:
            continue
        looked_for = [name for name in pattern.names if name.lstrip("$").lower() in _WORDS]
        counts_lines = not metric_filter.value.startswith("$")
        if not looked_for and not counts_lines:
            continue
        message = f"{metric_filter.pattern} only names fields and compares nothing, so every line counts"
        hint = (
            f"""pattern: '"{metric_filter.pattern}"' for this very text"""
            if looked_for
            else "compare a field: [level = ERROR, ...]"
        )
        severity = Severity.ERROR if looked_for else Severity.WARNING
        yield Finding(CODE, message, (*metric_filter.path, "pattern"), severity, hint)


def _ignored(pattern: Pattern, metric_filter: MetricFilter) -> Iterator[Finding]:
    """A warning where optional terms are ignored: what is left may match many more lines."""
    if pattern.ignored_terms:
        verb = "is" if len(pattern.ignored_terms) == 1 else "are"
        message = (
            f"{' '.join(pattern.ignored_terms)} {verb} ignored: CloudWatch Logs knows ? only where every term has it"
        )
        hint = "a filter for each of these terms, or a pattern in braces or brackets with || and !="
        yield Finding(CODE, message, (*metric_filter.path, "pattern"), Severity.WARNING, hint)
