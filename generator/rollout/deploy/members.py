"""The members' stack set: what there is, what is wanted, and the operations from one to the other.

A stack set has no change sets, so the operations are worked out here, from what is seen and nothing else; the plan is
pure. An operation runs alone: CloudFormation takes one at a time for each stack set.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from generator.aws.regions import home_of
from generator.rollout.aws.operations import (
    SUSPENDED,
    ActualStackSet,
    Instance,
    Kind,
    Stacks,
    StackSetOperation,
    account_batches,
    unit_batches,
)
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.leaving_accounts import leaving, staying

VERBS: Mapping[Kind, str] = {
    "create-set": "create the stack set",
    "update-set": "update the stack set and every instance",
    "create": "create",
    "update": "update",
    "delete": "DELETE",
}
SHOWN = 8
# Which Region's stack makes what an account has once, in a template that a build wrote.
_HOME = re.compile(r"IsFirstRegion: !Equals\s*(?:\[|- )!Ref '?AWS::Region'?\s*(?:, |- )([a-z0-9-]+)")


def plan(
    desired: DesiredState,
    seen: ActualStackSet | None,
    parameters: Mapping[str, str],
    suspended: frozenset[str] = frozenset(),
) -> tuple[StackSetOperation, ...]:
    """The operations that bring the stack set to what is wanted, in order; none where it is there already.

    parameters: the values that the hub's outputs give. suspended: accounts that nothing reaches.
    """
    return tuple(_operations(desired, seen, parameters, suspended))


def _operations(
    desired: DesiredState, seen: ActualStackSet | None, parameters: Mapping[str, str], suspended: frozenset[str]
) -> Iterator[StackSetOperation]:
    if seen is None:
        yield StackSetOperation("create-set", "the stack set is new", parameters=parameters)
        seen = ActualStackSet(desired.members.body, parameters, dict(desired.tags), (), {})
    else:
        yield from leaving(desired, seen, suspended)
        seen = staying(desired, seen)
        yield from _whole(desired, seen, parameters)
    yield from _units(desired, seen)
    yield from _returning(desired, seen, suspended)
    yield from _accounts(desired, seen, suspended)


def _whole(desired: DesiredState, seen: ActualStackSet, parameters: Mapping[str, str]) -> Iterator[StackSetOperation]:
    """What concerns every instance: those who go first in an operation of their own."""
    pairs = (
        ("template", seen.body, desired.members.body),
        ("parameters", dict(seen.parameters), {**dict(seen.parameters), **parameters}),
        ("tags", dict(seen.tags), dict(desired.tags)),
    )
    why = [what for what, before, after in pairs if before != after]
    reason = f"{' and '.join(why)} changed" if why else ""
    behind = [one for one in seen.instances if one.status == "OUTDATED" and one.detail != SUSPENDED]
    if not why and behind:
        reason = f"{len(behind)} of {len(seen.instances)} are not as they should be"
    if not reason:
        return
    reason += _in_between(desired, seen) if seen.body != desired.members.body else ""
    yield from _ahead(desired, seen, f"{reason}; they go first", parameters)
    yield StackSetOperation("update-set", reason, parameters=parameters, order=_moving(desired, seen))


def _ahead(
    desired: DesiredState, seen: ActualStackSet, why: str, parameters: Mapping[str, str]
) -> Iterator[StackSetOperation]:
    """Those who go first, where there are others."""
    first, everybody = set(desired.members.first), {one.account for one in seen.instances}
    units = tuple(unit for unit in desired.members.units if unit in first and unit in seen.units)
    places = {one.region for one in seen.instances}
    order = _moving(desired, seen)
    if units and set(units) != set(seen.units):
        regions = tuple(region for region in desired.members.regions if region in places)
        for chosen in unit_batches(units):
            yield StackSetOperation("update-set", why, (), regions, chosen, (), parameters, True, order=order)
    there: dict[tuple[str, ...], list[str]] = {}
    for account in sorted(everybody & first if everybody - first else ()):
        has = {one.region for one in seen.instances if one.account == account}
        there.setdefault(tuple(region for region in desired.members.regions if region in has), []).append(account)
    # AWS knows no instance that is not there: StackInstanceNotFoundException.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackSet.html
    for regions, together in there.items():
        turn = tuple(region for region in order if region in regions)
        for accounts in account_batches(together):
            yield StackSetOperation("update-set", why, accounts, regions, (), (), parameters, True, order=turn)


def _in_between(desired: DesiredState, seen: ActualStackSet) -> str:
    """What holds for accounts with values of their own for parameters that the template did not have.

    An update of a set gives every instance the template, and only a later one gives some of them their own values:
    CloudFormation takes no value for a parameter that the set does not have.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stackinstances-override.html
    """
    there = {one.account for one in seen.instances}
    waiting: dict[str, list[str]] = {}
    for account, overrides in desired.members.overrides.items():
        for key, _ in overrides if account in there else ():
            if f"\n  {key}:\n" not in seen.body:
                waiting.setdefault(key, []).append(desired.members.names[account])
    rows = [f"{key} of {_shown(sorted(names))}" for key, names in sorted(waiting.items())]
    verb = "has its default" if len(rows) == 1 else "have their defaults"
    return f"; until the accounts' own values follow, {_shown(rows)} {verb}" if rows else ""


def _moving(desired: DesiredState, seen: ActualStackSet) -> tuple[str, ...]:
    """Where what an account has once moves from one Region to another: its new Region last, so that it is free."""
    home, before = home_of(desired.members.regions, desired.hub.region), _HOME.search(seen.body)
    places = {one.region for one in seen.instances}
    if before is None or before.group(1) == home or not {home, before.group(1)} <= places:
        return ()
    return (*(region for region in desired.members.regions if region in places - {home}), home)


def _units(desired: DesiredState, seen: ActualStackSet) -> Iterator[StackSetOperation]:
    """Units that join, and Regions that do. A unit without accounts has no instances, and is told once."""
    members, first, apart = desired.members, set(desired.members.first), desired.members.apart
    places = {one.region for one in seen.instances if one.account not in apart}
    missing = tuple(region for region in members.regions if places and region not in places)
    for trial in (True, False):
        mine = [unit for unit in members.units if (unit in first) is trial]
        joining = tuple(unit for unit in mine if unit not in seen.units)
        known = tuple(unit for unit in mine if unit in seen.units)
        for units in unit_batches(joining):
            yield StackSetOperation("create", "new in the spec", (), members.regions, units, trial=trial, without=apart)
        for units in unit_batches(known if missing else ()):
            yield StackSetOperation("create", "new in the spec", (), missing, units, trial=trial, without=apart)


def _returning(desired: DesiredState, seen: ActualStackSet, suspended: frozenset[str]) -> Iterator[StackSetOperation]:
    """Accounts without a name of their own that are left out of their units no longer."""
    has = {(one.account, one.region) for one in seen.instances}
    joining: dict[tuple[str, ...], list[str]] = {}
    for account in sorted(seen.returning - desired.members.names.keys() - suspended):
        missing = tuple(region for region in desired.members.regions if (account, region) not in has)
        joining.setdefault(missing, []).append(account)
    for regions, accounts in sorted(joining.items()):
        for chosen in account_batches(accounts) if regions else ():
            yield StackSetOperation("create", "no longer left out", chosen, regions)


def _accounts(desired: DesiredState, seen: ActualStackSet, suspended: frozenset[str]) -> Iterator[StackSetOperation]:
    """Accounts that join, and accounts whose overrides are not those of the last rollout; the first ones first."""
    made = list(_by_group(desired, seen, suspended))
    yield from sorted(made, key=lambda operation: not operation.trial)


def _by_group(desired: DesiredState, seen: ActualStackSet, suspended: frozenset[str]) -> Iterator[StackSetOperation]:
    members, first = desired.members, set(desired.members.first)
    there: dict[str, set[str]] = {}
    for one in seen.instances:
        there.setdefault(one.account, set()).add(one.region)
    known = seen.overrides is not None
    why = "its own values changed" if known else "no rollout was completed that says what it has"
    for group in members.groups:
        joining: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
        differing: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
        for account, _ in group.accounts:
            regions = members.regions_of(account)
            by_itself = not members.units or account in members.own_regions or account in seen.returning
            has = tuple(region for region in regions if region in there.get(account, ()))
            missing = tuple(region for region in regions if region not in has)
            before = (seen.overrides or {}).get(account, ())
            if missing and by_itself and account not in suspended:
                joining.setdefault((account in first, missing), []).append(account)
            if has and account not in suspended and (not known or before != group.overrides):
                differing.setdefault((account in first, has), []).append(account)
        for (trial, places), accounts in sorted(joining.items()):
            for chosen in account_batches(accounts):
                yield StackSetOperation("create", "new in the spec", chosen, places, (), group.overrides, trial=trial)
        for (trial, places), accounts in sorted(differing.items()):
            for chosen in account_batches(accounts):
                yield StackSetOperation("update", why, chosen, places, (), group.overrides, trial=trial)


def joining(desired: DesiredState, seen: ActualStackSet | None) -> tuple[str, ...]:
    """The accounts that have no stack yet."""
    there = {one.account for one in seen.instances} if seen else set()
    return tuple(sorted(set(desired.members.names) - there))


def out_of_reach(instances: Iterable[Instance]) -> list[Instance]:
    """Instances that no operation touches any more: somebody has to look after them by hand."""
    return [one for one in instances if one.status == "INOPERABLE"]


def in_words(operation: StackSetOperation, names: Mapping[str, str]) -> str:
    """One line for a plan: `create in ledger, settlement; us-east-1: new in the spec`."""
    who = sorted(names.get(account, account) for account in operation.accounts) or list(operation.units)
    without = _shown(sorted(names.get(account, account) for account in operation.without))
    but = f" without {without}" if without else ""
    # What is lost is always named.
    named = ", ".join(who) if operation.kind == "delete" else _shown(who)
    where = f" in {named}{but}; {', '.join(operation.regions)}" if who else ""
    verb = "update the stack set, and it" if operation.kind == "update-set" and who else VERBS[operation.kind]
    if operation.retain:
        why = f"{operation.why}, and nothing gets into {'it' if len(who) == 1 else 'them'}: the stacks stay there"
        return f"LET GO OF what is{where}: {why}"
    first = "; first of all" if operation.trial and operation.kind == "create" else ""
    return f"{verb}{where}: {operation.why}{first}{_taken_away(operation, names)}"


def _taken_away(operation: StackSetOperation, names: Mapping[str, str]) -> str:
    """What a deletion of whole units takes away: how many stacks, and each account with its Regions."""
    if operation.kind != "delete" or operation.accounts:
        return ""
    count = sum(len(regions) for _, regions in operation.stacks)
    perhaps = sum(len(regions) for _, regions in operation.perhaps)
    certain = f"; {_number(count)}{_listed(operation.stacks, names)}"
    return certain + (f"; perhaps {_number(perhaps)} more{_listed(operation.perhaps, names)}" if perhaps else "")


def _number(stacks: int) -> str:
    return f"{stacks or 'no'} stack{'' if stacks == 1 else 's'}"


def _listed(stacks: Stacks, names: Mapping[str, str]) -> str:
    together: dict[tuple[str, ...], list[str]] = {}
    for account, regions in stacks:
        together.setdefault(regions, []).append(names.get(account, account))
    rows = (f"{', '.join(sorted(accounts))} in {', '.join(regions)}" for regions, accounts in sorted(together.items()))
    return f": {'; '.join(rows)}" if stacks else ""


def _shown(words: Sequence[str]) -> str:
    return ", ".join(words[:SHOWN]) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")
