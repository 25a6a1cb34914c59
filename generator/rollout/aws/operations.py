"""What a stack set has, and what can be asked of it, as data.

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
    """The stack set as it is. overrides: as the last rollout left them, by account, None where a rollout that was cut
    off may have left others; None where nobody wrote it down.

    units: those that it was told to reach, which may be empty of accounts. returning: accounts of these units that an
    earlier rollout left out, and this one does not. completed: the template of the last complete rollout, if any.
    strays: accounts that had a name in the file, and are in none of its units.
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
    """One request to the stack set. why: in words. trial: for those who go first, where nothing may fail.

    retain: forget instances and leave their stacks, since nothing reaches their accounts. order: Regions one after the
    other; empty where the preferences decide. without: accounts of the units that it does not reach. stacks: what a
    deletion of whole units takes away; perhaps: what it does take away where the account is in these units, which AWS's
    word about the instance does not say.
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
    there: dict[str, set[str]] = {}
    for one in instances:
        there.setdefault(one.account, set()).add(one.region)
    return tuple((account, tuple(sorted(regions))) for account, regions in sorted(there.items()))


def account_batches(accounts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As many accounts at a time as one request may name."""
    return _pieces(accounts, ACCOUNTS_A_REQUEST)


def unit_batches(units: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As many units at a time as one request may name."""
    return _pieces(units, UNITS_A_REQUEST)


def _pieces(names: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), most):
        yield tuple(names[start : start + most])
