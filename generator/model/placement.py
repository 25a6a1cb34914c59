"""Placement in members: accounts by name, accounts that join later, and Regions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placement:
    """The accounts and Regions of the members that have a resource, where that is not all of them.

    accounts: the named accounts that have it, sorted; None where every account has it. later: whether accounts that
    join a unit later have it. regions: the only Regions that have it, sorted; empty where all have.
    """

    accounts: tuple[str, ...] | None = None
    later: bool = True
    regions: tuple[str, ...] = ()

    def has(self, account: str | None) -> bool:
        """True if an account has it, by its name; None: one that joins later."""
        if account is None:
            return self.later
        return self.accounts is None or is_among(account, self.accounts)

    @property
    def is_nowhere(self) -> bool:
        """True if nothing has it, and nothing will."""
        return self.accounts == () and not self.later


def is_among(name: str, names: Sequence[str]) -> bool:
    """True if a sorted list has a name: there may be ten thousand accounts, each asked about in turn."""
    at = bisect_left(names, name)
    return at < len(names) and names[at] == name


NOWHERE = Placement((), later=False)


def is_within(inner: Placement | None, outer: Placement | None) -> bool:
    """True if everything that has the inner placement has the outer one, too; None is everywhere."""
    if outer is None:
        return True
    if inner is None:
        return outer.accounts is None and outer.later and not outer.regions
    if outer.regions and not (inner.regions and set(inner.regions) <= set(outer.regions)):
        return False
    if outer.accounts is None:
        return outer.later or not inner.later
    if inner.accounts is None or (inner.later and not outer.later):
        return False
    return set(inner.accounts) <= set(outer.accounts)


def intersection(first: Placement | None, second: Placement | None) -> Placement | None:
    """The placement that two have in common; None is everywhere."""
    if first is None or second is None:
        return second if first is None else first
    accounts = first.accounts if second.accounts is None else second.accounts
    if first.accounts is not None and second.accounts is not None:
        accounts = tuple(name for name in first.accounts if name in second.accounts)
    regions = first.regions or second.regions
    if first.regions and second.regions:
        regions = tuple(name for name in first.regions if name in second.regions)
        if not regions:
            return NOWHERE
    return Placement(accounts, first.later and second.later, regions)


def intersection_of(placements: Iterable[Placement | None]) -> Placement | None:
    """The placement that all of them have in common."""
    placed: Placement | None = None
    for placement in placements:
        placed = intersection(placed, placement)
    return placed


def union_of(placements: Iterable[Placement | None]) -> Placement | None:
    """The placement that covers all of them: all their accounts, in all their Regions."""
    somewhere = [placement for placement in placements if placement is None or not placement.is_nowhere]
    placed = [placement for placement in somewhere if placement is not None]
    if len(placed) < len(somewhere):
        return None
    if not placed:
        return NOWHERE
    accounts: tuple[str, ...] | None = tuple(
        sorted({name for placement in placed for name in placement.accounts or ()})
    )
    accounts = None if any(placement.accounts is None for placement in placed) else accounts
    regions = (
        ()
        if any(not placement.regions for placement in placed)
        else sorted({name for placement in placed for name in placement.regions})
    )
    covering = Placement(accounts, accounts is None or any(placement.later for placement in placed), tuple(regions))
    return None if covering == Placement() else covering


def has(placement: Placement | None, account: str | None) -> bool:
    """True if an account is within the placement; None is everywhere, and the account None one that joins later."""
    return placement is None or placement.has(account)


def has_in(placement: Placement | None, account: str | None, region: str) -> bool:
    """True if an account has it in one Region."""
    return has(placement, account) and (placement is None or not placement.regions or region in placement.regions)
