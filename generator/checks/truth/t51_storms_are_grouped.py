"""T51: an environment with many alarms groups a storm into one incident."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T51"
NAME = "storms-are-grouped"
TITLE = "An environment with many alarms groups a storm into one incident."
WHY = (
    "When a network or a Region fails, every alarm fires. With `storm: none` each alarm, or each group of alarms, is a"
    " ticket, a page and a message of its own: the page that matters is one of hundreds, and vendors throttle the"
    " channels."
)
SOURCE = "https://sre.google/sre-book/being-on-call/"
MOST_WITHOUT = 200
_LAG = "{namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: q%s}}"
_ALARMS = "alarms:\n" + "".join(
    f"  lag-{n}: {{metric: {_LAG % n}, statistic: Maximum, threshold: '> 1'}}\n" for n in range(1, MOST_WITHOUT + 2)
)
BAD = f"incidents: {{storm: none}}\n{_ALARMS}"
GOOD = "incidents: {}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning if storms are disabled although there are many alarms."""
    estate = subject.estate
    on = sum(not alarm.everywhere_disabled for alarm in estate.alarms)
    if estate.incidents.storm is None and on > MOST_WITHOUT:
        message = f"a storm of the {on} alarms in {estate.environment} creates as many incidents"
        hint = "remove `storm`: by default, more than 30 new incidents in a minute become one"
        yield Finding(CODE, message, ("incidents", "storm"), Severity.WARNING, hint, on="key")
