"""The members' stack set: what there is, what is wanted, and the operations from one to the other.

A stack set has no change sets, so the operations are worked out here, from what is seen and nothing else; the plan is
pure. An operation runs alone: CloudFormation takes one at a time for each stack set.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from generator.rollout.wanted import Wanted

Kind = Literal["create-set", "update-set", "create", "update", "delete"]
# Accounts that one request may name. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html
ACCOUNTS_A_REQUEST = 500
# A closed account keeps its instances, and no operation reaches them.
SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"
VERBS: Mapping[Kind, str] = {
    "create-set": "create the stack set",
    "update-set": "update the stack set and every instance",
    "create": "create",
    "update": "update",
    "delete": "DELETE",
}
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Instance:
    """A stack of the set in one account and Region.

    status: CURRENT, OUTDATED or INOPERABLE; detail: how its last operation ended; reason: AWS's words about it.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceSummary.html
    """

    account: str
    region: str
    status: str = "CURRENT"
    unit: str = ""
    detail: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeenSet:
    """The stack set as it is. overrides: as the last rollout left them, by account; None where nobody wrote it down.

    units: those that it was told to reach, which may be empty of accounts.
    """

    body: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    instances: tuple[Instance, ...]
    overrides: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One request to the stack set. why: in words. trial: for those who go first, where nothing may fail."""

    kind: Kind
    why: str
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    trial: bool = False


def plan(
    wanted: Wanted, seen: SeenSet | None, parameters: Mapping[str, str], suspended: frozenset[str] = frozenset()
) -> tuple[Operation, ...]:
    """The operations that bring the stack set to what is wanted, in order; none where it is there already.

    parameters: the values that the hub's outputs give. suspended: accounts that nothing reaches.
    """
    return tuple(_operations(wanted, seen, parameters, suspended))


def _operations(
    wanted: Wanted, seen: SeenSet | None, parameters: Mapping[str, str], suspended: frozenset[str]
) -> Iterator[Operation]:
    if seen is None:
        yield Operation("create-set", "the stack set is new", parameters=parameters)
        seen = SeenSet(wanted.members.body, parameters, dict(wanted.tags), (), {})
    else:
        yield from _whole(wanted, seen, parameters)
    yield from _gone(wanted, seen)
    yield from _units(wanted, seen)
    yield from _accounts(wanted, seen, suspended)


def _whole(wanted: Wanted, seen: SeenSet, parameters: Mapping[str, str]) -> Iterator[Operation]:
    """What concerns every instance: those who go first in an operation of their own."""
    pairs = (
        ("template", seen.body, wanted.members.body),
        ("parameters", dict(seen.parameters), {**dict(seen.parameters), **parameters}),
        ("tags", dict(seen.tags), dict(wanted.tags)),
    )
    why = [what for what, before, after in pairs if before != after]
    reason = f"{' and '.join(why)} changed" if why else ""
    behind = [one for one in seen.instances if one.status == "OUTDATED" and one.detail != SUSPENDED]
    if not why and behind:
        reason = f"{len(behind)} of {len(seen.instances)} are not as they should be"
    if not reason:
        return
    yield from _ahead(wanted, seen, f"{reason}; they go first", parameters)
    yield Operation("update-set", reason, parameters=parameters)


def _ahead(wanted: Wanted, seen: SeenSet, why: str, parameters: Mapping[str, str]) -> Iterator[Operation]:
    """Those who go first, where there are others."""
    first, everybody = set(wanted.members.first), {one.account for one in seen.instances}
    units = tuple(unit for unit in wanted.members.units if unit in first and unit in seen.units)
    places = {one.region for one in seen.instances}
    if units and set(units) != set(seen.units):
        regions = tuple(region for region in wanted.members.regions if region in places)
        yield Operation("update-set", why, (), regions, units, (), parameters, True)
    if everybody - first:
        for accounts in _some(sorted(everybody & first)):
            there = {one.region for one in seen.instances if one.account in accounts}
            regions = tuple(region for region in wanted.members.regions if region in there)
            yield Operation("update-set", why, accounts, regions, (), (), parameters, True)


def _gone(wanted: Wanted, seen: SeenSet) -> Iterator[Operation]:
    """Members, units and Regions that are not wanted any more.

    By units, the set's own list of them decides, and never an instance's: which unit AWS gives for an account in a
    unit below the one that was asked for is not written anywhere.
    """
    members, names = wanted.members, wanted.members.names
    if members.units:
        places = tuple(sorted({one.region for one in seen.instances}))
        left = tuple(sorted(set(seen.units) - set(members.units)))
        if left:
            # An empty unit that stays a target would get stacks with the first account that moves into it.
            yield Operation("delete", "no longer in the spec", (), places or members.regions, left)
        regions = tuple(region for region in places if region not in members.regions)
        stay = tuple(sorted(set(seen.units) & set(members.units)))
        if regions and stay:
            yield Operation("delete", "no longer in the spec", (), regions, stay)
        return
    there: dict[str, set[str]] = {}
    for one in seen.instances:
        if one.account not in names or one.region not in members.regions:
            there.setdefault(one.account, set()).add(one.region)
    by_regions: dict[tuple[str, ...], list[str]] = {}
    for account, found in there.items():
        by_regions.setdefault(tuple(sorted(found)), []).append(account)
    for regions, gone in sorted(by_regions.items()):
        for some in _some(sorted(gone)):
            yield Operation("delete", "no longer in the spec", some, regions)


def _units(wanted: Wanted, seen: SeenSet) -> Iterator[Operation]:
    """Units that join, and Regions that do. A unit without accounts has no instances, and is told once."""
    members, first = wanted.members, set(wanted.members.first)
    places = {one.region for one in seen.instances}
    missing = tuple(region for region in members.regions if places and region not in places)
    for trial in (True, False):
        mine = [unit for unit in members.units if (unit in first) is trial]
        joining = tuple(unit for unit in mine if unit not in seen.units)
        known = tuple(unit for unit in mine if unit in seen.units)
        if joining:
            yield Operation("create", "new in the spec", (), members.regions, joining, trial=trial)
        if known and missing:
            yield Operation("create", "new in the spec", (), missing, known, trial=trial)


def _accounts(wanted: Wanted, seen: SeenSet, suspended: frozenset[str]) -> Iterator[Operation]:
    """Accounts that join, and accounts whose overrides are not those of the last rollout; the first ones first."""
    made = list(_by_group(wanted, seen, suspended))
    yield from sorted(made, key=lambda operation: not operation.trial)


def _by_group(wanted: Wanted, seen: SeenSet, suspended: frozenset[str]) -> Iterator[Operation]:
    regions, first = wanted.members.regions, set(wanted.members.first)
    there: dict[str, set[str]] = {}
    for one in seen.instances:
        there.setdefault(one.account, set()).add(one.region)
    known = seen.overrides is not None
    why = "its own values changed" if known else "no rollout was completed that says what it has"
    for group in wanted.members.groups:
        joining: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
        differing: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
        for account, _ in group.accounts:
            has = tuple(region for region in regions if region in there.get(account, ()))
            missing = tuple(region for region in regions if region not in has)
            before = (seen.overrides or {}).get(account, ())
            if missing and not wanted.members.units and account not in suspended:
                joining.setdefault((account in first, missing), []).append(account)
            if has and account not in suspended and (not known or before != group.overrides):
                differing.setdefault((account in first, has), []).append(account)
        for (trial, places), accounts in sorted(joining.items()):
            for some in _some(accounts):
                yield Operation("create", "new in the spec", some, places, (), group.overrides, trial=trial)
        for (trial, places), accounts in sorted(differing.items()):
            for some in _some(accounts):
                yield Operation("update", why, some, places, (), group.overrides, trial=trial)


def everything(seen: SeenSet) -> tuple[Operation, ...]:
    """The operations after which no instance is left."""
    if seen.units:
        regions = tuple(sorted({one.region for one in seen.instances}))
        return (Operation("delete", "everything goes", (), regions, seen.units),) if regions else ()
    there: dict[str, set[str]] = {}
    for one in seen.instances:
        there.setdefault(one.account, set()).add(one.region)
    by_regions: dict[tuple[str, ...], list[str]] = {}
    for account, places in there.items():
        by_regions.setdefault(tuple(sorted(places)), []).append(account)
    return tuple(
        Operation("delete", "everything goes", some, regions)
        for regions, gone in sorted(by_regions.items())
        for some in _some(sorted(gone))
    )


def _some(accounts: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(accounts), ACCOUNTS_A_REQUEST):
        yield tuple(accounts[start : start + ACCOUNTS_A_REQUEST])


def joining(wanted: Wanted, seen: SeenSet | None) -> tuple[str, ...]:
    """The accounts that have no stack yet."""
    there = {one.account for one in seen.instances} if seen else set()
    return tuple(sorted(set(wanted.members.names) - there))


def out_of_reach(instances: Iterable[Instance]) -> list[Instance]:
    """Instances that no operation touches any more: somebody has to look after them by hand."""
    return [one for one in instances if one.status == "INOPERABLE"]


def in_words(operation: Operation, names: Mapping[str, str]) -> str:
    """One line for a plan: `create in ledger, settlement; us-east-1: new in the spec`."""
    who = sorted(names.get(account, account) for account in operation.accounts) or list(operation.units)
    shown = ", ".join(who[:SHOWN]) + (f" and {len(who) - SHOWN} more" if len(who) > SHOWN else "")
    where = f" in {shown}; {', '.join(operation.regions)}" if who else ""
    verb = "update the stack set, and it" if operation.kind == "update-set" and who else VERBS[operation.kind]
    first = "; first of all" if operation.trial and operation.kind == "create" else ""
    return f"{verb}{where}: {operation.why}{first}"
