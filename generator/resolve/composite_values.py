"""What the defaults, the entry and its overrides by environment come to for a composite, and which of them said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.findings import Path
from generator.model.alarms import Origin
from generator.model.placement import Placement, has
from generator.model.places import Account
from generator.resolve.cascade import written
from generator.resolve.overrides import applying, rank_of
from generator.resolve.placement import placement, regions_of
from generator.resolve.scope import Scope
from generator.spec.composites import CompositeSpec

_BUILT_IN: Mapping[str, Any] = {"severity": "medium", "enabled": True, "owner": None, "runbook": None}
_OVERRIDDEN = ("severity", "enabled")


@dataclass(frozen=True, slots=True)
class Value:
    """A field, the layer that decides, and where that is written."""

    value: Any
    layer: str = "built-in"
    path: Path = ()


def settled(spec: CompositeSpec, scope: Scope, path: Path) -> dict[str, Value]:
    """The fields as they are where no override by label or account holds. path: of the entry."""
    values = {}
    for name, value in _BUILT_IN.items():
        own, default = getattr(spec, name), getattr(scope.document.defaults.composites, name)
        values[name] = Value(value)
        if own is not None:
            values[name] = Value(own, "entry", (*path, name))
        elif default is not None:
            values[name] = Value(default, "default", ("defaults", "composites", name))
    for index, override in applying(spec.overrides, scope.environment, None):
        for name in _OVERRIDDEN:
            if getattr(override, name) is not None:
                place = (*path, "overrides", index, name)
                values[name] = Value(getattr(override, name), "override by environment", place)
    return values


def origins(values: Mapping[str, Value], spec: CompositeSpec, scope: Scope, path: Path) -> tuple[Origin, ...]:
    """For people: the severity, what somebody has said, and what is different in an account."""
    usual = (
        Origin(name, written(name, one.value), one.layer, one.path)
        for name, one in sorted(values.items())
        if name == "severity" or one.path
    )
    accounts = scope.accounts if spec.in_ == "members" else ()
    return (*usual, *(origin for account in accounts for origin in _different(spec, scope, account, path)))


def _different(spec: CompositeSpec, scope: Scope, account: Account, path: Path) -> Iterator[Origin]:
    holding = applying(spec.overrides, scope.environment, account)
    for name in _OVERRIDDEN:
        said = [(index, override) for index, override in holding if getattr(override, name) is not None]
        if said and rank_of(said[-1][1].where) != "environment":
            index, override = said[-1]
            value = f"{written(name, getattr(override, name))} in {account.name}"
            yield Origin(name, value, f"override by {rank_of(override.where)}", (*path, "overrides", index, name))


def own_placement(spec: CompositeSpec, scope: Scope) -> Placement | None:
    """Which members have it by its entry and its overrides; None where every one has."""
    place = placement(spec, scope)
    is_said = spec.enabled, scope.document.defaults.composites.enabled, *(one.enabled for one in spec.overrides)
    if all(one is None for one in is_said) or not regions_of(spec, scope):
        return place
    names = tuple(one.name for one in scope.accounts if is_enabled(spec, scope, one, place))
    has_later = bool(scope.organizational_units) and is_enabled(spec, scope, None, place)
    regions = place.regions if place else ()
    if len(names) == len(scope.accounts) and (has_later or not scope.organizational_units):
        return Placement(regions=regions) if regions else None
    return Placement(names, has_later, regions)


def is_enabled(spec: CompositeSpec, scope: Scope, account: Account | None, place: Placement | None = None) -> bool:
    """Whether it is made in an account, None for one that joins later; of the hub's, by environment alone.

    place: where the entry says that it stands; None for everywhere.
    """
    default = scope.document.defaults.composites.enabled
    given = spec.enabled if spec.enabled is not None else default is not False
    enabled = given and has(place, account.name if account else None)
    said = [one.enabled for _, one in applying(spec.overrides, scope.environment, account) if one.enabled is not None]
    return said[-1] if said else enabled
