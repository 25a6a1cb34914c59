"""T02: a pattern in brackets has a condition, and terms with `?` are not ignored."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding, Severity
from generator.model.logs import MetricFilter
from generator.model.subscription_filters import SubscriptionFilter

CODE = "T02"
NAME = "pattern-compares"
TITLE = "A space-delimited pattern compares something; brackets alone match every line."
SUMMARY = "A space-delimited pattern has a condition."
WHY = (
    "[ERROR] is not literal text: it names one field ERROR without a condition, and so counts every line of the log"
    " group. Write literal text in quotes inside the quotes of YAML. CloudWatch Logs ignores a term with ? beside a"
    " plain or an excluded term: ?ERROR -healthcheck counts every line without healthcheck."
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
    """An error if the field names are words of log levels; a warning if every line is counted as one."""
    for log_filter in subject.estate.log_filters:
        pattern = parse(log_filter.pattern)
        if not isinstance(pattern, Pattern):
            continue
        yield from _ignored(pattern, log_filter)
        if pattern.kind != "fields" or pattern.conditions:
            continue
        level_names = [name for name in pattern.names if name.lstrip("$").lower() in _WORDS]
        counts_lines = log_filter.counts_lines
        if not level_names and not counts_lines:
            continue
        message = f"`{log_filter.pattern}` defines fields but no condition, so it matches every line"
        hint = (
            f"""quote the text: pattern: '"{log_filter.pattern}"'"""
            if level_names
            else "add a condition: [level = ERROR, ...]"
        )
        severity = Severity.ERROR if level_names else Severity.WARNING
        yield Finding(CODE, message, (*log_filter.path, "pattern"), severity, hint)


def _ignored(pattern: Pattern, log_filter: MetricFilter | SubscriptionFilter) -> Iterator[Finding]:
    """A warning if optional terms are ignored: the remaining pattern may match many more lines."""
    if pattern.ignored_terms:
        verb = "is" if len(pattern.ignored_terms) == 1 else "are"
        message = (
            f"{' '.join(pattern.ignored_terms)} {verb} ignored: CloudWatch Logs supports ? only if every term has it"
        )
        hint = "split it into a filter for each term, or use a pattern in braces or brackets with || and !="
        yield Finding(CODE, message, (*log_filter.path, "pattern"), Severity.WARNING, hint)
