"""Q11: an alarm over all accounts combines at most ten metrics.

Each account's metric is one entry of the alarm, and CloudWatch takes ten of them beside ten expressions.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.signals import FleetSignal

CODE = "Q11"
NAME = "metrics-per-alarm"
TITLE = "An alarm over all accounts covers at most 10 accounts."
WHY = (
    "CloudWatch takes ten metrics in one alarm, and an alarm cannot search. With more accounts the hub's stack fails"
    " at this alarm. An alarm for each account and a composite over them say nearly the same."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_LIMIT = 10
_ALARM = '{in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: "> 100"}'
_ACCOUNTS = "".join(f'  shop-{n}: {{id: "{n:012}"}}\n' for n in range(1, 9))
BAD = f"alarms:\n  errors-everywhere: {_ALARM}\naccounts:\n{_ACCOUNTS}"
GOOD = f"alarms:\n  errors-everywhere: {_ALARM}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm over more accounts than an alarm can combine."""
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, FleetSignal) and len(alarm.signal.accounts) > _LIMIT:
            count = len(alarm.signal.accounts)
            message = f"`{alarm.key}` combines the metrics of {count} accounts, and an alarm takes {_LIMIT}"
            hint = "over: each-account, and a composite over it"
            yield Finding(CODE, message, (*alarm.path, "over"), hint=hint)
