"""Q20: as many alarms on Metrics Insights queries as an account takes.

The hub has its own, and every member those of the member template.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding
from generator.model.accounts import Side
from generator.model.signals import query_of

CODE = "Q20"
NAME = "alarms-on-queries"
TITLE = "An account has at most 200 alarms on Metrics Insights queries in a Region."
WHY = (
    "CloudWatch refuses the 201st when the stack is deployed. The quota can be raised on request; a query over a whole"
    " group of resources mostly replaces many alarms."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"
_LIMIT = 200
_ALARM = "{query: SELECT SUM(Calls) FROM Shop, threshold: '> 1', metric: null}"
BAD = "alarms:\n" + "".join(f"  calls-{n}: {_ALARM}\n" for n in range(1, 202))
GOOD = f"alarms:\n  calls: {_ALARM}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each side that has more, or nearly as many."""
    for side in Side:
        count = sum(1 for alarm in subject.estate.alarms_in(side) if query_of(alarm.signal))
        owner = "the hub has" if side is Side.HUB else "each member has"
        what = f"{owner} {count} alarms on queries"
        yield from check_quota(CODE, what, count, _LIMIT, ("alarms",), "an alarm on a metric where one will do")
