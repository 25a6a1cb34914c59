"""What an environment costs a month: by account, by kind and by alarm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.cost.amounts import Amount, PlaceCost, together
from generator.cost.deployments import HUB, deployments, unnamed_deployments
from generator.cost.price_list import PriceList
from generator.cost.pricing import Pricing
from generator.cost.template import Charges, TemplateCharges
from generator.cost.types import BY_USE, VOLUMES
from generator.cost.volumes import declared, volumes_of

_NOBODYS_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class AccountCost:
    """What an account costs, all Regions together. names: in the spec, `hub` among them; several for one account."""

    account: str
    names: tuple[str, ...]
    cost: PlaceCost


@dataclass(frozen=True, slots=True)
class AlarmCost:
    """What an alarm costs in all accounts and Regions. accounts: how many have it. path: of the spec."""

    name: str
    path: str
    amount: Amount
    accounts: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of an environment.

    unnamed: of each account of organizational units that the spec does not name; None without units. not_counted: what
    only its use decides. assumed: Regions with prices of another Region.
    """

    accounts: tuple[AccountCost, ...]
    alarms: tuple[AlarmCost, ...]
    unnamed: PlaceCost | None = None
    not_counted: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def whole(self) -> PlaceCost:
        """All accounts together."""
        return together([account.cost for account in self.accounts])

    @property
    def total(self) -> Amount:
        """The sum; "at least" where organizational units have accounts that the spec does not name."""
        total = self.whole.total
        return replace(total, is_at_least=total.is_at_least or self.unnamed is not None)


def estimate(
    manifest: Mapping[str, Any],
    templates: Mapping[str, Mapping[str, Any]],
    prices: PriceList,
    only: Collection[str] = (),
) -> Estimate:
    """The estimate for the data of a manifest and its templates by file.

    only: names or ids of accounts; all without any.
    """
    of_template = {file: TemplateCharges(template) for file, template in templates.items()}
    names: dict[str, list[str]] = {}
    places: dict[tuple[str, str], list[Charges]] = {}
    uses: dict[int, _Uses] = {}
    chosen = {} if only else of_template
    for deployment in deployments(manifest):
        if only and deployment.name not in only and deployment.account not in only:
            continue
        template = chosen[deployment.template] = of_template[deployment.template]
        charges = template.charges(deployment.account, deployment.region, deployment.parameters)
        known = names.setdefault(deployment.account, [])
        if deployment.name not in known:
            known.append(deployment.name)
        places.setdefault((deployment.account, deployment.region), []).extend(charges)
        for part in charges:
            if part.alarms:
                uses.setdefault(id(part), _Uses(part)).add(deployment.account, deployment.region)
    pricing = Pricing(prices)
    by_account: dict[str, list[PlaceCost]] = {}
    for (account, region), of_place in places.items():
        if account not in by_account:
            by_account[account] = pricing.volumes(volumes_of(manifest, names[account]), region)
        by_account[account].append(pricing.place(of_place, region))
    costs = [
        AccountCost(account, tuple(names[account]), pricing.together(costs)) for account, costs in by_account.items()
    ]
    return Estimate(
        tuple(sorted(costs, key=lambda cost: (HUB not in cost.names, cost.names, cost.account))),
        _alarms(uses.values(), pricing),
        None if only else _unnamed(manifest, of_template, pricing),
        _not_counted(chosen.values(), declared(manifest)),
        tuple(sorted(pricing.assumed)),
    )


class _Uses:
    """Where the same charges are due: accounts, and how often in each Region."""

    def __init__(self, charges: Charges) -> None:
        self.charges = charges
        self.accounts: set[str] = set()
        self.regions: dict[str, int] = {}

    def add(self, account: str, region: str) -> None:
        self.accounts.add(account)
        self.regions[region] = self.regions.get(region, 0) + 1


def _alarms(uses: Iterable[_Uses], pricing: Pricing) -> tuple[AlarmCost, ...]:
    """Sorted by name."""
    amounts: dict[tuple[str, str], Amount] = {}
    accounts: dict[tuple[str, str], list[set[str]]] = {}
    for use in uses:
        for alarm in use.charges.alarms:
            key = alarm.name, alarm.path
            for region, number in use.regions.items():
                amounts[key] = amounts.get(key, Amount()) + pricing.alarm(alarm, region).times(number)
            accounts.setdefault(key, []).append(use.accounts)
    numbers: dict[tuple[int, ...], int] = {}
    for sets in accounts.values():
        numbers.setdefault(tuple(map(id, sets)), len(set().union(*sets)))
    return tuple(
        AlarmCost(name, path, amount, numbers[tuple(map(id, accounts[name, path]))])
        for (name, path), amount in sorted(amounts.items())
    )


def _not_counted(templates: Iterable[TemplateCharges], known: Collection[str]) -> tuple[str, ...]:
    used = {use for template in templates for type_ in template.by_use for use in BY_USE[type_]} - set(known)
    return tuple(sorted(VOLUMES.get(use, use) for use in used))


def _unnamed(
    manifest: Mapping[str, Any], of_template: Mapping[str, TemplateCharges], pricing: Pricing
) -> PlaceCost | None:
    regions: dict[str, list[Charges]] = {}
    for deployment in unnamed_deployments(manifest):
        charges = of_template[deployment.template].charges(_NOBODYS_ACCOUNT, deployment.region, {})
        regions.setdefault(deployment.region, []).extend(charges)
    costs = [pricing.place(charges, region) for region, charges in regions.items()]
    return together(costs) if costs else None
