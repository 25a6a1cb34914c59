"""The management account as if the stack sets reached it, for checks that know members only; pure."""

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
    desired: DesiredState,
    sets: Sequence[ActualStackSet | None],
    deployed_templates: Mapping[StackAddress, DeployedTemplate],
) -> tuple[DesiredState, list[ActualStackSet | None]]:
    """The desired state and the actual stack sets, with the management account among the members.

    there: its stacks. One that has another template than its set is behind it.
    """
    management = desired.management
    if management is None:
        return desired, list(sets)
    actual_sets = [
        _actual_set(stack_set, actual_set, management, deployed_templates)
        for stack_set, actual_set in zip(desired.sets, sets, strict=True)
    ]
    first, *further = (_desired_set(stack_set, management) for stack_set in desired.sets)
    return replace(desired, members=first, further_sets=tuple(further)), actual_sets


def _desired_set(members: DesiredStackSet, management: DesiredManagement) -> DesiredStackSet:
    own = next(stack.parameters for stack in management.stacks if stack.name == members.name)
    group = DesiredGroup(((management.account, management.name),), own)
    regions = {**members.own_regions, management.account: management.regions}
    return replace(members, groups=(*members.groups, group), own_regions=regions)


def _actual_set(
    members: DesiredStackSet,
    actual: ActualStackSet | None,
    management: DesiredManagement,
    deployed_templates: Mapping[StackAddress, DeployedTemplate],
) -> ActualStackSet | None:
    by_region = {at.region: deployed for at, deployed in deployed_templates.items() if at.name == members.name}
    if not by_region:
        return actual
    known = actual or ActualStackSet(members.body, {}, {}, ())
    instances = tuple(
        Instance(management.account, region, CURRENT if body == known.body else OUTDATED, stack=str(stack["StackId"]))
        for region, (stack, body) in by_region.items()
    )
    stack, _ = next(iter(by_region.values()))
    parameters = tuple(
        (parameter["ParameterKey"], parameter.get("ParameterValue", "")) for parameter in stack.get("Parameters", [])
    )
    overrides = {**(known.overrides or {}), management.account: parameters}
    return replace(known, instances=(*known.instances, *instances), overrides=overrides)
