"""The overrides of a list that apply: the weakest first, those of one rank in the order of the list.

An estate may have ten thousand accounts and each of a thousand alarms some overrides; so the accounts of an override
are looked up, instead of checking each account against each override.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from generator.model.accounts import Account
from generator.resolve.scope import Scope

_RANKS = {"environment": 0, "region": 1, "unit": 1, "label": 1, "account": 2}

Where = Mapping[str, str | list[str]]


class Override(Protocol):
    """An override of any section."""

    @property
    def where(self) -> Where:
        """account, environment or a label, each with one word or several; all have to hold."""


AnyOverride = TypeVar("AnyOverride", bound=Override)


def rank_of(where: Where) -> str:
    """By what an override decides: account, label, unit, region or environment."""
    if "account" in where:
        return "account"
    by = set(where) - {"environment"}
    if by - {"region"}:
        return "unit" if by <= {"region", "unit"} else "label"
    return "region" if by else "environment"


def applying(
    overrides: Sequence[AnyOverride],
    environment: str,
    account: Account | None,
    region: str = "",
    units: Sequence[str] = (),
) -> list[tuple[int, AnyOverride]]:
    """The overrides that hold, weakest first, each with its place in the list."""
    holding = [(i, o) for i, o in enumerate(overrides) if holds(o.where, environment, account, region, units)]
    return sorted(holding, key=lambda pair: (_RANKS[rank_of(pair[1].where)], pair[0]))


def holds(where: Where, environment: str, account: Account | None, region: str = "", units: Sequence[str] = ()) -> bool:
    """True if all of it is true of an account. None: one that joins later, of which only the environment is known.

    region: the Region that is meant; empty where no rule may ask for one. units: an account that
    joins later is in one of these, but it is unknown which; so only a condition that names all of them holds for it.
    """
    labels = dict(account.attributes) if account else {}
    for name, words in where.items():
        if name == "unit" and account is None and units:
            if not set(units).issubset(words_of(words)):
                return False
            continue
        if name == "environment" or (name == "region" and region):
            value: str | None = environment if name == "environment" else region
        else:
            value = (account.name if account else None) if name == "account" else labels.get(name)
        if value not in words_of(words):
            return False
    return True


def words_of(words: str | list[str]) -> Sequence[str]:
    """The words of a condition, of which one is enough."""
    return [words] if isinstance(words, str) else words


@dataclass(frozen=True, slots=True)
class Applied:
    """The overrides that hold, weakest first, by their places in the list. later: in accounts that join later.

    everywhere: in every account. by_account: by the names of the accounts in which others hold.
    """

    later: tuple[int, ...]
    everywhere: tuple[int, ...]
    by_account: Mapping[str, tuple[int, ...]]

    def to(self, account: str | None) -> tuple[int, ...]:
        """Those that hold in an account, by its name; None: in one that joins later."""
        return self.later if account is None else self.by_account.get(account, self.everywhere)


def applied(overrides: Sequence[Override], scope: Scope, region: str = "") -> Applied:
    """The same as `applying`, for all accounts of an environment at once.

    region: as there; where accounts have a label that is called `region`, that is meant, whatever the Region.
    """
    region = "" if "region" in scope.document.labels else region
    later = tuple(index for index, _ in applying(overrides, scope.environment, None, region, scope.units_of_later))
    everywhere = tuple(index for index, _ in applying(overrides, scope.environment, None, region))
    indexes: dict[str, list[int]] = {}
    for index, override in enumerate(overrides):
        for name in _accounts(override.where, scope, region) if index not in everywhere else ():
            indexes.setdefault(name, list(everywhere)).append(index)
    ranks = [_RANKS[rank_of(override.where)] for override in overrides]
    orders: dict[tuple[int, ...], tuple[int, ...]] = {}
    for places in map(tuple, indexes.values()):
        if places not in orders:
            orders[places] = tuple(sorted(places, key=lambda index: (ranks[index], index)))
    return Applied(later, everywhere, {name: orders[tuple(places)] for name, places in indexes.items()})


def _accounts(where: Where, scope: Scope, region: str) -> frozenset[str]:
    """The accounts of which all of it is true, where some of it is about accounts."""
    names: frozenset[str] | None = None
    for name, condition in where.items():
        words = words_of(condition)
        if name == "environment" or (name == "region" and region):
            if (scope.environment if name == "environment" else region) not in words:
                return frozenset()
            continue
        matching = frozenset().union(*(scope.names_by_label.get((name, word), ()) for word in words))
        names = matching if names is None else names & matching
    return names or frozenset()
