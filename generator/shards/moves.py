"""Moving a thing to another stack: what would move, what is in the way, and the map afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.findings import parse_path
from generator.shards.assignments import FIRST, ShardAssignments
from generator.shards.pieces import MOVABLE
from generator.shards.steps import LOG_GROUP, named_by_others

Template = Mapping[str, Any]


class CannotMove(Exception):
    """Why a thing stays where it is. hint: what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Moving:
    """side: `hub` or `member`. stacks: logical id of each resource that moves to the stack that it is in."""

    side: str
    stacks: Mapping[str, int]


def moving(key: str, sides: Mapping[str, Mapping[int, Template]]) -> Moving:
    """The resources that move with a key of the file, such as `alarms.errors`, or a logical ID. Raises CannotMove.

    sides: by side and number, the templates as they were built last.
    """
    for side, stacks in sides.items():
        moving_ids = {
            logical_id: number
            for number, template in stacks.items()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] in MOVABLE and _is_of(key, logical_id, resource)
        }
        if moving_ids:
            _refuse(key, moving_ids, stacks)
            return Moving(side, moving_ids)
    raise CannotMove(f"no stack has a movable resource of `{key}`", "use a key such as alarms.errors, or a logical ID")


def moved(places: ShardAssignments, moving: Moving, to: int | None) -> ShardAssignments:
    """The map after it. to: the number of the stack; None where the next build is to find one."""
    stacks = {logical_id: number for logical_id, number in places.stacks.items() if logical_id not in moving.stacks}
    if to is not None:
        stacks |= dict.fromkeys(moving.stacks, to)
    left = set(places.stacks.values()) - set(stacks.values()) - {FIRST}
    return replace(places, stacks=stacks, retired=(places.retired | left) - set(stacks.values()))


def _is_of(key: str, logical_id: str, resource: Mapping[str, Any]) -> bool:
    path = parse_path(resource.get("Metadata", {}).get("obsgen", {}).get("path", ""))
    return key == logical_id or key == ".".join(str(step) for step in path[:2])


def _refuse(key: str, moving_ids: Mapping[str, int], stacks: Mapping[int, Template]) -> None:
    types = {logical_id: stacks[number]["Resources"][logical_id]["Type"] for logical_id, number in moving_ids.items()}
    groups = sorted(logical_id for logical_id, kind in types.items() if kind == LOG_GROUP)
    if groups:
        raise CannotMove(
            f"{key} has the log group {groups[0]}, which would be deleted with all its lines",
            "keep it in its stack, and change what requires the move",
        )
    for logical_id, number in sorted(moving_ids.items()):
        namers = named_by_others(logical_id, number, stacks) - moving_ids.keys()
        if namers:
            raise CannotMove(
                f"{sorted(namers)[0]} in another stack names {logical_id}, and CloudWatch deletes no alarm that a"
                f" composite names",
                "remove it from the composite and deploy; then move it, deploy, and add it again",
            )
