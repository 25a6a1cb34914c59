"""T12: a composite can become true."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.alarms import AllOf, AnyOf, InState, Not, Rule

CODE = "T12"
NAME = "composite-can-fire"
TITLE = "A composite can fire, and says more than one alarm alone."
WHY = (
    "A composite all of whose children are switched off is always false. A composite of a single alarm is"
    " that alarm a second time: two tickets for one thing."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html"
BAD = """\
alarms:
  errors: {enabled: false}
  lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 1", enabled: false}
composites:
  down: {rule: errors and lag}
"""
GOOD = """\
alarms:
  lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 1"}
composites:
  down: {rule: errors and lag}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """An error where no state of the alarms makes the rule true; a warning where it is one alarm's echo."""
    off = {alarm.ref for alarm in subject.estate.alarms if alarm.everywhere_disabled}
    for composite in subject.estate.composites:
        path = (*composite.path, "rule")
        can_be_true, _ = _possible(composite.rule, off)
        if not can_be_true:
            message = f"this rule is never true in {subject.estate.environment}: its alarms are switched off there"
            yield Finding(CODE, message, path, hint="switch them on, or take the composite away")
        elif isinstance(composite.rule, InState) and composite.rule.state == "ALARM":
            message = f"a composite of `{composite.rule.alarm}` alone says nothing that the alarm does not"
            yield Finding(CODE, message, path, Severity.WARNING, "combine two conditions, or take it away")


def _possible(rule: Rule, off: set[str]) -> tuple[bool, bool]:
    """Whether the rule can be true, and whether it can be false; an alarm that is off counts as FALSE."""
    match rule:
        case InState():
            return rule.alarm not in off, True
        case Not():
            can_be_true, can_be_false = _possible(rule.rule, off)
            return can_be_false, can_be_true
        case AllOf():
            parts = [_possible(part, off) for part in rule.rules]
            return all(true for true, _ in parts), any(false for _, false in parts)
        case AnyOf():
            parts = [_possible(part, off) for part in rule.rules]
            return any(true for true, _ in parts), all(false for _, false in parts)
