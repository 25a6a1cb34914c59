"""The report of drift detection, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.drift import DriftReport, ResourceDrift


def drift_lines(drift: DriftReport, desired: DesiredState) -> Iterator[str]:
    """Each stack of the hub, each stack set, and each stack of the management account, with what differs."""
    yield f"{desired.environment} of account {desired.hub.account}, {desired.hub.region}"
    for stack in desired.stacks:
        label = desired.label(stack)
        changed = [resource for resource in drift.hub if resource.stack == ("" if stack is desired.hub else label)]
        exists = drift.hub_there if stack is desired.hub else label not in drift.missing
        yield f"  Hub, {label}: {_state(exists, len(changed))}"
        yield from _resources(changed)
    for members in desired.sets:
        is_first = members is desired.members
        instances = drift.instances if is_first else drift.further.get(members.name, ())
        exists = drift.set_there if is_first else members.name not in drift.missing
        yield f"  Members, {members.name}: {_state(exists, len(instances))}"
        for account, region, status in instances:
            yield f"    {desired.members.names.get(account, account)} {account} {region}: {status}"

    yield from _management(drift, desired)


def _management(drift: DriftReport, desired: DesiredState) -> Iterator[str]:
    for stack in desired.management.stacks if desired.management else ():
        label = desired.label_there(stack)
        changed = [resource for resource in drift.management if resource.stack == label]
        yield f"  Members, {label}: {_state(label not in drift.missing, len(changed))}"
        yield from _resources(changed)


def _resources(resources: Iterable[ResourceDrift]) -> Iterator[str]:
    for resource in resources:
        yield f"    {resource.logical_id} ({resource.type}){' is deleted' if resource.status == 'DELETED' else ''}"
        yield from (
            f"      {difference.path}: {difference.actual}, expected {difference.expected}"
            for difference in resource.differences
        )


def _state(exists: bool, number: int) -> str:
    if not exists:
        return "not found"
    return f"{number} changed" if number else "in sync"
