"""Instances that leave: before anything else of a rollout, and all of them at the end of an environment.

They go first because an update would reach them, too: with two Regions cut to one, the template no longer says that
only one of them makes what an account has once, and in the Region that leaves it would be made a second time.

No operation gets into an account that is closed, or that has left the organization. Its instances are let go of: the
set forgets them, and the stacks stay.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStackInstances.html
https://repost.aws/knowledge-center/cloudformation-removal-stacksets
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from generator.rollout.aws.operations import (
    SUSPENDED,
    ActualStackSet,
    Instance,
    StackSetOperation,
    account_batches,
    stacks_of,
    unit_batches,
)
from generator.rollout.deploy.desired import DesiredState

GONE = "no longer in the spec"
LEFT_OUT = "excluded from its unit"
EVERYTHING = "the stack set is deleted"


def leaving(desired: DesiredState, actual: ActualStackSet, absent: frozenset[str]) -> tuple[StackSetOperation, ...]:
    """The operations that delete all stacks which are not desired any more.

    absent: accounts that are closed or have left the organization.

    By units, the set's own list of them decides, and never an instance's: which unit AWS gives for an account in a
    unit below the one that was asked for is not written anywhere.
    """
    return tuple(_by_units(desired, actual, absent) if desired.members.units else _by_accounts(desired, actual, absent))


def staying(desired: DesiredState, actual: ActualStackSet) -> ActualStackSet:
    """The set as it is once they have gone."""
    members = desired.members
    if members.units:
        units = tuple(unit for unit in actual.units if unit in members.units)
        stay = (instance for instance in actual.instances if instance.region in members.regions and units)
        return replace(
            actual,
            instances=tuple(instance for instance in stay if not _leaves(desired, actual, instance)),
            units=units,
        )
    return replace(
        actual, instances=tuple(instance for instance in actual.instances if not _is_leaving(desired, instance))
    )


def doubtful(desired: DesiredState, actual: ActualStackSet | None) -> tuple[str, ...]:
    """The accounts of which it has to be known whether anything reaches them, beside those that join."""
    instances, leaves = actual.instances if actual else (), deviates_from_unit if desired.members.units else _is_leaving
    return tuple(
        sorted(
            {instance.account for instance in instances if instance.detail == SUSPENDED or leaves(desired, instance)}
        )
    )


def everything(actual: ActualStackSet, absent: frozenset[str] = frozenset()) -> tuple[StackSetOperation, ...]:
    """The operations after which no instance is left."""
    if not actual.units:
        return tuple(_deletions(actual.instances, absent, EVERYTHING))
    lost = [instance for instance in actual.instances if instance.account in absent]
    regions = tuple(sorted({instance.region for instance in actual.instances if instance.account not in absent}))
    whole = _whole_units(actual, actual.units, regions, EVERYTHING, apart=lost) if regions else ()
    return (*_deletions(lost, absent, EVERYTHING), *whole)


def deviates_from_unit(desired: DesiredState, instance: Instance) -> bool:
    """True if an account of a unit has a stack that its unit does not say: it is left out, or has other Regions.

    Automatic deployment makes such a stack where the account moves into a unit: it heeds no filter of accounts.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """
    members = desired.members
    is_excluded = any(instance.account == account for account, _ in members.excluded)
    return instance.region in members.regions and (
        is_excluded or instance.region not in members.regions_of(instance.account)
    )


def _leaves(desired: DesiredState, actual: ActualStackSet, instance: Instance) -> bool:
    return deviates_from_unit(desired, instance) or instance.account in actual.strays


def _is_leaving(desired: DesiredState, instance: Instance) -> bool:
    return instance.account not in desired.members.names or instance.region not in desired.members.regions_of(
        instance.account
    )


def _by_units(desired: DesiredState, actual: ActualStackSet, absent: frozenset[str]) -> Iterator[StackSetOperation]:
    members = desired.members
    regions_in_use = tuple(sorted({instance.region for instance in actual.instances}))
    removed_units = set(actual.units) - set(members.units)
    alone = [
        instance
        for instance in actual.instances
        if instance.unit not in removed_units and _leaves(desired, actual, instance)
    ]
    # An empty unit that stays a target would get stacks with the first account that moves into it.
    yield from _whole_units(actual, sorted(removed_units), regions_in_use or members.regions, GONE, apart=alone)
    regions = tuple(region for region in regions_in_use if region not in members.regions)
    stay = sorted(set(actual.units) & set(members.units)) if regions else ()
    yield from _whole_units(actual, stay, regions, GONE, apart=alone)
    yield from _deletions((instance for instance in alone if instance.account not in actual.strays), absent, LEFT_OUT)
    yield from _deletions((instance for instance in alone if instance.account in actual.strays), absent, GONE)


def _whole_units(
    actual: ActualStackSet, units: Sequence[str], regions: tuple[str, ...], why: str, apart: Collection[Instance]
) -> Iterator[StackSetOperation]:
    """Deletions of whole units, with the stacks that they delete. apart: instances with operations of their own."""
    instances = [instance for instance in actual.instances if instance.region in regions and instance not in apart]
    for chosen in unit_batches(units):
        is_every = set(chosen) == set(actual.units)
        stacks = (instance for instance in instances if is_every or instance.unit in chosen)
        perhaps = (instance for instance in instances if not is_every and instance.unit not in actual.units)
        yield StackSetOperation(
            "delete", why, (), regions, chosen, stacks=stacks_of(stacks), perhaps=stacks_of(perhaps)
        )


def _by_accounts(desired: DesiredState, actual: ActualStackSet, absent: frozenset[str]) -> Iterator[StackSetOperation]:
    yield from _deletions((instance for instance in actual.instances if _is_leaving(desired, instance)), absent, GONE)


def _deletions(instances: Iterable[Instance], absent: frozenset[str], why: str) -> Iterator[StackSetOperation]:
    """Together what leaves the same Regions; of accounts that nothing reaches also by the unit that AWS has them in."""
    regions_by_account: dict[tuple[str, str], set[str]] = {}
    for instance in instances:
        regions_by_account.setdefault(
            (instance.account, instance.unit if instance.account in absent else ""), set()
        ).add(instance.region)
    together: dict[tuple[bool, tuple[str, ...], str], list[str]] = {}
    for (account, unit), states in regions_by_account.items():
        together.setdefault((account in absent, tuple(sorted(states)), unit), []).append(account)
    for (lost, regions, unit), accounts in sorted(together.items()):
        units = (unit,) if unit else ()
        for chosen in account_batches(sorted(accounts)):
            yield StackSetOperation("delete", why, chosen, regions, units, retain=lost)
