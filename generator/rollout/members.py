"""The members' stack set: what there is, what is wanted, and the operations from one to the other.

A stack set has no change sets, so the operations are worked out here, from what is seen and nothing else; the plan is
pure. An operation runs alone: CloudFormation takes one at a time for each stack set.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from generator.rollout.wanted import Wanted

Kind = Literal["create-set", "update-set", "create", "update", "delete"]
# Accounts that one request may name. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html
ACCOUNTS_A_REQUEST = 500


@dataclass(frozen=True, slots=True)
class Instance:
    """A stack of the set in one account and Region. status: CURRENT, OUTDATED or INOPERABLE."""

    account: str
    region: str
    status: str = "CURRENT"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SeenSet:
    """The stack set as it is. overrides: as the last rollout left them, by account; None where nobody wrote it down."""

    body: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    instances: tuple[Instance, ...]
    overrides: Mapping[str, tuple[tuple[str, str], ...]] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One request to the stack set. why: in words."""

    kind: Kind
    why: str
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


def plan(wanted: Wanted, seen: SeenSet | None, parameters: Mapping[str, str]) -> tuple[Operation, ...]:
    """The operations that bring the stack set to what is wanted, in order; none where it is there already.

    parameters: the values that the hub's outputs give.
    """
    return tuple(_operations(wanted, seen, parameters))


def _operations(wanted: Wanted, seen: SeenSet | None, parameters: Mapping[str, str]) -> Iterator[Operation]:
    members, tags = wanted.members, dict(wanted.tags)
    if seen is None:
        yield Operation("create-set", "the stack set is new", parameters=parameters)
        seen = SeenSet(members.body, parameters, tags, (), {})
    else:
        differs = [
            what
            for what, before, after in (
                ("template", seen.body, members.body),
                ("parameters", dict(seen.parameters), {**dict(seen.parameters), **parameters}),
                ("tags", dict(seen.tags), tags),
            )
            if before != after
        ]
        if differs:
            yield Operation("update-set", f"{' and '.join(differs)} changed", parameters=parameters)
    yield from _gone(wanted, seen)
    if members.units:
        yield from _units(wanted, seen)
    yield from _accounts(wanted, seen)


def _gone(wanted: Wanted, seen: SeenSet) -> Iterator[Operation]:
    """Members and Regions that are not wanted any more. With units, accounts outside them are not ours to judge."""
    members = wanted.members
    by_regions: dict[tuple[str, ...], list[str]] = {}
    there: dict[str, set[str]] = {}
    for instance in seen.instances:
        wanted_here = instance.region in members.regions and (instance.account in members.names or members.units)
        if not wanted_here:
            there.setdefault(instance.account, set()).add(instance.region)
    for account, places in there.items():
        by_regions.setdefault(tuple(sorted(places)), []).append(account)
    for regions, accounts in sorted(by_regions.items()):
        for some in _some(sorted(accounts)):
            yield Operation("delete", "no longer in the spec", some, regions)


def _units(wanted: Wanted, seen: SeenSet) -> Iterator[Operation]:
    known = {(instance.unit, instance.region) for instance in seen.instances}
    missing = [unit for unit in wanted.members.units if any((unit, r) not in known for r in wanted.members.regions)]
    if missing:
        yield Operation("create", "units that are new", (), wanted.members.regions, tuple(missing))


def _accounts(wanted: Wanted, seen: SeenSet) -> Iterator[Operation]:
    """Accounts that join, and accounts whose overrides are not those of the last rollout."""
    known = {(instance.account, instance.region) for instance in seen.instances}
    for group in wanted.members.groups:
        joining: dict[tuple[str, ...], list[str]] = {}
        differing: list[str] = []
        for account, _ in group.accounts:
            missing = tuple(region for region in wanted.members.regions if (account, region) not in known)
            if missing and not wanted.members.units:
                joining.setdefault(missing, []).append(account)
            there = len(missing) < len(wanted.members.regions)
            if there and (seen.overrides is None or seen.overrides.get(account, ()) != group.overrides):
                differing.append(account)
        for regions, accounts in sorted(joining.items()):
            for some in _some(accounts):
                yield Operation("create", "new in the spec", some, regions, (), group.overrides)
        why = (
            "its own values changed" if seen.overrides is not None else "no rollout was completed that says what it has"
        )
        for some in _some(differing):
            regions = tuple(r for r in wanted.members.regions if any((account, r) in known for account in some))
            yield Operation("update", why, some, regions, (), group.overrides)


def _some(accounts: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(accounts), ACCOUNTS_A_REQUEST):
        yield tuple(accounts[start : start + ACCOUNTS_A_REQUEST])


def in_words(operation: Operation, names: Mapping[str, str]) -> str:
    """One line for a plan: `create in ledger, settlement; us-east-1: new in the spec`."""
    verbs = {
        "create-set": "create the stack set",
        "update-set": "update the stack set and every instance",
        "create": "create",
        "update": "update",
        "delete": "DELETE",
    }
    who = sorted(names.get(account, account) for account in operation.accounts) or list(operation.units)
    shown = ", ".join(who[:8]) + (f" and {len(who) - 8} more" if len(who) > 8 else "")
    where = f" in {shown}; {', '.join(operation.regions)}" if who else ""
    return f"{verbs[operation.kind]}{where}: {operation.why}"
