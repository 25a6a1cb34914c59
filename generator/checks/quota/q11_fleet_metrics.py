"""Q11: an alarm combines at most ten metrics.

Each of them, or the metric of each account, is one entry of the alarm, and CloudWatch takes ten beside ten
expressions.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.signals import FleetSignal, MathSignal

CODE = "Q11"
NAME = "metrics-per-alarm"
TITLE = "An alarm combines at most 10 metrics, and one over all accounts covers at most 10 accounts."
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
    seen = set()
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, FleetSignal) and len(alarm.signal.accounts) > _LIMIT:
            count = len(alarm.signal.accounts)
            message = f"`{alarm.key}` combines the metrics of {count} accounts, and an alarm takes {_LIMIT}"
            hint = "over: each-account, and a composite over it"
            yield Finding(CODE, message, (*alarm.path, "over"), hint=hint)
        if isinstance(alarm.signal, MathSignal) and len(alarm.signal.operands) > _LIMIT and alarm.path not in seen:
            seen.add(alarm.path)
            message = f"`{alarm.key}` combines {len(alarm.signal.operands)} metrics, and an alarm takes {_LIMIT}"
            yield Finding(CODE, message, alarm.path, hint="two alarms, and a composite over them", on="key")
