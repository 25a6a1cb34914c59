"""T31: CloudWatch accepts the query of an alarm, and has its data.

Metrics Insights keeps the latest three hours for alarms, in full minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.math.metric_math import ExpressionProblem, Selection, parse
from generator.findings import Finding, Path, Severity, suggest
from generator.model.alarms import Alarm
from generator.model.signals import QuerySignal, query_of

CODE = "T31"
NAME = "query"
TITLE = "The Metrics Insights query of an alarm is valid, finds metrics, and covers at most three hours."
SUMMARY = "The Metrics Insights query of an alarm is valid and finds metrics."
WHY = (
    "CloudWatch refuses an invalid query when the stack is deployed, and a query on a metric or a set of dimensions"
    " that is not published never finds data. For alarms, CloudWatch evaluates the latest three hours only."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"
BAD = """\
alarms:
  errors: {metric: null, statistic: null, query: SELECT SUM(Error) FROM "AWS/Lambda"}
"""
GOOD = """\
alarms:
  errors: {metric: null, statistic: null, query: SELECT SUM(Errors) FROM "AWS/Lambda"}
"""
_MINUTE, _LATEST = 60, 10_800


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for queries that are refused or find nothing; a warning for GROUP BY, whose groups share one ticket."""
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, QuerySignal):
            path = (*alarm.path, "query")
            read = parse(alarm.signal.query)
            if isinstance(read, ExpressionProblem):
                message = f"{read.message} (at character {read.position + 1} of the query)"
                yield Finding(CODE, message, path, hint=read.hint)
            elif isinstance(read, Selection):
                yield from _selection(read, path, alarm)
            else:
                yield Finding(CODE, "this is metric math", path, hint="use `expression` instead of `query`")
        if query_of(alarm.signal):
            yield from _window(alarm)


def _selection(query: Selection, path: Path, alarm: Alarm) -> Iterator[Finding]:
    from generator.aws.metrics import lookup

    if query.groups and alarm.contributors is None:
        message = "GROUP BY still creates one alarm and one ticket for all groups"
        hint = "write contributors: {incidents: each} for a ticket of each group, or {incidents: one}"
        yield Finding(CODE, message, path, Severity.WARNING, hint)
    known = lookup(query.namespace)
    if known is None or known.open_ended:
        return
    if query.metric not in known.metrics:
        message = f"{query.namespace} publishes no metric `{query.metric}`"
        yield Finding(CODE, message, path, hint=suggest(query.metric, known.metrics, f"see {known.page}"))
    elif query.labels is not None:
        published = known.metrics[query.metric].dimensions
        if tuple(sorted(query.labels)) not in published:
            sets = "; ".join(", ".join(names) or "no dimensions" for names in published)
            labels = ", ".join(sorted(query.labels)) or "no dimensions"
            message = f"{query.namespace} {query.metric} is not published with {labels}"
            yield Finding(CODE, message, path, hint=f"use one of these sets: {sets}")


def _window(alarm: Alarm) -> Iterator[Finding]:
    """By the clock, CloudWatch reserves one more period.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html (Supported periods)
    """
    reserved = 1 if alarm.wall_clock else 0
    for tuning in dict.fromkeys(alarm.tunings()):
        if tuning.period % _MINUTE:
            message = f"a query has one value a minute, but the period is {tuning.period} seconds"
            yield Finding(CODE, message, alarm.path, hint="set period: 1m", on="key")
        window = tuning.period * (tuning.evaluation_periods + reserved)
        if window > _LATEST:
            length = f"{window:,} seconds; the AWS limit is {_LATEST:,}"
            extra = ", and one that a wall clock reserves," if reserved else ""
            message = f"{tuning.evaluation_periods} periods of {tuning.period} seconds{extra} are {length}"
            most = _LATEST // tuning.period - reserved
            hint = f"use at most {most} periods of this length" if most > 0 else "use a shorter period"
            yield Finding(CODE, message, alarm.path, hint=hint, on="key")
