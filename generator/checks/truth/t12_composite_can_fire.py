"""T12: a composite can become true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.checks.check import Subject
from generator.checks.composite_logic import can_be_true, expand_composites
from generator.findings import Finding, Severity
from generator.model.alarm_rules import AllOf, AnyOf, InState, Not, Rule, children
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.rule_logic import possible

CODE = "T12"
NAME = "composite-can-fire"
TITLE = "A composite can fire, and says more than one alarm alone."
WHY = (
    "A composite all of whose children are switched off is always false. A composite of a single alarm is"
    " that alarm a second time: two tickets for one thing. A rule that contradicts itself is never true, and"
    " one that needs the alarm that suppresses it never tells anybody."
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

# A rule takes a hundred children (T11); composites of composites that speak of more alarms than this are not judged.
_MOST_JUDGED = 500
_BOTH = "leave out what holds in any case"


def check(subject: Subject) -> Iterator[Finding]:
    """An error where no state of the alarms makes the rule true; a warning where it is one alarm's echo."""
    estate = subject.estate
    alarms = {alarm.ref: alarm for alarm in estate.alarms}
    rules = {composite.key: composite.rule for composite in estate.composites}
    for composite in estate.composites:
        path = (*composite.path, "rule")
        child_alarms = [alarms[ref] for ref in dict.fromkeys(children(composite.rule)) if ref in alarms]
        echoed = _echoed(composite.rule)
        if not any(possible(composite.rule, off)[0] for off in _switched_off(child_alarms, estate)):
            message = f"this rule is never true in {estate.environment}: its alarms are switched off there"
            yield Finding(CODE, message, path, hint="switch them on, or take the composite away")
        elif wrong := _by_logic(composite, rules, _leaves(composite, rules, alarms), estate):
            yield wrong
        elif echoed:
            message = f"a composite of `{echoed}` alone says nothing that the alarm does not"
            yield Finding(CODE, message, path, Severity.WARNING, "combine two conditions, or take it away")


def _leaves(composite: Composite, rules: Mapping[str, Rule], alarms: Mapping[str, Alarm]) -> list[Alarm]:
    refs = children(expand_composites(composite.rule, rules))
    return [alarms[ref] for ref in dict.fromkeys(refs) if ref in alarms]


def _by_logic(composite: Composite, rules: Mapping[str, Rule], leaves: list[Alarm], estate: Estate) -> Finding | None:
    """What holds whatever state the alarms are in: never true, always true, or true only while it is suppressed."""
    if len(leaves) > _MOST_JUDGED:
        return None
    switched = list(_switched_off(leaves, estate))
    rule, path = expand_composites(composite.rule, rules), (*composite.path, "rule")
    if not any(can_be_true(rule, off) for off in switched):
        message = "no states of its alarms make this rule true: it contradicts itself"
        return Finding(CODE, message, path, hint="an alarm is in one state at a time; `or` between those that exclude")
    if not any(can_be_true(Not(rule), off) for off in switched):
        return Finding(CODE, "every state of its alarms makes this rule true: it is always in ALARM", path, hint=_BOTH)
    if composite.suppressor:
        silent = expand_composites(InState(composite.suppressor, "ALARM"), rules)
        if not any(can_be_true(AllOf((rule, Not(silent))), off) for off in switched):
            message = f"this rule is true only while `{composite.suppressor}` is in ALARM, which suppresses it"
            hint = "a suppressor that the rule does not need"
            return Finding(CODE, message, (*composite.path, "suppressed_by"), hint=hint)
    return None


def _switched_off(alarms: list[Alarm], estate: Estate) -> Iterator[set[str]]:
    """Which of these alarms are off, for each account that differs from the rest, and for the rest."""
    enabled = {alarm.ref: {v.account: v.tuning.enabled for v in alarm.variants} for alarm in alarms}
    different = {account for accounts in enabled.values() for account in accounts}
    # Accounts of units have no names here, and are like the rest.
    if estate.organizational_units or not different or len(different) < len(estate.accounts):
        yield {alarm.ref for alarm in alarms if not alarm.tuning.enabled}
    for account in sorted(different):
        yield {alarm.ref for alarm in alarms if not enabled[alarm.ref].get(account, alarm.tuning.enabled)}


def _echoed(rule: Rule) -> str:
    """The one alarm that the rule repeats, however often; nothing where it says more."""
    match rule:
        case InState():
            return rule.alarm if rule.state == "ALARM" else ""
        case AllOf() | AnyOf():
            parts = {_echoed(part) for part in rule.rules}
            return parts.pop() if len(parts) == 1 else ""
    return ""
