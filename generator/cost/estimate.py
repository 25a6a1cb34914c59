"""What an environment costs a month: by account, by kind and by alarm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from generator.cost.charges import Charge, Kind
from generator.cost.deployments import HUB, deployments, unnamed_deployments
from generator.cost.price_list import PriceList
from generator.cost.template import AlarmCharges, Charges, TemplateCharges
from generator.cost.types import BY_USE, VOLUMES
from generator.cost.volumes import declared, volumes_of

_NOBODYS_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Amount:
    """USD a month. is_at_least: something of it has no known price or quantity. is_assumed: prices of another Region."""

    usd: float = 0.0
    is_at_least: bool = False
    is_assumed: bool = False

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.usd + other.usd, self.is_at_least or other.is_at_least, self.is_assumed or other.is_assumed)

    def times(self, number: int) -> Amount:
        """The amount of several."""
        return replace(self, usd=self.usd * number)


@dataclass(frozen=True, slots=True)
class PlaceCost:
    """What an account and Region costs: by kind, in the order of Kind. more: why it may be more, sorted."""

    kinds: tuple[tuple[Kind, Amount], ...]
    more: tuple[str, ...] = ()

    @property
    def total(self) -> Amount:
        """The sum."""
        total = reduce(Amount.__add__, (amount for _, amount in self.kinds), Amount())
        return replace(total, is_at_least=total.is_at_least or bool(self.more))


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
    for deployment in deployments(manifest):
        if only and deployment.name not in only and deployment.account not in only:
            continue
        charges = of_template[deployment.template].charges(deployment.account, deployment.region, deployment.parameters)
        known = names.setdefault(deployment.account, [])
        if deployment.name not in known:
            known.append(deployment.name)
        places.setdefault((deployment.account, deployment.region), []).extend(charges)
        for part in charges:
            if part.alarms:
                uses.setdefault(id(part), _Uses(part)).add(deployment.account, deployment.region)
    pricing = _Pricing(prices)
    by_account: dict[str, list[PlaceCost]] = {}
    for (account, region), found in places.items():
        if account not in by_account:
            by_account[account] = pricing.volumes(volumes_of(manifest, names[account]), region)
        by_account[account].append(pricing.place(found, region))
    costs = [
        AccountCost(account, tuple(names[account]), pricing.together(costs)) for account, costs in by_account.items()
    ]
    return Estimate(
        tuple(sorted(costs, key=lambda cost: (HUB not in cost.names, cost.names, cost.account))),
        _alarms(uses.values(), pricing),
        None if only else _unnamed(manifest, of_template, pricing),
        _not_counted(of_template.values(), declared(manifest)),
        tuple(sorted(pricing.assumed)),
    )


def together(costs: Iterable[PlaceCost]) -> PlaceCost:
    """Several places as one."""
    kinds: dict[Kind, Amount] = {}
    more: set[str] = set()
    for cost in costs:
        more |= set(cost.more)
        for kind, amount in cost.kinds:
            kinds[kind] = kinds.get(kind, Amount()) + amount
    return PlaceCost(tuple((kind, kinds[kind]) for kind in Kind if kind in kinds), tuple(sorted(more)))


class _Uses:
    """Where the same charges are due: accounts, and how often in each Region."""

    def __init__(self, charges: Charges) -> None:
        self.charges = charges
        self.accounts: set[str] = set()
        self.regions: dict[str, int] = {}

    def add(self, account: str, region: str) -> None:
        self.accounts.add(account)
        self.regions[region] = self.regions.get(region, 0) + 1


class _Pricing:
    """Prices, and what was already priced with them."""

    def __init__(self, prices: PriceList) -> None:
        self.prices = prices
        self.assumed: set[str] = set()
        self.places: dict[tuple[str, tuple[int, ...]], PlaceCost] = {}
        self.sums: dict[tuple[int, ...], PlaceCost] = {}
        self.declared: dict[tuple[str, tuple[tuple[str, float], ...]], PlaceCost] = {}

    def amount(self, item: str, quantity: float, region: str) -> Amount:
        """Of a quantity. Without a price of the item: nothing, at least."""
        price = self.prices.price(item, region) if item else None
        if price is None:
            return Amount(0.0, is_at_least=True)
        if price.is_assumed:
            self.assumed.add(region)
        return Amount(price.usd * quantity, is_assumed=price.is_assumed)

    def place(self, charges: list[Charges], region: str) -> PlaceCost:
        """All charges of an account and Region; each metric once."""
        key = region, tuple(map(id, charges))
        if key not in self.places:
            self.places[key] = self._place(charges, region)
        return self.places[key]

    def _place(self, charges: list[Charges], region: str) -> PlaceCost:
        kinds: dict[Kind, Amount] = {}
        metrics: dict[str, str] = {}
        more = {reason for part in charges for reason in part.more}
        for part in charges:
            for kind, item, quantity in part.quantities:
                kinds[kind] = kinds.get(kind, Amount()) + self.amount(item, quantity, region)
            metrics.update(part.metrics)
        if metrics:
            kinds[Kind.METRICS] = self.amount("custom-metric", len(metrics), region)
            more |= {reason for reason in metrics.values() if reason}
        return PlaceCost(tuple((kind, kinds[kind]) for kind in Kind if kind in kinds), tuple(sorted(more)))

    def volumes(self, quantities: Mapping[str, float], region: str) -> list[PlaceCost]:
        """What a spec declares for an account, as a place of its own; empty where it declares nothing."""
        key = region, tuple(sorted(quantities.items()))
        if quantities and key not in self.declared:
            amounts = (self.amount(item, quantity, region) for item, quantity in sorted(quantities.items()))
            self.declared[key] = PlaceCost(((Kind.VOLUMES, reduce(Amount.__add__, amounts)),))
        return [self.declared[key]] if quantities else []

    def together(self, costs: list[PlaceCost]) -> PlaceCost:
        """The Regions of an account as one."""
        key = tuple(map(id, costs))
        if key not in self.sums:
            self.sums[key] = costs[0] if len(costs) == 1 else together(costs)
        return self.sums[key]


def _alarms(uses: Iterable[_Uses], pricing: _Pricing) -> tuple[AlarmCost, ...]:
    """Sorted by name."""
    amounts: dict[tuple[str, str], Amount] = {}
    accounts: dict[tuple[str, str], list[set[str]]] = {}
    for use in uses:
        for alarm in use.charges.alarms:
            key = alarm.name, alarm.path
            for region, number in use.regions.items():
                amounts[key] = amounts.get(key, Amount()) + _amount(alarm, region, pricing).times(number)
            accounts.setdefault(key, []).append(use.accounts)
    counted: dict[tuple[int, ...], int] = {}
    for sets in accounts.values():
        counted.setdefault(tuple(map(id, sets)), len(set().union(*sets)))
    return tuple(
        AlarmCost(name, path, amount, counted[tuple(map(id, accounts[name, path]))])
        for (name, path), amount in sorted(amounts.items())
    )


def _amount(alarm: AlarmCharges, region: str, pricing: _Pricing) -> Amount:
    return reduce(Amount.__add__, (_charge(charge, region, pricing) for charge in alarm.charges), Amount())


def _charge(charge: Charge, region: str, pricing: _Pricing) -> Amount:
    amount = pricing.amount(charge.item, charge.quantity, region)
    return replace(amount, is_at_least=amount.is_at_least or bool(charge.more))


def _not_counted(templates: Iterable[TemplateCharges], known: Collection[str]) -> tuple[str, ...]:
    used = {use for template in templates for type_ in template.by_use for use in BY_USE[type_]} - set(known)
    return tuple(sorted(VOLUMES.get(use, use) for use in used))


def _unnamed(
    manifest: Mapping[str, Any], of_template: Mapping[str, TemplateCharges], pricing: _Pricing
) -> PlaceCost | None:
    regions: dict[str, list[Charges]] = {}
    for deployment in unnamed_deployments(manifest):
        charges = of_template[deployment.template].charges(_NOBODYS_ACCOUNT, deployment.region, {})
        regions.setdefault(deployment.region, []).extend(charges)
    costs = [pricing.place(charges, region) for region, charges in regions.items()]
    return together(costs) if costs else None
