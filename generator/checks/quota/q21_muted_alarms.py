"""Q21: a mute rule names as many alarms as CloudWatch takes.

An alarm of the hub over each account is one for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding

CODE = "Q21"
NAME = "muted-alarms"
TITLE = "A maintenance is about at most 100 alarms on each side."
WHY = (
    "A mute rule names its alarms, and takes a hundred. CloudFormation's schema would let 500 pass; CloudWatch refuses"
    " the rule when the stack is deployed."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html"
_LIMIT = 100
_ALARM = "{metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}"


def _many(count: int) -> str:
    keys = [f"lag-{n}" for n in range(1, count + 1)]
    alarms = "".join(f"  {key}: {_ALARM}\n" for key in keys)
    names = f"[{', '.join(keys)}]"
    return f"alarms:\n{alarms}maintenance: {{nightly: {{alarms: {names}, schedule: cron(0 2 * * *), duration: 1h}}}}\n"


BAD = _many(101)
GOOD = _many(2)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each rule with more, or nearly as many."""
    for maintenance in subject.estate.maintenance:
        what = f"`{maintenance.key}` is about {len(maintenance.alarms)} alarms in {maintenance.side.value}"
        yield from check_quota(
            CODE, what, len(maintenance.alarms), _LIMIT, (*maintenance.path, "alarms"), "two entries"
        )
