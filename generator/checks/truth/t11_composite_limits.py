"""T11: a composite fits into what CloudWatch takes."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import AllOf, AnyOf, Composite, Not, Rule, children

CODE = "T11"
NAME = "composite-limits"
TITLE = "A composite has at most 100 children, 500 elements and 10,240 characters."
WHY = (
    "CloudWatch refuses a larger rule when the stack is deployed. Composites may be children of composites,"
    " so a large one can be split."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"
BAD = ""
GOOD = ""
_MOST_CHILDREN = 100
_MOST_ELEMENTS = 500
_MOST_CHARACTERS = 10_240


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each limit that a rule is over, counted with the names that the alarms really have."""
    names = {alarm.ref: alarm.name for alarm in subject.estate.alarms}
    names |= {composite.key: composite.name for composite in subject.estate.composites}
    for composite in subject.estate.composites:
        mentioned = list(children(composite.rule))
        length = sum(len(f'INSUFFICIENT_DATA("{names.get(ref, ref)}") AND ') for ref in mentioned)
        yield from _over("children", len(set(mentioned)), _MOST_CHILDREN, composite)
        yield from _over("elements", len(mentioned) + 2 * _groups(composite.rule), _MOST_ELEMENTS, composite)
        yield from _over("characters", length, _MOST_CHARACTERS, composite)


def _groups(rule: Rule) -> int:
    """Pairs of parentheses, as the blueprint writes them."""
    match rule:
        case Not():
            return _groups(rule.rule)
        case AllOf() | AnyOf():
            return 1 + sum(_groups(part) for part in rule.rules)
    return 0


def _over(what: str, count: int, limit: int, composite: Composite) -> Iterator[Finding]:
    if count > limit:
        path: Path = (*composite.path, "rule")
        message = f"this rule has {count:,} {what}, and CloudWatch takes {limit:,}"
        yield Finding(CODE, message, path, hint="split it into composites, and combine those")
