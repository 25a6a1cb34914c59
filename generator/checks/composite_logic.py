"""Satisfiability of composite rules, by trying the three states of each alarm.

A composite in a rule is replaced by its own rule: in ALARM if that is true, otherwise OK.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, State

_STATES: tuple[State, ...] = ("ALARM", "OK", "INSUFFICIENT_DATA")
# Rules that require more steps are not decided; real ones require some dozens.
_MOST_STEPS = 20_000


@dataclass(slots=True)
class _Search:
    off: Set[str]
    steps: int = 0
    states: dict[str, State] = field(default_factory=dict)


def expand_composites(rule: Rule, composites: Mapping[str, Rule]) -> Rule:
    """A rule with composites replaced by their rules. composites: by key, without a cycle."""
    match rule:
        case InState() if rule.alarm in composites and rule.state != "INSUFFICIENT_DATA":
            inner = expand_composites(composites[rule.alarm], composites)
            return inner if rule.state == "ALARM" else Not(inner)
        case InState():
            return rule
        case Not():
            return Not(expand_composites(rule.rule, composites))
        case AllOf():
            return AllOf(tuple(expand_composites(part, composites) for part in rule.rules))
        case AnyOf():
            return AnyOf(tuple(expand_composites(part, composites) for part in rule.rules))
        case AtLeastOf():
            return replace(rule, rules=tuple(expand_composites(part, composites) for part in rule.rules))


def can_be_true(rule: Rule, off: Set[str] = frozenset()) -> bool:
    """True if some states of the alarms make a rule true. off: refs of disabled alarms, which are in no state."""
    return _try(rule, tuple(dict.fromkeys(_alarms(rule))), _Search(off))


def _try(rule: Rule, alarms: tuple[str, ...], search: _Search) -> bool:
    search.steps += 1
    value = _value(rule, search)
    if value is not None or search.steps > _MOST_STEPS:
        return value is not False
    undecided = next(alarm for alarm in alarms if alarm not in search.states and alarm not in search.off)
    for state in _STATES:
        search.states[undecided] = state
        if _try(rule, alarms, search):
            return True
    del search.states[undecided]
    return False


def _value(rule: Rule, search: _Search) -> bool | None:
    """The value of a rule with the states chosen so far; None if they do not decide it."""
    match rule:
        case InState():
            if rule.alarm in search.off:
                return False
            state = search.states.get(rule.alarm)
            return None if state is None else state == rule.state
        case Not():
            inner = _value(rule.rule, search)
            return None if inner is None else not inner
        case AllOf():
            values = [_value(part, search) for part in rule.rules]
            return False if False in values else None if None in values else True
        case AnyOf():
            values = [_value(part, search) for part in rule.rules]
            return True if True in values else None if None in values else False
        case AtLeastOf():
            existing = [part for part in rule.rules if not _is_off(part, search.off)]
            values = [_value(part, search) for part in existing]
            needed = max(rule.needed(len(existing)), 1)
            true, open_ = values.count(True), values.count(None)
            return True if true >= needed else None if true + open_ >= needed else False


def _is_off(rule: Rule, off: Set[str]) -> bool:
    """True for a condition on a disabled alarm, which at_least does not count."""
    match rule:
        case InState():
            return rule.alarm in off
        case Not(InState(alarm, _)):
            return alarm in off
    return False


def _alarms(rule: Rule) -> Iterator[str]:
    match rule:
        case InState():
            yield rule.alarm
        case Not():
            yield from _alarms(rule.rule)
        case AllOf() | AnyOf() | AtLeastOf():
            for part in rule.rules:
                yield from _alarms(part)
