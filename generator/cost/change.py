"""What a change costs: two estimates with the same prices, so that a new price table is no change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.cost.amounts import PlaceCost
from generator.cost.charges import Kind
from generator.cost.estimate import Estimate

_CENTS = 2
_HALF_CENT, _NOTHING = 0.005, 1e-9


@dataclass(frozen=True, slots=True)
class KindChange:
    """The difference of a kind over all accounts, in USD a month."""

    kind: Kind
    usd: float


@dataclass(frozen=True, slots=True)
class CostChange:
    """USD a month, rounded to cents. accounts: how many cost more or less.

    unknown: reasons for "at least" that more resources have than before. each_unnamed: the difference of each account
    of organizational units that the spec does not name, which is in no sum.
    """

    before: float
    after: float
    usd: float
    accounts: int
    kinds: tuple[KindChange, ...] = ()
    unknown: tuple[str, ...] = ()
    each_unnamed: float = 0.0


def cost_change(before: Estimate | None, after: Estimate | None) -> CostChange | None:
    """The difference, an environment that is not there costing nothing; None where nothing changes."""
    nothing = PlaceCost(())
    was, is_ = (side.whole if side else nothing for side in (before, after))
    old = {cost.account: cost.cost for cost in before.accounts} if before else {}
    new = {cost.account: cost.cost for cost in after.accounts} if after else {}
    kinds = tuple(change for kind in Kind if (change := KindChange(kind, _cents(_difference(kind, was, is_)))).usd)
    pairs = [(old.get(account), new.get(account)) for account in old.keys() | new.keys()]
    accounts = sum(_differ(*pair, _HALF_CENT) for pair in pairs)
    if kinds and not accounts:  # less than a cent in each of many
        accounts = sum(_differ(*pair, _NOTHING) for pair in pairs)
    unnamed_was, unnamed_is = (side.unnamed or nothing if side else nothing for side in (before, after))
    each_unnamed = _cents(unnamed_is.total.usd - unnamed_was.total.usd)
    unknown = tuple(sorted({*_more(was, is_), *_more(unnamed_was, unnamed_is)}))
    if not (accounts or unknown or each_unnamed):
        return None
    usd_before, usd_after = was.total.usd, is_.total.usd
    usd = _cents(usd_after - usd_before)
    return CostChange(_cents(usd_before), _cents(usd_after), usd, accounts, kinds, unknown, each_unnamed)


def _differ(before: PlaceCost | None, after: PlaceCost | None, least: float) -> bool:
    if before is None or after is None:
        return True
    kinds = {*dict(before.kinds), *dict(after.kinds)}
    return any(abs(_difference(kind, before, after)) > least for kind in kinds)


def _difference(kind: Kind, before: PlaceCost, after: PlaceCost) -> float:
    was, is_ = (sum(amount.usd for of, amount in side.kinds if of is kind) for side in (before, after))
    return is_ - was


def _more(before: PlaceCost, after: PlaceCost) -> Iterator[str]:
    """The reasons that more resources have than before: one more alarm without a price is a change, too."""
    was = dict(before.unknown)
    yield from (reason for reason, number in after.unknown if number > was.get(reason, 0))


def _cents(amount: float) -> float:
    """Without the minus of a zero."""
    return round(amount, _CENTS) + 0.0
