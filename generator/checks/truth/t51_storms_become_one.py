"""T51: so many alarms that a storm of them could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T51"
NAME = "storms-become-one"
TITLE = "An environment of many alarms makes one incident of a storm."
WHY = (
    "When a network or a Region fails, everything fires. With `storm: none` each alarm, or each group of them, is a"
    " ticket, a page and a message of its own: the first page that matters is one of hundreds, and channels are"
    " throttled by their vendors."
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
    """A warning where storms are switched off although there are many alarms."""
    estate = subject.estate
    on = sum(not alarm.everywhere_disabled for alarm in estate.alarms)
    if estate.incidents.storm is None and on > MOST_WITHOUT:
        message = f"{on} alarms in {estate.environment}, and a storm of them is as many incidents"
        hint = "leave `storm` out: above 30 new incidents in a minute it makes one of them"
        yield Finding(CODE, message, ("incidents", "storm"), Severity.WARNING, hint, on="key")
