"""T70: CloudWatch can evaluate the PromQL query of an alarm, and it leaves series out."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.promql import keeps_every_series, promql_problem, selects_series
from generator.findings import Finding, Path, Severity
from generator.model.signals import PromqlSignal

CODE = "T70"
NAME = "promql"
TITLE = "A PromQL query is well-formed and finds only the series that breach, and its times are CloudWatch's."
SUMMARY = "A PromQL query is well-formed and finds only what breaches."
WHY = (
    "Every series that the query finds breaches: the comparison is part of the query. Without one, or with `bool`, the"
    " alarm is in ALARM as long as the metric has data. CloudWatch refuses a malformed query, an interval that is not"
    " 10, 20, 30 seconds or whole minutes up to an hour, and periods of more than a day, when the stack is deployed."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-promql.html"
BAD = """\
alarms:
  queue: {promql: {query: "absent(depth) or sum by (queue) (depth"}, severity: high}
"""
GOOD = """\
alarms:
  queue: {promql: {query: "absent(depth) or sum by (queue) (depth) > 100"}, severity: high}
"""
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_SHORT = (10, 20, 30)


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for a query or times that CloudWatch refuses; a warning for a query that leaves no series out."""
    reported = set()
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, PromqlSignal) and alarm.path not in reported:
            reported.add(alarm.path)
            path: Path = (*alarm.path, "promql")
            yield from _query(alarm.signal.query, (*path, "query"))
            yield from _times(alarm.signal, path)


def _query(query: str, path: Path) -> Iterator[Finding]:
    problem = promql_problem(query)
    at = keeps_every_series(query)
    if problem:
        message = f"{problem.message} (at character {problem.position + 1} of the query)"
        yield Finding(CODE, message, path, hint=problem.hint)
    elif at is not None:
        message = f"`bool` keeps every series, so each breaches (at character {at + 1} of the query)"
        yield Finding(CODE, message, path, hint="remove `bool`")
    elif not selects_series(query):
        message = "the query, or a side of its `or`, has no comparison, so every series that it finds breaches"
        yield Finding(CODE, message, path, Severity.WARNING, "add one to each side, such as … > 5 or absent(…)")


def _times(signal: PromqlSignal, path: Path) -> Iterator[Finding]:
    if signal.every not in _SHORT and (signal.every % _MINUTE or signal.every > _HOUR):
        message = f"an interval of {signal.every} seconds is not 10, 20, 30 or a multiple of 60 up to {_HOUR:,}"
        yield Finding(CODE, message, (*path, "every"), hint="use 10s, 20s, 30s, or minutes up to 1h")
    for name, seconds in (("pending", signal.pending), ("recovery", signal.recovery)):
        if seconds > _DAY:
            message = f"{name} is {seconds:,} seconds; the AWS limit is {_DAY:,}"
            yield Finding(CODE, message, (*path, name), hint="use at most 1d")
