"""Amounts of money in words and in tables."""

from __future__ import annotations

from collections.abc import Iterator

from generator.cost.amounts import Amount, PlaceCost
from generator.cost.change import CostChange
from generator.cost.estimate import Estimate
from generator.wording import pluralize

AT_LEAST, ASSUMED = "≥", "≈"
_LEAST_SHOWN = 0.005


def amount_in_words(amount: Amount) -> str:
    """`10.30 USD`; `at least 10.30 USD` where something is not known; `about` with prices of another Region."""
    if amount.is_at_least and not amount.usd:
        return "an unknown amount of USD"
    before = "at least " if amount.is_at_least else "about " if amount.is_assumed else ""
    return f"{before}{amount.usd:,.2f} USD"


def amount_in_table(amount: Amount) -> str:
    """`10.30`, `≥ 10.30` or `≈ 10.30`."""
    sign = f"{AT_LEAST} " if amount.is_at_least else f"{ASSUMED} " if amount.is_assumed else ""
    return f"{sign}{amount.usd:,.2f}"


def kinds_in_words(cost: PlaceCost, most: int) -> str:
    """`endpoints 102.20, alarms 5.30, …`, the largest first; what is less than half a cent is left out."""
    visible = [(kind, amount.usd) for kind, amount in cost.kinds if amount.usd >= _LEAST_SHOWN]
    words = [f"{kind} {usd:,.2f}" for kind, usd in sorted(visible, key=lambda pair: -pair[1])]
    return ", ".join(words if len(words) <= most else [*words[:most], "…"])


def alarm_costs(estimate: Estimate) -> dict[str, str]:
    """Names of alarms to `0.30 USD a month in 3 accounts`."""
    return {
        alarm.name: f"{amount_in_words(alarm.amount)} a month in {pluralize(alarm.accounts, 'account')}"
        for alarm in estimate.alarms
    }


def change_in_words(change: CostChange) -> Iterator[str]:
    """`+4.20 USD a month in 14 accounts: alarms +3.00, dashboards +1.20`, and what has no known price."""
    if change.accounts:
        kinds = ", ".join(f"{kind.kind} {kind.usd:+,.2f}" for kind in change.kinds)
        where = pluralize(change.accounts, "account")
        yield f"{change.usd:+,.2f} USD a month in {where}{f': {kinds}' if kinds else ''}"
    if change.each_unnamed:
        yield f"{change.each_unnamed:+,.2f} USD a month in each other account of the units"
    yield from (f"not included: {reason}" for reason in change.unknown)
