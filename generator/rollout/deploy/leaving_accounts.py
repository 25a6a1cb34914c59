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
LEFT_OUT = "left out of its unit"
EVERYTHING = "everything goes"


def leaving(desired: DesiredState, seen: ActualStackSet, absent: frozenset[str]) -> tuple[StackSetOperation, ...]:
    """The operations after which nobody is there who is not wanted any more.

    absent: accounts that are closed or have left the organization.

    By units, the set's own list of them decides, and never an instance's: which unit AWS gives for an account in a
    unit below the one that was asked for is not written anywhere.
    """
    return tuple(_by_units(desired, seen, absent) if desired.members.units else _by_accounts(desired, seen, absent))


def staying(desired: DesiredState, seen: ActualStackSet) -> ActualStackSet:
    """The set as it is once they have gone."""
    members = desired.members
    if members.units:
        units = tuple(unit for unit in seen.units if unit in members.units)
        stay = (one for one in seen.instances if one.region in members.regions and units)
        return replace(seen, instances=tuple(one for one in stay if not _leaves(desired, seen, one)), units=units)
    return replace(seen, instances=tuple(one for one in seen.instances if not _goes(desired, one)))


def doubtful(desired: DesiredState, seen: ActualStackSet | None) -> tuple[str, ...]:
    """The accounts of which it has to be known whether anything reaches them, beside those that join."""
    instances, leaves = seen.instances if seen else (), deviates_from_unit if desired.members.units else _goes
    return tuple(sorted({one.account for one in instances if one.detail == SUSPENDED or leaves(desired, one)}))


def everything(seen: ActualStackSet, absent: frozenset[str] = frozenset()) -> tuple[StackSetOperation, ...]:
    """The operations after which no instance is left."""
    if not seen.units:
        return tuple(_deletions(seen.instances, absent, EVERYTHING))
    lost = [one for one in seen.instances if one.account in absent]
    regions = tuple(sorted({one.region for one in seen.instances if one.account not in absent}))
    whole = _whole_units(seen, seen.units, regions, EVERYTHING, apart=lost) if regions else ()
    return (*_deletions(lost, absent, EVERYTHING), *whole)


def deviates_from_unit(desired: DesiredState, one: Instance) -> bool:
    """Whether an account of a unit has a stack that its unit does not say: it is left out, or has other Regions.

    Automatic deployment makes such a stack where the account moves into a unit: it heeds no filter of accounts.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
    """
    members = desired.members
    is_excluded = any(one.account == account for account, _ in members.excluded)
    return one.region in members.regions and (is_excluded or one.region not in members.regions_of(one.account))


def _leaves(desired: DesiredState, seen: ActualStackSet, one: Instance) -> bool:
    return deviates_from_unit(desired, one) or one.account in seen.strays


def _goes(desired: DesiredState, one: Instance) -> bool:
    return one.account not in desired.members.names or one.region not in desired.members.regions_of(one.account)


def _by_units(desired: DesiredState, seen: ActualStackSet, absent: frozenset[str]) -> Iterator[StackSetOperation]:
    members = desired.members
    places = tuple(sorted({one.region for one in seen.instances}))
    gone = set(seen.units) - set(members.units)
    alone = [one for one in seen.instances if one.unit not in gone and _leaves(desired, seen, one)]
    # An empty unit that stays a target would get stacks with the first account that moves into it.
    yield from _whole_units(seen, sorted(gone), places or members.regions, GONE, apart=alone)
    regions = tuple(region for region in places if region not in members.regions)
    stay = sorted(set(seen.units) & set(members.units)) if regions else ()
    yield from _whole_units(seen, stay, regions, GONE, apart=alone)
    yield from _deletions((one for one in alone if one.account not in seen.strays), absent, LEFT_OUT)
    yield from _deletions((one for one in alone if one.account in seen.strays), absent, GONE)


def _whole_units(
    seen: ActualStackSet, units: Sequence[str], regions: tuple[str, ...], why: str, apart: Collection[Instance]
) -> Iterator[StackSetOperation]:
    """Deletions of units as a whole, with what they take away. apart: instances that go by operations of their own."""
    there = [one for one in seen.instances if one.region in regions and one not in apart]
    for chosen in unit_batches(units):
        is_every = set(chosen) == set(seen.units)
        stacks = (one for one in there if is_every or one.unit in chosen)
        perhaps = (one for one in there if not is_every and one.unit not in seen.units)
        yield StackSetOperation(
            "delete", why, (), regions, chosen, stacks=stacks_of(stacks), perhaps=stacks_of(perhaps)
        )


def _by_accounts(desired: DesiredState, seen: ActualStackSet, absent: frozenset[str]) -> Iterator[StackSetOperation]:
    yield from _deletions((one for one in seen.instances if _goes(desired, one)), absent, GONE)


def _deletions(instances: Iterable[Instance], absent: frozenset[str], why: str) -> Iterator[StackSetOperation]:
    """Together what leaves the same Regions; of accounts that nothing reaches also by the unit that AWS has them in."""
    there: dict[tuple[str, str], set[str]] = {}
    for one in instances:
        there.setdefault((one.account, one.unit if one.account in absent else ""), set()).add(one.region)
    together: dict[tuple[bool, tuple[str, ...], str], list[str]] = {}
    for (account, unit), found in there.items():
        together.setdefault((account in absent, tuple(sorted(found)), unit), []).append(account)
    for (lost, regions, unit), accounts in sorted(together.items()):
        units = (unit,) if unit else ()
        for chosen in account_batches(sorted(accounts)):
            yield StackSetOperation("delete", why, chosen, regions, units, retain=lost)
