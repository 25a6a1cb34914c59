"""`obsgen cost`: tables of an estimate, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from generator.cost.amounts import Amount, PlaceCost
from generator.cost.charges import Kind
from generator.cost.estimate import AccountCost, AlarmCost, Estimate
from generator.cost.items import HOURS_A_MONTH
from generator.cost.prices import BASE_REGION, LIST_PRICES
from generator.render.cost_words import ASSUMED, AT_LEAST, amount_in_table, amount_in_words, kinds_in_words
from generator.wording import first_of, pluralize

# Rows of a table beside others; a table of its own has all.
_MOST_ROWS = 10
_MOST_NAMES = 3
_MOST_KINDS = 3
_DIGITS = 4
_WIDTH = 100


def cost_text(estimates: Mapping[str, Estimate], by: str | None, *, own: bool) -> Iterator[str]:
    """All environments. by: the only table, in full. own: whether prices of the user's are over AWS's."""
    for number, (environment, estimate) in enumerate(estimates.items()):
        if number:
            yield ""
        yield f"{environment}: {amount_in_words(estimate.total)} a month"
        for name, rows in (("account", _accounts), ("kind", _kinds), ("alarm", _alarms)):
            if by in (None, name):
                yield ""
                yield from rows(estimate, by is None)
        yield from _notes(estimate, own)


def _accounts(estimate: Estimate, shortened: bool) -> Iterator[str]:
    """The dearest first; accounts that cost the same in each kind are one row."""
    alike: dict[PlaceCost, list[AccountCost]] = {}
    for account in estimate.accounts:
        alike.setdefault(account.cost, []).append(account)
    groups = sorted(alike.items(), key=lambda group: -group[0].total.usd * len(group[1]))
    most = _MOST_KINDS if shortened else len(Kind)
    rows = []
    for cost, accounts in groups:
        prefix = f"each {cost.total.usd:,.2f}: " if len(accounts) > 1 else ""
        total = cost.total.times(len(accounts))
        rows.append((_names(accounts), amount_in_table(total), f"{prefix}{kinds_in_words(cost, most)}"))
    if estimate.unnamed:
        of_unnamed = f"{AT_LEAST} 0.00"
        price = f"each {amount_in_words(estimate.unnamed.total)}: {kinds_in_words(estimate.unnamed, most)}"
        rows.append(("other accounts of the units", of_unnamed, price))
    yield from _table(("account", "USD a month", ""), rows, shortened)


def _names(accounts: Sequence[AccountCost]) -> str:
    if len(accounts) == 1:
        return f"{' and '.join(accounts[0].names)} ({accounts[0].account})"
    return first_of([" and ".join(account.names) for account in accounts], _MOST_NAMES)


def _kinds(estimate: Estimate, shortened: bool) -> Iterator[str]:
    del shortened
    kinds = sorted(estimate.whole.kinds, key=lambda pair: -pair[1].usd)
    yield from _table(("kind", "USD a month"), [(kind, amount_in_table(amount)) for kind, amount in kinds], False)


def _alarms(estimate: Estimate, shortened: bool) -> Iterator[str]:
    alarms = sorted(estimate.alarms, key=lambda alarm: (-alarm.amount.usd, alarm.name))
    rows = [
        (alarm.name, amount_in_table(alarm.amount), f"in {pluralize(alarm.accounts, 'account')}") for alarm in alarms
    ]
    yield from _table(("alarm", "USD a month", ""), rows, shortened)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]], shortened: bool) -> Iterator[str]:
    """Columns: a name, an amount to the right, and perhaps words."""
    visible = rows[:_MOST_ROWS] if shortened else rows
    name = max(len(row[0]) for row in (heading, *visible))
    amount = max(len(row[1]) for row in (heading, *visible))
    for row in (heading, *visible):
        yield "  ".join((row[0].ljust(name), row[1].rjust(amount), *row[2:])).rstrip()
    if len(rows) > len(visible):
        yield f"… and {len(rows) - len(visible)} more: use --by {heading[0]}"


def _notes(estimate: Estimate, own: bool) -> Iterator[str]:
    more = estimate.whole.more
    if more or estimate.unnamed:
        yield ""
        yield f"{AT_LEAST} at least:"
        yield from (f"- {reason}" for reason in more)
        if estimate.unnamed:
            yield "- organizational units have accounts that the spec does not name"
    if estimate.assumed:
        yield ""
        yield f"{ASSUMED} about: some prices of {', '.join(estimate.assumed)} are assumed to be those of {BASE_REGION}"
    yield ""
    if estimate.not_counted:
        yield from wrap(f"Not counted, because only their use decides: {'; '.join(estimate.not_counted)}.", _WIDTH)
    dates = sorted(row.as_of for row in LIST_PRICES)
    prices = f"List prices of AWS, {dates[0]} to {dates[-1]}{', and your own' if own else ''}"
    yield from wrap(f"{prices}, for {HOURS_A_MONTH} hours a month, without free tiers and discounts.", _WIDTH)


def cost_json(estimates: Mapping[str, Estimate]) -> str:
    """Every environment, account and alarm; USD a month."""
    environments = [{"environment": name, **estimate_data(estimate)} for name, estimate in estimates.items()]
    return json.dumps({"environments": environments}, indent=1)


def estimate_data(estimate: Estimate) -> dict[str, Any]:
    """An estimate as plain data."""
    return {
        "total": _amount(estimate.total),
        "accounts": [
            {"account": cost.account, "names": list(cost.names), **_place(cost.cost)} for cost in estimate.accounts
        ],
        "kinds": {kind: _amount(amount) for kind, amount in estimate.whole.kinds},
        "alarms": [_alarm(alarm) for alarm in estimate.alarms],
        "each_unnamed_account": _place(estimate.unnamed) if estimate.unnamed else None,
        "at_least_because": list(estimate.whole.more),
        "not_counted": list(estimate.not_counted),
        "assumed_regions": list(estimate.assumed),
    }


def _alarm(alarm: AlarmCost) -> dict[str, Any]:
    return {"name": alarm.name, "path": alarm.path, "accounts": alarm.accounts, **_amount(alarm.amount)}


def _place(cost: PlaceCost) -> dict[str, Any]:
    kinds = {kind: _amount(amount) for kind, amount in cost.kinds}
    return {"total": _amount(cost.total), "kinds": kinds, "at_least_because": list(cost.more)}


def _amount(amount: Amount) -> dict[str, Any]:
    return {"usd": round(amount.usd, _DIGITS), "at_least": amount.is_at_least, "assumed": amount.is_assumed}
