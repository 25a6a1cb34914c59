"""T41: a group's filter expression is one that X-Ray can read."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.trace_filters import problem
from generator.findings import Finding

CODE = "T41"
NAME = "trace-filter-valid"
TITLE = "The filter expression of a trace group is one that X-Ray can read."
WHY = (
    "X-Ray takes a group that it cannot apply out of its work and says so in a metric only: the group stays empty."
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
    """A finding for each expression that cannot be read, with the place."""
    for group in subject.estate.tracing.groups:
        error = problem(group.filter)
        if error:
            message = f"{error.message} (at character {error.position + 1} of `{group.filter}`)"
            yield Finding(CODE, message, group.path, hint=error.hint or "such as responsetime > 3")
