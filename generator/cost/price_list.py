"""Prices by item and Region, AWS's with one's own over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.cost.prices import BASE_REGION, LIST_PRICES

ANY_REGION = "*"


@dataclass(frozen=True, slots=True)
class Price:
    """USD for one unit. is_assumed: the base Region's, because that of the Region is not known."""

    usd: float
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class PriceList:
    """own: prices by item and Region that replace AWS's; the Region `*` is for all without a price of their own."""

    listed: Mapping[tuple[str, str], float]
    own: Mapping[tuple[str, str], float]

    def price(self, item: str, region: str) -> Price | None:
        """The price of an item in a Region; None where nothing is known of it."""
        for key in ((item, region), (item, ANY_REGION)):
            if key in self.own:
                return Price(self.own[key])
        if (item, region) in self.listed:
            return Price(self.listed[item, region])
        base = self.listed.get((item, BASE_REGION))
        return None if base is None else Price(base, is_assumed=True)


def price_list(own: Iterable[tuple[str, str, float]] = ()) -> PriceList:
    """AWS's prices, and one's own: item, Region, USD."""
    listed = {(row.item, row.region): row.usd for row in LIST_PRICES}
    return PriceList(listed, {(item, region): usd for item, region, usd in own})
