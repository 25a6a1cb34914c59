"""A stack set as it is, and the operations on it, as data.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["create-set", "update-set", "create", "update", "delete"]
# Accounts that one request may name. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html
ACCOUNTS_A_REQUEST = 500
# The same of units. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStackInstances.html
UNITS_A_REQUEST = 50
# A closed account keeps its instances, and no operation reaches them.
SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"


@dataclass(frozen=True, slots=True)
class Instance:
    """A stack of the set in one account and Region.

    status: CURRENT, OUTDATED or INOPERABLE; detail: how its last operation ended; reason: AWS's words about it; stack:
    the id of the stack.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceSummary.html
    """

    account: str
    region: str
    status: str = "CURRENT"
    unit: str = ""
    detail: str = ""
    reason: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True)
class ActualStackSet:
    """The stack set as it is.

    overrides: by account, as the last rollout set them; None for an account where an interrupted rollout may have
    changed them, and None where there is no record. units: the targets of the set, which may have no accounts.
    returning: accounts of these units that an earlier rollout excluded, and this one does not. completed: the template
    of the last complete rollout, if any. strays: accounts that had a name in the file, and are in none of its units.
    """

    body: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    instances: tuple[Instance, ...]
    overrides: Mapping[str, tuple[tuple[str, str], ...] | None] | None = None
    units: tuple[str, ...] = ()
    returning: frozenset[str] = frozenset()
    completed: str = ""
    strays: frozenset[str] = frozenset()


# Accounts, each with the Regions in which it has a stack.
Stacks = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class StackSetOperation:
    """One request to the stack set. why: in words. trial: for the first wave, where nothing may fail.

    retain: remove instances and retain their stacks, since their accounts cannot be reached. order: Regions one after
    the other; empty where the preferences decide. without: accounts of the units that it does not reach. stacks: those
    that a deletion of whole units deletes; perhaps: those that it deletes if their account is in these units, which
    the instance's description does not say.
    """

    kind: Kind
    why: str
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    trial: bool = False
    retain: bool = False
    order: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    stacks: Stacks = ()
    perhaps: Stacks = ()


def stacks_of(instances: Iterable[Instance]) -> Stacks:
    """The accounts of instances, each with its Regions, sorted."""
    regions_by_account: dict[str, set[str]] = {}
    for instance in instances:
        regions_by_account.setdefault(instance.account, set()).add(instance.region)
    return tuple((account, tuple(sorted(regions))) for account, regions in sorted(regions_by_account.items()))


def account_batches(accounts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Accounts in batches that one request may name."""
    return _pieces(accounts, ACCOUNTS_A_REQUEST)


def unit_batches(units: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Units in batches that one request may name."""
    return _pieces(units, UNITS_A_REQUEST)


def _pieces(names: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), most):
        yield tuple(names[start : start + most])
