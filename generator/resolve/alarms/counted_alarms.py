"""Alarms that rules of composites count, with at_least: what counts as one, and how many there have to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from generator.findings import Finding, Path
from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children
from generator.model.placement import Placement
from generator.wording import pluralize

# The template has a text for each combination of them.
_MOST_CONDITIONAL = 5


def counts_of(rule: Rule) -> Iterator[AtLeastOf]:
    """Each at_least of a rule."""
    match rule:
        case AtLeastOf():
            yield rule
        case Not():
            yield from counts_of(rule.rule)
        case AllOf() | AnyOf():
            for part in rule.rules:
                yield from counts_of(part)


def count_each(rule: AtLeastOf, names: Mapping[str, Sequence[str]]) -> AtLeastOf:
    """The rule with names that mean several alarms replaced by these, which count one by one."""
    return replace(rule, rules=tuple(part for whole in rule.rules for part in _parts(whole, names)))


def _parts(rule: Rule, names: Mapping[str, Sequence[str]]) -> Iterator[Rule]:
    match rule:
        case InState(alarm, state):
            yield from (InState(name, state) for name in names.get(alarm) or (alarm,))
        case Not():
            yield from (Not(part) for part in _parts(rule.rule, names))


def check_levels(rule: Rule, levels: Mapping[str, tuple[str, ...]], path: Path) -> Iterator[Finding]:
    """R07 for an alarm with several thresholds: it is several alarms, which would count more than once."""
    for count in counts_of(rule):
        for name in children(count):
            if name in levels:
                message = f"`{name}` has several thresholds, so it is several alarms and would count more than once"
                hint = f"count one of them: {' or '.join(levels[name])}"
                yield Finding("R07", message, (*path, "rule"), hint=hint)


def check_amounts(rule: Rule, path: Path) -> Iterator[Finding]:
    """R07 where more alarms are required than at_least counts. rule: with the alarms of each account."""
    for count in counts_of(rule):
        if count.needed(len(count.rules)) > len(count.rules):
            alarms = pluralize(len(count.rules), "alarm")
            message = f"at_least requires {count.amount} of {alarms}, so the rule is never true"
            yield Finding("R07", message, (*path, "rule"), hint="lower the number, or write a percentage such as 50%")


def check_places(rule: Rule, places: Mapping[str, Placement], path: Path) -> Iterator[Finding]:
    """R07 where too many of the counted alarms are not everywhere. places: the placements of those."""
    for count in counts_of(rule):
        conditional = [name for name in children(count) if name in places]
        if len(conditional) > _MOST_CONDITIONAL:
            message = (
                f"at_least counts {len(conditional)} alarms that are not in every account and Region;"
                f" at most {_MOST_CONDITIONAL} are possible"
            )
            yield Finding("R07", message, (*path, "rule"), hint="count alarms of all accounts, or split the composite")
