"""Q33: an alarm on a query has at most 500 series, one for each value of GROUP BY.

Only of accounts the number is known before the metrics are.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.evaluate.math.insights import MOST_SERIES
from generator.evaluate.math.metric_math import Selection, parse
from generator.findings import Finding
from generator.model.signals import QuerySignal

CODE = "Q33"
NAME = "series-of-a-query"
TITLE = "An alarm on a query with a series for each account has at most 500 of them."
SUMMARY = "A query with a series for each account has at most 500."
WHY = (
    "CloudWatch evaluates the first 500 series of a query only, and has at most 100 of them in ALARM at a time. The"
    " accounts beyond that are not monitored, and the state of the alarm says nothing about it."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"
_BY_ACCOUNT = "in: hub, query: SELECT SUM(Calls) FROM Shop GROUP BY AWS.AccountId ORDER BY SUM() DESC"
_ALARM = f"{{{_BY_ACCOUNT}, metric: null, statistic: null, contributors: {{incidents: each}}}}"
BAD = f"alarms:\n  errors: {_ALARM}\naccounts:\n" + "".join(
    f"  a{n}: {{id: '{n:012}'}}\n" for n in range(1, MOST_SERIES + 2)
)
GOOD = f"alarms:\n  errors: {_ALARM}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm with a series for each account, if over the limit or nearly."""
    accounts = len(subject.estate.accounts)
    for alarm in subject.estate.alarms:
        read = parse(alarm.signal.query) if isinstance(alarm.signal, QuerySignal) else None
        if not isinstance(read, Selection) or "AWS.ACCOUNTID" not in {label.upper() for label in read.groups}:
            continue
        if any(condition.label.upper() == "AWS.ACCOUNTID" and condition.is_equal for condition in read.conditions):
            continue
        what = f"the query of `{alarm.key}` has {accounts:,} series or more, one for each account"
        hint = "write `in: members` without AWS.AccountId, so that each account has an alarm of its own"
        yield from check_quota(CODE, what, accounts, MOST_SERIES, (*alarm.path, "query"), hint)
