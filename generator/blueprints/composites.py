"""Composite alarms. Children are referred to by `Ref`, so that CloudFormation creates them first.

CloudWatch documents no precedence of AND over OR, so every rule is parenthesised in full. A child that an account
does not have counts as FALSE there; AT_LEAST, which takes only alarms that exist, leaves it out. CloudWatch does not
document how it rounds percentages, so AT_LEAST always has a number.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from troposphere import If, NoValue, Ref, Sub, Tags

from generator.blueprints.kit.actions import action_properties
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.event_tags import CompositeAlarmResource, event_tags
from generator.blueprints.kit.placements import alarm_condition, condition_attribute, exists_with
from generator.blueprints.kit.stack import Part, origin
from generator.model.accounts import Side
from generator.model.alarm_description import description
from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children, counted_state
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate

Child = Alarm | Composite


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """The composites of one side, children before parents."""
    known: dict[str, Child] = {alarm.ref: alarm for alarm in estate.alarms if alarm.side is side}
    known.update({composite.key: composite for composite in estate.composites_in(side)})
    for composite in estate.composites_in(side):
        yield _composite(composite, known, estate)


def _composite(composite: Composite, known: Mapping[str, Child], estate: Estate) -> Part:
    alarm = CompositeAlarmResource(
        composite.logical_id,
        AlarmName=composite.name,
        AlarmDescription=description(composite),
        AlarmRule=_rule(composite, known, estate),
        Metadata=origin(composite.path),
        **action_properties(composite),
        **event_tags(composite.event_tags),
        **_suppressor(composite, known, estate),
        **condition_attribute(composite.placement, estate),
    )
    # The template is one for all accounts, so a severity that differs between them is no tag.
    severity = {} if composite.severity_by_account else {"severity": composite.severity}
    alarm.Tags = Tags(**severity, **({"owner": composite.owner} if composite.owner else {}))
    return alarm


def _suppressor(composite: Composite, known: Mapping[str, Child], estate: Estate) -> dict[str, Any]:
    child = known.get(composite.suppressor) if composite.suppressor else None
    if child is None or _nowhere(child):
        return {}
    # Both periods are required with a suppressor, even where they are nothing.
    properties: dict[str, Any] = {
        "ActionsSuppressor": Ref(child.logical_id),
        "ActionsSuppressorWaitPeriod": composite.wait,
        "ActionsSuppressorExtensionPeriod": composite.extend,
    }
    test = _test(child, composite, estate)
    return {key: If(test, value, NoValue) for key, value in properties.items()} if test else properties


def _nowhere(child: Child) -> bool:
    return isinstance(child, Alarm) and child.everywhere_disabled


def _test(child: Child, composite: Composite, estate: Estate) -> str:
    """The condition of a child; empty if the child exists wherever the composite does."""
    return "" if exists_with(child, composite, estate) else alarm_condition(child, estate)


def _rule(composite: Composite, known: Mapping[str, Child], estate: Estate) -> Any:
    switched: dict[str, Any] = {}
    child_alarms = {key: known[key] for key in children(composite.rule) if key in known}
    tests = {key: _test(child, composite, estate) for key, child in child_alarms.items()}
    text = _text(composite.rule, known, tests, switched, outermost=True)
    if switched:
        return Sub(text, **switched)
    return Sub(text) if "${" in text else text


Tests = Mapping[str, str]


def _text(
    rule: Rule, known: Mapping[str, Child], tests: Tests, switched: dict[str, Any], *, outermost: bool = False
) -> str:
    match rule:
        case InState():
            return _state(rule, known, tests, switched)
        case Not():
            return f"NOT {_text(rule.rule, known, tests, switched)}"
        case AllOf() | AnyOf():
            word = " AND " if isinstance(rule, AllOf) else " OR "
            joined = word.join(_text(part, known, tests, switched) for part in rule.rules)
            return joined if outermost else f"({joined})"
        case AtLeastOf():
            return _at_least(rule, known, tests, switched)
        case _:
            assert_never(rule)


def _state(rule: InState, known: Mapping[str, Child], tests: Tests, switched: dict[str, Any]) -> str:
    child = known.get(rule.alarm)
    if child is None or _nowhere(child):
        return "FALSE"
    in_state = f'{rule.state}("${{{child.logical_id}}}")'
    if not tests[rule.alarm]:
        return in_state
    name = f"{child.logical_id}{rule.state.title().replace('_', '')}"
    switched[name] = If(tests[rule.alarm], Sub(in_state), "FALSE")
    return f"${{{name}}}"


def _at_least(rule: AtLeastOf, known: Mapping[str, Child], tests: Tests, switched: dict[str, Any]) -> str:
    """AT_LEAST over the children that exist: a text for each combination of those that have a condition."""
    existing = [ref for ref in children(rule) if ref in known and not _nowhere(known[ref])]
    conditions = sorted({tests[ref] for ref in existing if tests[ref]})

    def chosen(undecided: list[str], present: frozenset[str]) -> Any:
        if undecided:
            condition, *rest = undecided
            return If(condition, chosen(rest, present | {condition}), chosen(rest, present))
        refs = [ref for ref in existing if not tests[ref] or tests[ref] in present]
        text = _at_least_text(rule, [known[ref].logical_id for ref in refs])
        return Sub(text) if refs and conditions else text

    if not conditions:
        return str(chosen([], frozenset()))
    name = f"AtLeast{len(switched) + 1}"
    switched[name] = chosen(conditions, frozenset())
    return f"${{{name}}}"


def _at_least_text(rule: AtLeastOf, logical_ids: list[str]) -> str:
    needed = rule.needed(len(logical_ids))
    if not 1 <= needed <= len(logical_ids):
        return "FALSE"
    state, is_negated = counted_state(rule)
    names = ", ".join(f'"${{{logical_id}}}"' for logical_id in logical_ids)
    return f"AT_LEAST({needed}, {'NOT ' if is_negated else ''}{state}, ({names}))"


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
