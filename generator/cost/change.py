"""What a change costs: two estimates with the same prices, so that a new price table is no change."""

from __future__ import annotations

from dataclasses import dataclass

from generator.cost.amounts import PlaceCost
from generator.cost.charges import Kind
from generator.cost.estimate import Estimate

_CENTS = 2


@dataclass(frozen=True, slots=True)
class KindChange:
    """The difference of a kind over all accounts, in USD a month."""

    kind: Kind
    usd: float


@dataclass(frozen=True, slots=True)
class CostChange:
    """USD a month, rounded to cents. accounts: how many cost more or less. unknown: new reasons for "at least"."""

    before: float
    after: float
    usd: float
    accounts: int
    kinds: tuple[KindChange, ...] = ()
    unknown: tuple[str, ...] = ()


def cost_change(before: Estimate | None, after: Estimate | None) -> CostChange | None:
    """The difference, an environment that is not there costing nothing; None where nothing changes."""
    nothing = PlaceCost(())
    was, is_ = (side.whole if side else nothing for side in (before, after))
    old = {cost.account: cost.cost for cost in before.accounts} if before else {}
    new = {cost.account: cost.cost for cost in after.accounts} if after else {}
    accounts = sum(1 for account in old.keys() | new.keys() if _differ(old.get(account), new.get(account)))
    kinds = tuple(change for kind in Kind if (change := _kind(kind, was, is_)).usd)
    unknown = tuple(sorted(set(is_.more) - set(was.more)))
    if not (accounts or unknown):
        return None
    usd_before, usd_after = was.total.usd, is_.total.usd
    return CostChange(_cents(usd_before), _cents(usd_after), _cents(usd_after - usd_before), accounts, kinds, unknown)


def _differ(before: PlaceCost | None, after: PlaceCost | None) -> bool:
    if before is None or after is None:
        return True
    kinds = {*dict(before.kinds), *dict(after.kinds)}
    return any(_kind(kind, before, after).usd for kind in kinds)


def _kind(kind: Kind, before: PlaceCost, after: PlaceCost) -> KindChange:
    was, is_ = (sum(amount.usd for of, amount in side.kinds if of is kind) for side in (before, after))
    return KindChange(kind, _cents(is_ - was))


def _cents(amount: float) -> float:
    """Without the minus of a zero."""
    return round(amount, _CENTS) + 0.0
