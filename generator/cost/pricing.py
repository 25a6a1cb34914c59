"""Charges times prices, each distinct set of them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from generator.cost.amounts import Amount, PlaceCost, summed, together
from generator.cost.charges import Charge, Kind
from generator.cost.items import is_not_known
from generator.cost.price_list import PriceList
from generator.cost.readers.metrics import distinct
from generator.cost.template import AlarmCharges, Charges


class Pricing:
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
        more: dict[tuple[Kind, str], float] = {}

        def add(kind: Kind, reason: str, number: float) -> None:
            more[kind, reason] = more.get((kind, reason), 0) + number

        for part in charges:
            for of_kind in part.more:
                add(*of_kind)
            for kind, item, quantity in part.quantities:
                kinds[kind] = kinds.get(kind, Amount()) + self.amount(item, quantity, region)
                if self.prices.price(item, region) is None:
                    add(kind, is_not_known(item), quantity)
            metrics.update(part.metrics)
        if metrics:
            kinds[Kind.METRICS] = self.amount("custom-metric", distinct(metrics), region)
            for reason in filter(None, metrics.values()):
                add(Kind.METRICS, reason, 1)
        for kind, _ in more:
            kinds[kind] = kinds.get(kind, Amount()) + Amount(is_at_least=True)
        numbers = [(reason, number) for (_, reason), number in more.items()]
        return PlaceCost(tuple((kind, kinds[kind]) for kind in Kind if kind in kinds), summed(numbers))

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

    def alarm(self, alarm: AlarmCharges, region: str) -> Amount:
        """One alarm in a Region."""
        return reduce(Amount.__add__, (self._charge(charge, region) for charge in alarm.charges), Amount())

    def _charge(self, charge: Charge, region: str) -> Amount:
        amount = self.amount(charge.item, charge.quantity, region)
        return replace(amount, is_at_least=amount.is_at_least or bool(charge.more))
