"""Amounts of money in words and in tables."""

from __future__ import annotations

from generator.cost.change import CostChange
from generator.cost.estimate import Amount, PlaceCost
from generator.wording import pluralize

AT_LEAST, ABOUT = "≥", "≈"
_LEAST_SHOWN = 0.005


def amount_in_words(amount: Amount) -> str:
    """`10.30 USD`, `at least 10.30 USD` where something is not known, or `about` with prices of another Region."""
    before = "at least " if amount.is_at_least else "about " if amount.is_assumed else ""
    return f"{before}{amount.usd:,.2f} USD"


def amount_in_table(amount: Amount) -> str:
    """`10.30`, `≥ 10.30` or `≈ 10.30`."""
    sign = f"{AT_LEAST} " if amount.is_at_least else f"{ABOUT} " if amount.is_assumed else ""
    return f"{sign}{amount.usd:,.2f}"


def kinds_in_words(cost: PlaceCost) -> str:
    """`endpoints 102.20, alarms 5.30`, the largest first; what is less than half a cent is left out."""
    shown = [(kind, amount.usd) for kind, amount in cost.kinds if amount.usd >= _LEAST_SHOWN]
    return ", ".join(f"{kind} {usd:,.2f}" for kind, usd in sorted(shown, key=lambda pair: -pair[1]))


def change_in_words(change: CostChange) -> str:
    """`+4.20 USD a month in 14 accounts: alarms +3.00, dashboards +1.20`."""
    if not change.accounts:
        return "0.00 USD a month"
    kinds = ", ".join(f"{kind.kind} {kind.usd:+,.2f}" for kind in change.kinds)
    return f"{change.usd:+,.2f} USD a month in {pluralize(change.accounts, 'account')}{f': {kinds}' if kinds else ''}"
