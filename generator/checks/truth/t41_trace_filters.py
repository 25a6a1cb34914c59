"""T41: X-Ray accepts the filter expression of a group."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.trace_filters import filter_problem
from generator.findings import Finding

CODE = "T41"
NAME = "trace-filter-valid"
TITLE = "X-Ray accepts the filter expression of a trace group."
WHY = (
    "X-Ray stops applying a group with an invalid filter and reports it in a metric only: the group stays empty."
    " Keywords are a closed list, times are in seconds without a unit, and texts are in double quotes."
)
SOURCE = "https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html"
BAD = """\
tracing: {groups: {slow: response_time > 3s}}
"""
GOOD = """\
tracing: {groups: {slow: responsetime > 3, failing: 'service("shop-api") { fault OR error }'}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each invalid expression, with the position of the error."""
    for group in subject.estate.tracing.groups:
        error = filter_problem(group.filter)
        if error:
            message = f"{error.message} (at character {error.position + 1} of `{group.filter}`)"
            yield Finding(CODE, message, group.path, hint=error.hint or "use an expression such as responsetime > 3")
