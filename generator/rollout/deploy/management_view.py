"""The management account as if the stack sets reached it, for those who look at members only; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from generator.rollout.aws.operations import ActualStackSet, Instance
from generator.rollout.deploy.desired import (
    DesiredGroup,
    DesiredManagement,
    DesiredStackSet,
    DesiredState,
    StackAddress,
)
from generator.rollout.operate.management_status import CURRENT, OUTDATED

# A stack as AWS describes it, and its template's text.
DeployedTemplate = tuple[Mapping[str, Any], str]


def as_members(
    desired: DesiredState, sets: Sequence[ActualStackSet | None], there: Mapping[StackAddress, DeployedTemplate]
) -> tuple[DesiredState, list[ActualStackSet | None]]:
    """What is wanted, and the stack sets as they are, with the management account among the members.

    there: its stacks. One that has another template than its set is behind it.
    """
    management = desired.management
    if management is None:
        return desired, list(sets)
    seen = [_seen(one, each, management, there) for one, each in zip(desired.sets, sets, strict=True)]
    first, *further = (_wanted(one, management) for one in desired.sets)
    return replace(desired, members=first, further_sets=tuple(further)), seen


def _wanted(members: DesiredStackSet, management: DesiredManagement) -> DesiredStackSet:
    own = next(one.parameters for one in management.stacks if one.name == members.name)
    group = DesiredGroup(((management.account, management.name),), own)
    regions = {**members.own_regions, management.account: management.regions}
    return replace(members, groups=(*members.groups, group), own_regions=regions)


def _seen(
    members: DesiredStackSet,
    seen: ActualStackSet | None,
    management: DesiredManagement,
    there: Mapping[StackAddress, DeployedTemplate],
) -> ActualStackSet | None:
    mine = {at.region: one for at, one in there.items() if at.name == members.name}
    if not mine:
        return seen
    known = seen or ActualStackSet(members.body, {}, {}, ())
    instances = tuple(
        Instance(management.account, region, CURRENT if body == known.body else OUTDATED, stack=str(stack["StackId"]))
        for region, (stack, body) in mine.items()
    )
    stack, _ = next(iter(mine.values()))
    given = tuple((one["ParameterKey"], one.get("ParameterValue", "")) for one in stack.get("Parameters", []))
    overrides = {**(known.overrides or {}), management.account: given}
    return replace(known, instances=(*known.instances, *instances), overrides=overrides)
