"""T72: an alarm on several series has an order, and shows no contributor as recovered because it is out of a limit."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.math.insights import MOST_SERIES
from generator.evaluate.math.metric_math import Selection, parse
from generator.findings import Finding, Severity
from generator.model.signals import QuerySignal

CODE = "T72"
NAME = "contributors"
TITLE = "An alarm on a query with GROUP BY has ORDER BY, and no LIMIT where each contributor has an incident."
SUMMARY = "An alarm on a query with GROUP BY has ORDER BY."
WHY = (
    "CloudWatch accepts an alarm on several series only if the query has both clauses. A contributor that the query no"
    " longer returns is OK: with LIMIT, that is also one which still fails, while others fail more."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html"
_ERRORS = 'query: SELECT SUM(Errors) FROM "AWS/Lambda" GROUP BY FunctionName'
_ALARM = "contributors: {incidents: each}, metric: null, statistic: null"
BAD = f"""\
alarms:
  errors: {{{_ALARM}, {_ERRORS}}}
"""
GOOD = f"""\
alarms:
  errors: {{{_ALARM}, {_ERRORS} ORDER BY SUM() DESC}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """An error without ORDER BY; a warning for a LIMIT where each contributor has an incident of its own."""
    for alarm in subject.estate.alarms:
        if not isinstance(alarm.signal, QuerySignal):
            continue
        path, read = (*alarm.path, "query"), parse(alarm.signal.query)
        if not isinstance(read, Selection) or not read.groups:
            continue
        if not read.order:
            hint = f"add, for example, ORDER BY {read.function}() DESC at the end"
            yield Finding(CODE, "CloudWatch requires ORDER BY for an alarm on a query with GROUP BY", path, hint=hint)
        elif alarm.contributors and read.limit < MOST_SERIES:
            message = f"a contributor that is not among the {read.limit} series of LIMIT counts as OK, even if it fails"
            yield Finding(CODE, message, path, Severity.WARNING, "remove LIMIT, and select fewer series with WHERE")
