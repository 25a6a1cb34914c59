"""The settings of a composite from the defaults, its entry and its overrides by environment, each with its origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.findings import Finding, Path
from generator.model.accounts import Account
from generator.model.alarms import Origin
from generator.model.placement import Placement, has
from generator.resolve.alarms.cascade import written
from generator.resolve.alarms.overrides import applied, applying, holds, rank_of, words_of
from generator.resolve.placement import placement, regions_of
from generator.resolve.placement_conditions import by_region
from generator.resolve.scope import Scope
from generator.spec.composites import CompositeSpec

_UNSET = dict.fromkeys(("owner", "runbook", "event_tags"))
_BUILT_IN: Mapping[str, Any] = {"severity": "medium", "enabled": True, **_UNSET}
_OVERRIDDEN = ("severity", "enabled")


@dataclass(frozen=True, slots=True)
class ExplicitValue:
    """A field, the layer that decides, and where that is written."""

    value: Any
    layer: str = "built-in"
    path: Path = ()


def effective_values(spec: CompositeSpec, scope: Scope, path: Path) -> dict[str, ExplicitValue]:
    """The fields as accounts have them that join later, and the hub. path: of the entry."""
    applying = applied(spec.overrides, scope)
    return _overridden(spec, scope, path, applying.later if spec.in_ == "members" else applying.everywhere)


def of_entry(spec: CompositeSpec, scope: Scope, path: Path) -> dict[str, ExplicitValue]:
    """The fields as they are where no override holds."""
    values = {}
    for name, value in _BUILT_IN.items():
        own, default = getattr(spec, name), getattr(scope.document.defaults.composites, name)
        values[name] = ExplicitValue(value)
        if own is not None:
            values[name] = ExplicitValue(own, "entry", (*path, name))
        elif default is not None:
            values[name] = ExplicitValue(default, "default", ("defaults", "composites", name))
    return values


def _overridden(spec: CompositeSpec, scope: Scope, path: Path, places: Sequence[int]) -> dict[str, ExplicitValue]:
    """The fields where some overrides hold. places: theirs in the list, the weakest first."""
    values = of_entry(spec, scope, path)
    for index in places:
        override = spec.overrides[index]
        for name in _OVERRIDDEN:
            if getattr(override, name) is not None:
                value_path = (*path, "overrides", index, name)
                values[name] = ExplicitValue(
                    getattr(override, name), f"override by {rank_of(override.where)}", value_path
                )
    return values


def origins(values: Mapping[str, ExplicitValue], spec: CompositeSpec, scope: Scope, path: Path) -> tuple[Origin, ...]:
    """The origins for readers: the severity, the settings of the file, and the differences in an account or a
    Region.
    """
    usual = (
        Origin(name, written(name, explicit.value), explicit.layer, explicit.path)
        for name, explicit in sorted(values.items())
        if name == "severity" or explicit.path
    )
    different = _different(values, spec, scope, path) if spec.in_ == "members" and spec.overrides else ()
    return (*usual, *different, *_by_region(spec, scope, path))


def _different(usual: Mapping[str, ExplicitValue], spec: CompositeSpec, scope: Scope, path: Path) -> Iterator[Origin]:
    """The differences of each account; accounts with the same overrides are resolved once."""
    applying = applied(spec.overrides, scope)
    cases: dict[tuple[int, ...], list[tuple[str, ExplicitValue]]] = {}
    for account in scope.accounts:
        places = applying.to(account.name)
        if places not in cases:
            values = _overridden(spec, scope, path, places)
            cases[places] = [(name, values[name]) for name in _OVERRIDDEN if values[name] != usual[name]]
        for name, case in cases[places]:
            yield Origin(name, f"{written(name, case.value)} in {account.name}", case.layer, case.path)


def _by_region(spec: CompositeSpec, scope: Scope, path: Path) -> Iterator[Origin]:
    """The overrides that are for some Regions, as they are written: those of accounts in it are among them."""
    for index, override in enumerate(spec.overrides):
        if override.enabled is not None and by_region(override.where, scope.document):
            by_environment = {name: words for name, words in override.where.items() if name == "environment"}
            if holds(by_environment, scope.environment, None):
                where = ", ".join(
                    " or ".join(words_of(words)) for name, words in override.where.items() if name != "environment"
                )
                value = f"{written('enabled', override.enabled)} in {where}"
                layer = f"override by {rank_of(override.where)}"
                yield Origin("enabled", value, layer, (*path, "overrides", index, "enabled"))


_Members = tuple[tuple[str, ...], bool]


def own_placement(spec: CompositeSpec, scope: Scope) -> Placement | None:
    """The members that have it by its entry and its overrides; None where every one has."""
    placed = placement(spec, scope)
    is_said = (
        spec.enabled,
        scope.document.defaults.composites.enabled,
        *(override.enabled for override in spec.overrides),
    )
    if all(value is None for value in is_said) or not regions_of(spec, scope):
        return placed
    by_members = _by_members(spec, scope, placed)
    if not by_members:
        return Placement((), later=False)
    (names, has_later), in_regions = next(iter(by_members.items()))
    regions = in_regions if len(in_regions) < len(scope.regions) else ()
    if len(names) == len(scope.accounts) and (has_later or not scope.organizational_units):
        return Placement(regions=regions) if regions else None
    return Placement(names, has_later, regions)


def corners(spec: CompositeSpec, scope: Scope, path: Path) -> Iterator[Finding]:
    """R07 where overrides by Region and by account leave it in other accounts in one Region than in another."""
    index = next((i for i, override in enumerate(spec.overrides) if by_region(override.where, scope.document)), None)
    if index is not None and len(_by_members(spec, scope, placement(spec, scope))) > 1:
        message = f"in {scope.environment} the accounts of this composite differ by Region"
        hint = "use one composite for each Region, with `accounts` and `regions`"
        yield Finding("R07", message, (*path, "overrides", index, "where", "region"), hint=hint, on="key")


def _by_members(spec: CompositeSpec, scope: Scope, placed: Placement | None) -> dict[_Members, tuple[str, ...]]:
    """Accounts by name, and whether those that join later, to the Regions in which just these have it."""
    by_members: dict[_Members, tuple[str, ...]] = {}
    # Where no override asks for a Region, one answer holds for all.
    differs = any(by_region(override.where, scope.document) for override in spec.overrides)
    regions = (placed.regions if placed else ()) or tuple(sorted(scope.regions))
    for chosen in [(region,) for region in regions] if differs else [regions]:
        region = chosen[0] if differs else ""
        names = tuple(account.name for account in scope.accounts if is_enabled(spec, scope, account, placed, region))
        has_later = bool(scope.organizational_units) and is_enabled(spec, scope, None, placed, region)
        if names or has_later:
            by_members[names, has_later] = (*by_members.get((names, has_later), ()), *chosen)
    return by_members


def is_enabled(
    spec: CompositeSpec, scope: Scope, account: Account | None, placed: Placement | None = None, region: str = ""
) -> bool:
    """True if it is created in an account, None for one that joins later; of the hub's, by environment alone.

    placed: the placement of the entry; None for everywhere. region: empty where no override names any.
    """
    default = scope.document.defaults.composites.enabled
    is_on = spec.enabled if spec.enabled is not None else default is not False
    enabled = is_on and has(placed, account.name if account else None)
    units = scope.units_of_later if spec.in_ == "members" else ()
    holding = applying(spec.overrides, scope.environment, account, region, units)
    explicit = [override.enabled for _, override in holding if override.enabled is not None]
    return explicit[-1] if explicit else enabled
