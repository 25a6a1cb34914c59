"""Where composites stand: what their entries say, and only where their rules mean something.

An alarm that an account does not have counts as FALSE in a rule. A composite that is thereby always false, or always
true, is not made there.
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
from generator.resolve.placement import cells, check_hub_placement, check_placement_names, effective_placement
from generator.resolve.scope import Scope


def place_composites(
    composites: Sequence[Composite], others: Iterable[Alarm | Composite], scope: Scope, findings: list[Finding]
) -> list[Composite]:
    """The composites with their places, children before parents; those that stand nowhere are left out.

    others: the alarms that they may speak of, and the composites of objectives.
    """
    members = [one for one in others if one.side is Side.MEMBERS]
    where = {one.ref: _stands(one, scope) for one in members}
    off = frozenset(one.ref for one in members if isinstance(one, Alarm) and one.everywhere_disabled)
    made = []
    for composite in composites:
        spec = scope.document.composites[composite.key]
        findings += check_placement_names(spec, scope.document, composite.path)
        if composite.side is Side.HUB:
            findings += check_hub_placement(spec, composite.path)
            if is_enabled(spec, scope, None) and _means_something(composite, where):
                made.append(composite)
            else:
                where[composite.key] = NOWHERE
            continue
        parts = _without(off, composite, where)
        own, derived = own_placement(spec, scope), _derived(composite, parts, scope)
        place = effective_placement(intersection(own, derived), scope)
        where[composite.key] = place
        if place is None:
            made.append(composite)
        elif not place.is_nowhere:
            made.append(replace(composite, placement=place))
            findings += _always_true(composite, place, parts, scope)
        elif _is_a_mistake(composite, own, where):
            message = f"in {scope.environment} no account has enough of this rule's alarms for it to become true"
            hint = "combine what stands in the same accounts and Regions"
            findings.append(Finding("R07", message, (*composite.path, "rule"), hint=hint))
    return made


def _stands(one: Alarm | Composite, scope: Scope) -> Placement | None:
    """Where it stands, by its entry, its overrides and the only Region of its metric."""
    if not isinstance(one, Alarm) or one.everywhere_disabled:
        return one.placement
    if one.placement:
        return replace(one.placement, regions=one.regions)
    names = one.deployed_among(scope.account_names)
    is_everywhere = len(names) == len(scope.accounts) and (one.tuning.enabled or not scope.organizational_units)
    if is_everywhere:
        return Placement(regions=one.regions) if one.regions and len(scope.regions) > 1 else None
    return Placement(names, one.tuning.enabled, one.regions)


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
    """Whether a rule of the hub can be true and can be false without the composites that are not there."""
    absent = {ref for ref in children(composite.rule) if where.get(ref) == NOWHERE}
    return not absent or all(possible(composite.rule, absent))


def _is_a_mistake(composite: Composite, own: Placement | None, where: Mapping[str, Placement | None]) -> bool:
    """Whether all that it is made of stands somewhere, and it does not; elsewhere the environment has no use for it."""
    places = [own, *(where.get(ref) for ref in children(composite.rule))]
    return not any(place is not None and place.is_nowhere for place in places)


def _always_true(
    composite: Composite, place: Placement, where: Mapping[str, Placement | None], scope: Scope
) -> Iterator[Finding]:
    """R07 where it would be in ALARM for ever: a placement is accounts in Regions, and a rule may ask for less."""
    narrow = _narrow(composite, where)
    for account, region in cells(scope):
        if has_in(place, account, region) and not possible(composite.rule, _absent(narrow, account, region))[1]:
            there = f"{account or 'an account that joins later'} and {region}"
            message = f"in {there} none of this rule's alarms stand, and without them it is always true"
            hint = "say with `accounts` or `regions` where it stands, or write one composite for each Region"
            yield Finding("R07", message, (*composite.path, "rule"), hint=hint)
            return


def _derived(composite: Composite, where: Mapping[str, Placement | None], scope: Scope) -> Placement | None:
    """Where the rule can be true and can be false; None where that is everywhere."""
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
    accounts = tuple(one.name for one in scope.accounts if one.name in names)
    return Placement(accounts, None in names, only)


def _narrow(composite: Composite, where: Mapping[str, Placement | None]) -> dict[str, Placement]:
    """The children that do not stand everywhere."""
    return {ref: place for ref in children(composite.rule) if (place := where.get(ref)) is not None}


def _absent(narrow: Mapping[str, Placement], account: str | None, region: str) -> set[str]:
    return {ref for ref, place in narrow.items() if not has_in(place, account, region)}
