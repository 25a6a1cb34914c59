"""The operations that bring the members' stack set from its actual to its desired state.

A stack set has no change sets, so the operations are computed here, from the actual state alone; the plan is pure. An
operation runs alone: CloudFormation runs one at a time for each stack set.
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
from generator.wording import first_of, pluralize

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
    actual: ActualStackSet | None,
    parameters: Mapping[str, str],
    suspended: frozenset[str] = frozenset(),
) -> tuple[StackSetOperation, ...]:
    """The operations that bring the stack set to its desired state, in order; none where it is in it.

    parameters: the values that the hub's outputs give. suspended: accounts that nothing reaches.
    """
    return tuple(_operations(desired, actual, parameters, suspended))


def _operations(
    desired: DesiredState, actual: ActualStackSet | None, parameters: Mapping[str, str], suspended: frozenset[str]
) -> Iterator[StackSetOperation]:
    if actual is None:
        yield StackSetOperation("create-set", "the stack set is new", parameters=parameters)
        actual = ActualStackSet(desired.members.body, parameters, dict(desired.tags), (), {})
    else:
        yield from leaving(desired, actual, suspended)
        actual = staying(desired, actual)
        yield from _whole(desired, actual, parameters)
    yield from _units(desired, actual)
    yield from _returning(desired, actual, suspended)
    yield from _accounts(desired, actual, suspended)


def _whole(desired: DesiredState, actual: ActualStackSet, parameters: Mapping[str, str]) -> Iterator[StackSetOperation]:
    """Updates of every instance: the first wave has operations of its own."""
    pairs = (
        ("template", actual.body, desired.members.body),
        ("parameters", dict(actual.parameters), {**dict(actual.parameters), **parameters}),
        ("tags", dict(actual.tags), dict(desired.tags)),
    )
    why = [what for what, before, after in pairs if before != after]
    reason = f"{' and '.join(why)} changed" if why else ""
    outdated = [
        instance for instance in actual.instances if instance.status == "OUTDATED" and instance.detail != SUSPENDED
    ]
    if not why and outdated:
        reason = f"{len(outdated)} of {len(actual.instances)} instances are outdated"
    if not reason:
        return
    reason += _default_values_note(desired, actual) if actual.body != desired.members.body else ""
    yield from _ahead(desired, actual, reason, parameters)
    yield StackSetOperation("update-set", reason, parameters=parameters, order=_region_order(desired, actual))


def _ahead(
    desired: DesiredState, actual: ActualStackSet, why: str, parameters: Mapping[str, str]
) -> Iterator[StackSetOperation]:
    """Updates of the first wave, where there are other accounts."""
    first, all_accounts = set(desired.members.first), {instance.account for instance in actual.instances}
    units = tuple(unit for unit in desired.members.units if unit in first and unit in actual.units)
    regions_in_use = {instance.region for instance in actual.instances}
    order = _region_order(desired, actual)
    if units and set(units) != set(actual.units):
        regions = tuple(region for region in desired.members.regions if region in regions_in_use)
        for chosen in unit_batches(units):
            yield StackSetOperation("update-set", why, (), regions, chosen, (), parameters, True, order=order)
    accounts_by_regions: dict[tuple[str, ...], list[str]] = {}
    for account in sorted(all_accounts & first if all_accounts - first else ()):
        has = {instance.region for instance in actual.instances if instance.account == account}
        accounts_by_regions.setdefault(tuple(region for region in desired.members.regions if region in has), []).append(
            account
        )
    # AWS knows no instance that is not there: StackInstanceNotFoundException.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackSet.html
    for regions, together in accounts_by_regions.items():
        regions_in_order = tuple(region for region in order if region in regions)
        for accounts in account_batches(together):
            yield StackSetOperation(
                "update-set", why, accounts, regions, (), (), parameters, True, order=regions_in_order
            )


def _default_values_note(desired: DesiredState, actual: ActualStackSet) -> str:
    """A note on accounts with values of their own for parameters that the deployed template lacks.

    An update of a set gives every instance the template, and only a later one gives some of them their own values:
    CloudFormation rejects a value for a parameter that the set does not have.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stackinstances-override.html
    """
    accounts = {instance.account for instance in actual.instances}
    waiting: dict[str, list[str]] = {}
    for account, overrides in desired.members.overrides.items():
        for key, _ in overrides if account in accounts else ():
            if f"\n  {key}:\n" not in actual.body:
                waiting.setdefault(key, []).append(desired.members.names[account])
    rows = [f"{key} of {_shown(sorted(names))}" for key, names in sorted(waiting.items())]
    verb = "has its default" if len(rows) == 1 else "have their defaults"
    return f"; until the accounts' own values are set, {_shown(rows)} {verb}" if rows else ""


def _region_order(desired: DesiredState, actual: ActualStackSet) -> tuple[str, ...]:
    """The order of Regions where what an account has once moves: its new Region last, so that its name is free."""
    home, before = home_of(desired.members.regions, desired.hub.region), _HOME.search(actual.body)
    regions_in_use = {instance.region for instance in actual.instances}
    if before is None or before.group(1) == home or not {home, before.group(1)} <= regions_in_use:
        return ()
    return (*(region for region in desired.members.regions if region in regions_in_use - {home}), home)


def _units(desired: DesiredState, actual: ActualStackSet) -> Iterator[StackSetOperation]:
    """Units that join, and Regions that do. A unit without accounts has no instances, and becomes a target once."""
    members, first, apart = desired.members, set(desired.members.first), desired.members.apart
    regions_in_use = {instance.region for instance in actual.instances if instance.account not in apart}
    missing = tuple(region for region in members.regions if regions_in_use and region not in regions_in_use)
    for is_trial in (True, False):
        chosen_units = [unit for unit in members.units if (unit in first) is is_trial]
        joining = tuple(unit for unit in chosen_units if unit not in actual.units)
        known = tuple(unit for unit in chosen_units if unit in actual.units)
        for units in unit_batches(joining):
            yield StackSetOperation(
                "create", "new in the spec", (), members.regions, units, trial=is_trial, without=apart
            )
        for units in unit_batches(known if missing else ()):
            yield StackSetOperation("create", "new in the spec", (), missing, units, trial=is_trial, without=apart)


def _returning(desired: DesiredState, actual: ActualStackSet, suspended: frozenset[str]) -> Iterator[StackSetOperation]:
    """Accounts without a name of their own that are left out of their units no longer."""
    has = {(instance.account, instance.region) for instance in actual.instances}
    joining: dict[tuple[str, ...], list[str]] = {}
    for account in sorted(actual.returning - desired.members.names.keys() - suspended):
        missing = tuple(region for region in desired.members.regions if (account, region) not in has)
        joining.setdefault(missing, []).append(account)
    for regions, accounts in sorted(joining.items()):
        for chosen in account_batches(accounts) if regions else ():
            yield StackSetOperation("create", "no longer excluded", chosen, regions)


def _accounts(desired: DesiredState, actual: ActualStackSet, suspended: frozenset[str]) -> Iterator[StackSetOperation]:
    """Accounts that join, and accounts whose overrides are not those of the last rollout; the first ones first."""
    operations = list(_by_group(desired, actual, suspended))
    yield from sorted(operations, key=lambda operation: not operation.trial)


def _by_group(desired: DesiredState, actual: ActualStackSet, suspended: frozenset[str]) -> Iterator[StackSetOperation]:
    """The operations of each group of accounts with the same overrides: creations, then updates."""
    has_record = actual.overrides is not None
    why = "parameter overrides changed" if has_record else "overrides unknown: no completed rollout on record"
    for group in desired.members.groups:
        accounts = [account for account, _ in group.accounts if account not in suspended]
        for (is_trial, regions), chosen in _batches(_missing_regions(desired, actual, accounts), desired):
            yield StackSetOperation("create", "new in the spec", chosen, regions, (), group.overrides, trial=is_trial)
        differing = [
            account
            for account in accounts
            if not has_record or (actual.overrides or {}).get(account, ()) != group.overrides
        ]
        for (is_trial, regions), chosen in _batches(_present_regions(desired, actual, differing), desired):
            yield StackSetOperation("update", why, chosen, regions, (), group.overrides, trial=is_trial)


def _missing_regions(
    desired: DesiredState, actual: ActualStackSet, accounts: Iterable[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Accounts that are created on their own, not with their unit, each with the Regions where it has no stack."""
    members, existing = desired.members, {(instance.account, instance.region) for instance in actual.instances}
    for account in accounts:
        is_on_its_own = not members.units or account in members.own_regions or account in actual.returning
        regions = tuple(region for region in members.regions_of(account) if (account, region) not in existing)
        if regions and is_on_its_own:
            yield account, regions


def _present_regions(
    desired: DesiredState, actual: ActualStackSet, accounts: Iterable[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Accounts with the Regions where they have a stack and are to keep it."""
    existing = {(instance.account, instance.region) for instance in actual.instances}
    for account in accounts:
        regions = tuple(region for region in desired.members.regions_of(account) if (account, region) in existing)
        if regions:
            yield account, regions


def _batches(
    accounts: Iterable[tuple[str, tuple[str, ...]]], desired: DesiredState
) -> Iterator[tuple[tuple[bool, tuple[str, ...]], tuple[str, ...]]]:
    """Accounts with the same Regions in batches, each with whether it is of the first wave, and the Regions."""
    first = set(desired.members.first)
    grouped: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for account, regions in accounts:
        grouped.setdefault((account in first, regions), []).append(account)
    for key, together in sorted(grouped.items()):
        for chosen in account_batches(together):
            yield key, chosen


def joining(desired: DesiredState, actual: ActualStackSet | None) -> tuple[str, ...]:
    """The accounts that have no stack yet."""
    accounts = {instance.account for instance in actual.instances} if actual else set()
    return tuple(sorted(set(desired.members.names) - accounts))


def out_of_reach(instances: Iterable[Instance]) -> list[Instance]:
    """Instances that no operation can change any more: they need manual work."""
    return [instance for instance in instances if instance.status == "INOPERABLE"]


def in_words(operation: StackSetOperation, names: Mapping[str, str]) -> str:
    """The operation as a line of a plan: `create in ledger, settlement; us-east-1: new in the spec`."""
    who = sorted(names.get(account, account) for account in operation.accounts) or list(operation.units)
    without = _shown(sorted(names.get(account, account) for account in operation.without))
    but = f" without {without}" if without else ""
    # What is lost is always named.
    account_names = ", ".join(who) if operation.kind == "delete" else _shown(who)
    where = f" in {account_names}{but}; {', '.join(operation.regions)}" if who else ""
    verb = "update the stack set and its instances" if operation.kind == "update-set" and who else VERBS[operation.kind]
    if operation.retain:
        accounts = "the account" if len(who) == 1 else "the accounts"
        why = f"{operation.why}; CloudFormation cannot reach {accounts}, so the stacks remain there"
        return f"REMOVE from the stack set, RETAINING the stacks{where}: {why}"
    wave = " (first wave)" if operation.trial and operation.kind in ("create", "update-set") else ""
    return f"{verb}{where}{wave}: {operation.why}{_deleted_stacks(operation, names)}"


def _deleted_stacks(operation: StackSetOperation, names: Mapping[str, str]) -> str:
    """The stacks that a deletion of whole units deletes: their number, and each account with its Regions."""
    if operation.kind != "delete" or operation.accounts:
        return ""
    count = sum(len(regions) for _, regions in operation.stacks)
    perhaps = sum(len(regions) for _, regions in operation.perhaps)
    certain = f"; {_number(count)}{_listed(operation.stacks, names)}"
    return certain + (f"; perhaps {_number(perhaps)} more{_listed(operation.perhaps, names)}" if perhaps else "")


def _number(stacks: int) -> str:
    return pluralize(stacks, "stack") if stacks else "no stacks"


def _listed(stacks: Stacks, names: Mapping[str, str]) -> str:
    together: dict[tuple[str, ...], list[str]] = {}
    for account, regions in stacks:
        together.setdefault(regions, []).append(names.get(account, account))
    rows = (f"{', '.join(sorted(accounts))} in {', '.join(regions)}" for regions, accounts in sorted(together.items()))
    return f": {'; '.join(rows)}" if stacks else ""


def _shown(words: Sequence[str]) -> str:
    return first_of(words, SHOWN)
