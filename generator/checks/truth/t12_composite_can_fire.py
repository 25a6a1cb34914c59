"""T12: a composite can fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.checks.check import Subject
from generator.checks.composite_logic import can_be_true, expand_composites
from generator.findings import Finding, Severity
from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.rule_logic import possible

CODE = "T12"
NAME = "composite-can-fire"
TITLE = "A composite can fire, and combines more than one alarm."
WHY = (
    "A composite whose children are all disabled is always false. A composite of a single alarm duplicates that alarm:"
    " two tickets for one cause. A rule that contradicts itself is never true, and one that requires its own actions"
    " suppressor to be in ALARM never notifies."
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

# A rule has at most a hundred children (T11); nested composites with more alarms than this are not checked.
_MOST_JUDGED = 500
_BOTH = "remove the part that is always true"


def check(subject: Subject) -> Iterator[Finding]:
    """An error if no states of the alarms make the rule true; a warning if it duplicates one alarm."""
    estate = subject.estate
    alarms = {alarm.ref: alarm for alarm in estate.alarms}
    rules = {composite.key: composite.rule for composite in estate.composites}
    for composite in estate.composites:
        path = (*composite.path, "rule")
        child_alarms = [alarms[ref] for ref in dict.fromkeys(children(composite.rule)) if ref in alarms]
        echoed = _echoed(composite.rule)
        if not any(possible(composite.rule, off)[0] for off in _switched_off(child_alarms, estate)):
            message = f"this rule is never true in {estate.environment}: its alarms are disabled there"
            yield Finding(CODE, message, path, hint="enable them, or remove the composite")
        elif wrong := _by_logic(composite, rules, _leaves(composite, rules, alarms), estate):
            yield wrong
        elif echoed:
            message = f"this composite duplicates alarm `{echoed}`"
            yield Finding(CODE, message, path, Severity.WARNING, "combine two conditions, or remove it")


def _leaves(composite: Composite, rules: Mapping[str, Rule], alarms: Mapping[str, Alarm]) -> list[Alarm]:
    refs = children(expand_composites(composite.rule, rules))
    return [alarms[ref] for ref in dict.fromkeys(refs) if ref in alarms]


def _by_logic(composite: Composite, rules: Mapping[str, Rule], leaves: list[Alarm], estate: Estate) -> Finding | None:
    """A finding for a rule that is never true, always true, or true only while it is suppressed; None for others."""
    if len(leaves) > _MOST_JUDGED:
        return None
    switched = list(_switched_off(leaves, estate))
    rule, path = expand_composites(composite.rule, rules), (*composite.path, "rule")
    if not any(can_be_true(rule, off) for off in switched):
        message = "no states of its alarms make this rule true: it contradicts itself"
        return Finding(
            CODE,
            message,
            path,
            hint="use `or` between conditions that exclude each other; an alarm is in one state at a time",
        )
    if not any(can_be_true(Not(rule), off) for off in switched):
        return Finding(CODE, "every state of its alarms makes this rule true: it is always in ALARM", path, hint=_BOTH)
    if composite.suppressor:
        silent = expand_composites(InState(composite.suppressor, "ALARM"), rules)
        if not any(can_be_true(AllOf((rule, Not(silent))), off) for off in switched):
            message = f"this rule is true only while `{composite.suppressor}` is in ALARM, which suppresses it"
            hint = "use a suppressor that is not in the rule"
            return Finding(CODE, message, (*composite.path, "suppressed_by"), hint=hint)
    return None


def _switched_off(alarms: list[Alarm], estate: Estate) -> Iterator[set[str]]:
    """The refs of disabled alarms, for each account that differs from the others, and for the others."""
    enabled = {alarm.ref: {v.account: v.tuning.enabled for v in alarm.variants} for alarm in alarms}
    different = {account for accounts in enabled.values() for account in accounts}
    # Accounts of organizational units have no names here, and have the default settings.
    if estate.organizational_units or not different or len(different) < len(estate.accounts):
        yield {alarm.ref for alarm in alarms if not alarm.tuning.enabled}
    for account in sorted(different):
        yield {alarm.ref for alarm in alarms if not enabled[alarm.ref].get(account, alarm.tuning.enabled)}


def _echoed(rule: Rule) -> str:
    """The alarm that the rule is equivalent to; empty if it combines several."""
    match rule:
        case InState():
            return rule.alarm if rule.state == "ALARM" else ""
        case AllOf() | AnyOf() | AtLeastOf():
            parts = {_echoed(part) for part in rule.rules}
            return parts.pop() if len(parts) == 1 else ""
    return ""
