"""The charges of a template in an account and Region.

Resources whose charges depend on the same parameters are read together, once for each set of values. Most depend on
none, so a template of thousands of alarms is read once for all accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.cost.charges import Charge, Kind
from generator.cost.readers.alarms import ALARM_TYPES
from generator.cost.references import dependencies
from generator.cost.types import BY_USE, FREE, PRICED
from generator.evaluate.template.intrinsic_values import Unknown
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.properties import Properties

CONDITION = "whether a resource exists is decided by AWS"


@dataclass(frozen=True, slots=True)
class AlarmCharges:
    """What one alarm is billed for. path: where the spec has it."""

    name: str
    path: str
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Charges:
    """What some resources are billed for in an account and Region.

    quantities: the sum of each item, alarms included. metrics: by identity, with the reason why there may be more.
    more: why a kind may be more, and of how many resources, sorted.
    """

    quantities: tuple[tuple[Kind, str, float], ...]
    metrics: tuple[tuple[str, str], ...]
    more: tuple[tuple[Kind, str, int], ...]
    alarms: tuple[AlarmCharges, ...]


@dataclass(slots=True)
class _Bundle:
    """Resources with the same dependencies, and their charges by the values of these."""

    names: tuple[str, ...]
    resources: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    known: dict[tuple[str, ...], Charges] = field(default_factory=dict)


class TemplateCharges:
    """A template, ready to give its charges for parameters, an account and a Region."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self.by_use: frozenset[str] = frozenset()
        bundles: dict[tuple[str, ...], _Bundle] = {}
        types: set[str] = set()
        for logical_id, resource in template.get("Resources", {}).items():
            type_ = str(resource.get("Type", ""))
            types.add(type_)
            if type_ not in PRICED and (type_ in BY_USE or type_ in FREE):
                continue
            part = PRICED[type_].of(resource.get("Properties") or {}) if type_ in PRICED else None
            names = dependencies(template, part, resource.get("Condition"))
            bundles.setdefault(names, _Bundle(names)).resources.append((logical_id, resource))
        self.bundles = tuple(bundles.values())
        self.by_use = frozenset(types & BY_USE.keys())
        self.defaults = {
            name: str(declared.get("Default", "")) for name, declared in template.get("Parameters", {}).items()
        }

    def charges(self, account: str, region: str, parameters: Mapping[str, str]) -> tuple[Charges, ...]:
        """One for each bundle of resources; the same object for all accounts and Regions with the same values."""
        pseudo = {"AWS::AccountId": account, "AWS::Region": region}
        charges_by_bundle = []
        for bundle in self.bundles:
            values = tuple(
                pseudo[name] if name in pseudo else parameters.get(name, self.defaults.get(name, ""))
                for name in bundle.names
            )
            charges = bundle.known.get(values)
            if charges is None:
                scope = TemplateScope(self.template, account, region, parameters)
                charges = bundle.known[values] = _charges(scope, bundle.resources)
            charges_by_bundle.append(charges)
        return tuple(charges_by_bundle)


def _charges(scope: TemplateScope, resources: list[tuple[str, Mapping[str, Any]]]) -> Charges:
    quantities: dict[tuple[Kind, str], float] = {}
    metrics: dict[str, str] = {}
    more: dict[tuple[Kind, str], int] = {}
    alarms: list[AlarmCharges] = []
    for logical_id, resource in resources:
        read = tuple(_read(scope, logical_id, resource))
        for charge in read:
            if charge.identity:
                metrics[charge.identity] = metrics.get(charge.identity) or charge.more
                continue
            if charge.more:
                reason = charge.kind, charge.more
                more[reason] = more.get(reason, 0) + 1
            if charge.item:
                key = charge.kind, charge.item
                quantities[key] = quantities.get(key, 0) + charge.quantity
        own = tuple(charge for charge in read if not charge.identity)
        if own and resource.get("Type") in ALARM_TYPES:
            alarms.append(_alarm(scope, logical_id, resource, own))
    return Charges(
        tuple((kind, item, quantity) for (kind, item), quantity in quantities.items()),
        tuple(metrics.items()),
        tuple(sorted((kind, reason, number) for (kind, reason), number in more.items())),
        tuple(alarms),
    )


def _read(scope: TemplateScope, logical_id: str, resource: Mapping[str, Any]) -> Iterator[Charge]:
    type_ = str(resource.get("Type", ""))
    is_on = scope.is_on(resource["Condition"]) if "Condition" in resource else True
    if is_on is False:
        return
    if isinstance(is_on, Unknown):
        yield Charge(Kind.OTHER, "", more=CONDITION)
        return
    if type_ not in PRICED:
        yield Charge(Kind.OTHER, "", more=f"the price of {type_} is not known")
        return
    yield from PRICED[type_].read(Properties(scope, logical_id, type_, resource.get("Properties") or {}))


def _alarm(
    scope: TemplateScope, logical_id: str, resource: Mapping[str, Any], charges: tuple[Charge, ...]
) -> AlarmCharges:
    name = resource.get("Properties", {}).get("AlarmName", logical_id)
    if not isinstance(name, str):
        name = Properties(scope, logical_id, "", resource["Properties"]).name("AlarmName")
    path = resource.get("Metadata", {}).get("obsgen", {}).get("path", "")
    return AlarmCharges(name, path, charges)
