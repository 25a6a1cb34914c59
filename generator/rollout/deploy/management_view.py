"""The management account as if the stack sets reached it, for those who look at members only; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from generator.rollout.aws.operations import Instance, SeenSet
from generator.rollout.deploy.desired import StackAddress, Wanted, WantedGroup, WantedManagement, WantedSet
from generator.rollout.operate.management_status import CURRENT, OUTDATED

# A stack as AWS describes it, and its template's text.
Seen = tuple[Mapping[str, Any], str]


def as_members(
    wanted: Wanted, sets: Sequence[SeenSet | None], there: Mapping[StackAddress, Seen]
) -> tuple[Wanted, list[SeenSet | None]]:
    """What is wanted, and the stack sets as they are, with the management account among the members.

    there: its stacks. One that has another template than its set is behind it.
    """
    management = wanted.management
    if management is None:
        return wanted, list(sets)
    seen = [_seen(one, each, management, there) for one, each in zip(wanted.sets, sets, strict=True)]
    first, *further = (_wanted(one, management) for one in wanted.sets)
    return replace(wanted, members=first, further_sets=tuple(further)), seen


def _wanted(members: WantedSet, management: WantedManagement) -> WantedSet:
    own = next(one.parameters for one in management.stacks if one.name == members.name)
    group = WantedGroup(((management.account, management.name),), own)
    regions = {**members.own_regions, management.account: management.regions}
    return replace(members, groups=(*members.groups, group), own_regions=regions)


def _seen(
    members: WantedSet, seen: SeenSet | None, management: WantedManagement, there: Mapping[StackAddress, Seen]
) -> SeenSet | None:
    mine = {at.region: one for at, one in there.items() if at.name == members.name}
    if not mine:
        return seen
    known = seen or SeenSet(members.body, {}, {}, ())
    instances = tuple(
        Instance(management.account, region, CURRENT if body == known.body else OUTDATED, stack=str(stack["StackId"]))
        for region, (stack, body) in mine.items()
    )
    stack, _ = next(iter(mine.values()))
    given = tuple((one["ParameterKey"], one.get("ParameterValue", "")) for one in stack.get("Parameters", []))
    overrides = {**(known.overrides or {}), management.account: given}
    return replace(known, instances=(*known.instances, *instances), overrides=overrides)
