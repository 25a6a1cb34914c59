"""Placement of composites: as their entries say, and only where their rules can be true and false.

An alarm that an account does not have counts as FALSE in a rule. A composite that is thereby always false, or always
true, is not created there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from generator.findings import Finding
from generator.model.accounts import Side
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite
from generator.model.placement import NOWHERE, Placement, has_in, intersection
from generator.model.rule_logic import possible
from generator.resolve.alarms.composite_values import is_enabled, own_placement
from generator.resolve.alarms.counted_alarms import check_places
from generator.resolve.placement import cells, check_hub_placement, check_placement_names, effective_placement
from generator.resolve.scope import Scope


def place_composites(
    composites: Sequence[Composite], other_alarms: Iterable[Alarm | Composite], scope: Scope, findings: list[Finding]
) -> list[Composite]:
    """The composites with their placement, children before parents; without those that no account has.

    other_alarms: the alarms that their rules may name, and the composites of objectives.
    """
    members = [alarm for alarm in other_alarms if alarm.side is Side.MEMBERS]
    where = {alarm.ref: _placement_of(alarm, scope) for alarm in members}
    off = frozenset(alarm.ref for alarm in members if isinstance(alarm, Alarm) and alarm.everywhere_disabled)
    composites_placed = []
    for composite in composites:
        spec = scope.document.composites[composite.key]
        findings += check_placement_names(spec, scope.document, composite.path)
        if composite.side is Side.HUB:
            findings += check_hub_placement(spec, composite.path)
            if is_enabled(spec, scope, None) and _means_something(composite, where):
                composites_placed.append(composite)
            else:
                where[composite.key] = NOWHERE
            continue
        parts = _without(off, composite, where)
        findings += check_places(composite.rule, _narrow(composite, parts), composite.path)
        own, derived = own_placement(spec, scope), _derived(composite, parts, scope)
        placement = effective_placement(intersection(own, derived), scope)
        where[composite.key] = placement
        if placement is None:
            composites_placed.append(composite)
        elif not placement.is_nowhere:
            composites_placed.append(replace(composite, placement=placement))
            findings += _always_true(composite, placement, parts, scope)
        elif _is_a_mistake(composite, own, where):
            message = f"in {scope.environment} no account has enough alarms of this rule for it to become true"
            hint = "combine alarms of the same accounts and Regions"
            findings.append(Finding("R07", message, (*composite.path, "rule"), hint=hint))
    return composites_placed


def _placement_of(alarm: Alarm | Composite, scope: Scope) -> Placement | None:
    """The placement by its entry, its overrides and the only Region of its metric."""
    if not isinstance(alarm, Alarm) or alarm.everywhere_disabled:
        return alarm.placement
    if alarm.placement:
        return replace(alarm.placement, regions=alarm.regions)
    names = alarm.deployed_among(scope.account_names)
    is_everywhere = len(names) == len(scope.accounts) and (alarm.tuning.enabled or not scope.organizational_units)
    if is_everywhere:
        return Placement(regions=alarm.regions) if alarm.regions and len(scope.regions) > 1 else None
    return Placement(names, alarm.tuning.enabled, alarm.regions)


def _without(
    off: frozenset[str], composite: Composite, where: Mapping[str, Placement | None]
) -> Mapping[str, Placement | None]:
    """The places of its alarms, where those that are switched off everywhere have none. A rule that means nothing
    without them stays: it is a mistake that is found later, in words of its own (T12).
    """
    absent = off.intersection(children(composite.rule))
    means_something = all(possible(composite.rule, absent))
    return {**where, **dict.fromkeys(absent, NOWHERE)} if absent and means_something else where


def _means_something(composite: Composite, where: Mapping[str, Placement | None]) -> bool:
    """True if a rule of the hub can be true and can be false without the composites that are not there."""
    absent = {ref for ref in children(composite.rule) if where.get(ref) == NOWHERE}
    return not absent or all(possible(composite.rule, absent))


def _is_a_mistake(composite: Composite, own: Placement | None, where: Mapping[str, Placement | None]) -> bool:
    """True if every child is in some account, but the composite in none; elsewhere the environment has no use for
    it.
    """
    places = [own, *(where.get(ref) for ref in children(composite.rule))]
    return not any(placement is not None and placement.is_nowhere for placement in places)


def _always_true(
    composite: Composite, placement: Placement, where: Mapping[str, Placement | None], scope: Scope
) -> Iterator[Finding]:
    """R07 where it would be in ALARM permanently: a placement is accounts in Regions, and a rule may cover fewer."""
    narrow = _narrow(composite, where)
    for account, region in cells(scope):
        if has_in(placement, account, region) and not possible(composite.rule, _absent(narrow, account, region))[1]:
            location = f"{account or 'an account that joins later'} and {region}"
            message = f"in {location} there is no alarm of this rule, so the rule is always true"
            hint = "set `accounts` or `regions`, or write one composite for each Region"
            yield Finding("R07", message, (*composite.path, "rule"), hint=hint)
            return


def _derived(composite: Composite, where: Mapping[str, Placement | None], scope: Scope) -> Placement | None:
    """The placement in which the rule can be true and can be false; None where that is everywhere."""
    narrow = _narrow(composite, where)
    if not narrow:
        return None
    meaningful = [
        (account, region)
        for account, region in cells(scope)
        if all(possible(composite.rule, _absent(narrow, account, region)))
    ]
    if not meaningful:
        return NOWHERE
    names = {account for account, _ in meaningful}
    regions = tuple(sorted({region for _, region in meaningful}))
    only = () if len(regions) == len(scope.regions) else regions
    if len(names) == len({account for account, _ in cells(scope)}):
        return Placement(None, True, only) if only else None
    accounts = tuple(account.name for account in scope.accounts if account.name in names)
    return Placement(accounts, None in names, only)


def _narrow(composite: Composite, where: Mapping[str, Placement | None]) -> dict[str, Placement]:
    """The children that have a placement."""
    return {ref: placement for ref in children(composite.rule) if (placement := where.get(ref)) is not None}


def _absent(narrow: Mapping[str, Placement], account: str | None, region: str) -> set[str]:
    return {ref for ref, placement in narrow.items() if not has_in(placement, account, region)}
