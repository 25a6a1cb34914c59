"""T54: a service of many alarms is grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T54"
NAME = "services-are-grouped"
TITLE = "Many alarms of one service are one incident when they fire together."
WHY = (
    "A service that is down sets off most of its alarms. With `by: []` each of them is a ticket, a page and a message"
    " of its own, unless a composite holds them together."
)
SOURCE = "https://sre.google/sre-book/being-on-call/"
MOST_APART = 50
_LAG = "{namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: q%s}}"
_ALARMS = "alarms:\n" + "".join(
    f"  lag-{n}: {{service: shop, metric: {_LAG % n}, statistic: Maximum, threshold: '> 1'}}\n"
    for n in range(1, MOST_APART + 2)
)
BAD = f"incidents: {{group: {{by: []}}}}\n{_ALARMS}"
GOOD = "incidents: {group: {by: [service, account]}}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning where no group but those of composites is made, and a service has many alarms."""
    estate = subject.estate
    if estate.incidents.group.by:
        return
    alarms_by_service = Counter(
        alarm.service for alarm in estate.alarms if alarm.service and not alarm.everywhere_disabled
    )
    for service, number in sorted(alarms_by_service.items()):
        if number > MOST_APART:
            message = f"{number} alarms of `{service}`, each an incident of its own when the service is down"
            hint = "by: [service, account]"
            yield Finding(CODE, message, ("incidents", "group", "by"), Severity.WARNING, hint)
