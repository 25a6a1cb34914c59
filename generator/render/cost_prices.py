"""The table of prices, with dates and sources."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cost.items import ITEMS
from generator.cost.price_list import ANY_REGION, PriceList
from generator.cost.prices import LIST_PRICES, READ


def prices_text(prices: PriceList) -> Iterator[str]:
    """A line for each price: item, Region, USD, date, source; one's own first, and AWS's where they are in use."""
    rows = [("item", "Region", "USD", "as of", "read on", "source")]
    rows += [
        (item, region, usd_in_words(usd), "", "", "your own") for (item, region), usd in sorted(prices.own.items())
    ]
    rows += [
        (row.item, row.region, usd_in_words(row.usd), row.as_of, READ if row.read else "", row.source)
        for row in LIST_PRICES
        if not prices.own.keys() & {(row.item, row.region), (row.item, ANY_REGION)}
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        yield "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5])).rstrip()
    yield ""
    yield "A price is for one:"
    width = max(map(len, ITEMS))
    yield from (f"  {item.ljust(width)}  {unit}" for item, unit in ITEMS.items())


def usd_in_words(usd: float) -> str:
    """Without the zeros of a float, and never in powers of ten."""
    text = f"{usd:.10f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"
