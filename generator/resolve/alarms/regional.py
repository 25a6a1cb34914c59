"""The effects of regional overrides on an alarm of the members: other values, and whether it is created at all.

A stack knows its Region, so both are conditions in the one template: the values, and the placement.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path
from generator.model.accounts import Account
from generator.model.alarms import Alarm, Regional, Variant
from generator.model.placement import NOWHERE, Placement
from generator.resolve.alarms.cascade import AlarmPlacement, Cascade
from generator.resolve.placement_conditions import by_region
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec

_Cell = tuple[Account | None, str]


def regional(alarm: Alarm, spec: AlarmSpec, scope: Scope, where: AlarmPlacement | None) -> Iterator[Regional]:
    """The Regions in which overrides give it other values."""
    if not any(by_region(override.where, scope.document) for override in spec.overrides):
        return
    cascade = Cascade(alarm.key, spec, scope, where)
    for region in sorted(scope.regions):
        base = cascade.settle(None, region)
        if base is None or (alarm.regions and region not in alarm.regions):
            continue
        by_account = [(account.name, cascade.settle(account, region)) for account in scope.accounts]
        differing = [(name, own) for name, own in by_account if own and own.tuning != base.tuning]
        variants = tuple(Variant(name, own.tuning, own.origins) for name, own in differing)
        same = [(v.account, v.tuning) for v in variants] == [(v.account, v.tuning) for v in alarm.variants]
        if base.tuning != alarm.tuning or not same:
            yield Regional(region, base.tuning, variants, base.origins)


def without_regional_switch(
    key: str, spec: AlarmSpec, scope: Scope, where: AlarmPlacement | None, only: str, findings: list[Finding]
) -> tuple[AlarmSpec, AlarmPlacement | None]:
    """The placement of an alarm that overrides enable or disable in some Region, and its entry without these switches.

    only: the Region that has its metric; empty where all have. R07 where the accounts that have it are other ones in
    some Region: accounts in Regions are a rectangle, as a rule that names the alarm has to know.
    """
    path = _first_switch(key, spec, scope)
    if path is None:
        return spec, where
    cascade = Cascade(key, spec, scope, where)
    cells = {cell: _is_on(cell, cascade, only) for cell in _cells(scope)}
    on = [cell for cell, is_on in cells.items() if is_on]
    has = {account for account, _ in on}
    regions = {region for _, region in on}
    wrong = next((cell for cell in cells if not cells[cell] and cell[0] in has and cell[1] in regions), None)
    if wrong is not None:
        who = wrong[0].name if wrong[0] else "an account that joins later"
        message = f"{who} would not have it in {wrong[1]}, where other accounts have it, but in another Region"
        hint = "use one alarm for each Region, with `regions` and `accounts`"
        findings.append(Finding("R07", message, path, hint=hint, on="key"))
    names = tuple(account.name for account in scope.accounts if account in has)
    every = len(has) == len({account for account, _ in cells})
    placement = Placement(None if every else names, every or None in has, _some(regions, scope)) if on else NOWHERE
    overrides = [override.model_copy(update={"enabled": None}) for override in spec.overrides]
    spec = spec.model_copy(update={"enabled": True, "overrides": overrides})
    return spec, AlarmPlacement(placement, path, where.fed if where else None)


def _first_switch(key: str, spec: AlarmSpec, scope: Scope) -> Path | None:
    """The first override by Region that switches it."""
    for index, override in enumerate(spec.overrides):
        if override.enabled is not None and by_region(override.where, scope.document):
            return (*scope.override_path(key, index), "enabled")
    return None


def _cells(scope: Scope) -> Iterator[_Cell]:
    """Every account in each of its Regions; None is an account that joins later."""
    for account in scope.accounts:
        yield from ((account, region) for region in account.regions_of(scope.regions))
    yield from ((None, region) for region in scope.regions) if scope.organizational_units else ()


def _is_on(cell: _Cell, cascade: Cascade, only: str) -> bool:
    account, region = cell
    regions = cascade.placed.placement.regions if cascade.placed else ()
    if (only and region != only) or (regions and region not in regions):
        return False
    settings = cascade.settle(account, region)
    return settings is not None and settings.tuning.enabled


def _some(regions: set[str], scope: Scope) -> tuple[str, ...]:
    return () if len(regions) == len(set(scope.regions)) else tuple(sorted(regions))
