"""Q11: an alarm combines at most ten metrics.

Each metric, in each account, is one entry of the alarm; CloudWatch allows ten metrics and ten expressions.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.signals import MOST_COMBINED, FleetSignal, MathSignal

CODE = "Q11"
NAME = "metrics-per-alarm"
TITLE = "An alarm combines at most 10 metrics."
WHY = (
    "CloudWatch allows ten metrics in one alarm, and no search. Over more accounts a Metrics Insights query reads them"
    " all, but it supports sums, averages, maxima, minima and counts only. With any other statistic the hub's stack"
    " fails at this alarm. An alarm for each account and a composite of them is nearly equivalent."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_ALARM = '{in: hub, over: all-accounts, metric: {filter: errors}, statistic: p99, threshold: "> 100"}'
_ACCOUNTS = "".join(f'  shop-{n}: {{id: "{n:012}"}}\n' for n in range(1, 9))
BAD = f"alarms:\n  errors-everywhere: {_ALARM}\naccounts:\n{_ACCOUNTS}"
GOOD = f"alarms:\n  errors-everywhere: {_ALARM}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm over more accounts than an alarm can combine."""
    reported = set()
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, FleetSignal) and len(alarm.signal.accounts) > MOST_COMBINED:
            count = len(alarm.signal.accounts)
            message = f"`{alarm.key}` combines the metrics of {count} accounts; the AWS limit is {MOST_COMBINED}"
            hint = (
                "use statistic: Sum, Average, Maximum or Minimum; or over: each-account, and a composite of the alarms"
            )
            yield Finding(CODE, message, (*alarm.path, "over"), hint=hint)
        operands = alarm.signal.operands if isinstance(alarm.signal, MathSignal) else ()
        if len(operands) > MOST_COMBINED and alarm.path not in reported:
            reported.add(alarm.path)
            message = f"`{alarm.key}` combines {len(operands)} metrics; the AWS limit is {MOST_COMBINED}"
            hint = "split it into two alarms, and a composite of them"
            hint = "count fewer accounts or metrics, or set `in: members`" if alarm.objective else hint
            yield Finding(CODE, message, alarm.path, hint=hint, on="key")
        expressions = len(alarm.signal.parts) + 1 if isinstance(alarm.signal, MathSignal) else 0
        if expressions > MOST_COMBINED and alarm.path not in reported:
            reported.add(alarm.path)
            message = f"`{alarm.key}` has {expressions} expressions, its own included; the AWS limit is {MOST_COMBINED}"
            yield Finding(CODE, message, (*alarm.path, "expressions"), hint="write some of them in one", on="key")
