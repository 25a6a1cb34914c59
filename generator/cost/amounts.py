"""Amounts of money, and what an account and Region costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from generator.cost.charges import Kind


@dataclass(frozen=True, slots=True)
class Amount:
    """USD a month. is_at_least: something has no known price or quantity. is_assumed: by prices of another Region."""

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
    """What an account and Region costs: by kind, in the order of Kind.

    unknown: why it may be more, and of how many resources or units, sorted.
    """

    kinds: tuple[tuple[Kind, Amount], ...]
    unknown: tuple[tuple[str, float], ...] = ()

    @property
    def more(self) -> tuple[str, ...]:
        """Why it may be more, sorted."""
        return tuple(reason for reason, _ in self.unknown)

    @property
    def total(self) -> Amount:
        """The sum."""
        return reduce(Amount.__add__, (amount for _, amount in self.kinds), Amount())


def together(costs: Iterable[PlaceCost]) -> PlaceCost:
    """Several places as one."""
    kinds: dict[Kind, Amount] = {}
    unknown: list[tuple[str, float]] = []
    for cost in costs:
        unknown += cost.unknown
        for kind, amount in cost.kinds:
            kinds[kind] = kinds.get(kind, Amount()) + amount
    return PlaceCost(tuple((kind, kinds[kind]) for kind in Kind if kind in kinds), summed(unknown))


def summed(numbers: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """One number for each name, sorted."""
    sums: dict[str, float] = {}
    for name, number in numbers:
        sums[name] = sums.get(name, 0) + number
    return tuple(sorted(sums.items()))
