"""What the stacks of the hub's account give, by one name each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.aws.regions import in_logical_ids
from generator.rollout.deploy.desired import DesiredStack, DesiredState

Seen = tuple[DesiredStack, Mapping[str, Any] | None]


def rows(desired: DesiredState, found: Iterable[Seen]) -> Iterator[tuple[str, str, str]]:
    """Name, value and description of each output. An output of a stack in another Region has that in its name.

    found: the stacks, as AWS describes them; None where one is not there.
    """
    for stack, seen in found:
        suffix = "" if stack.region == desired.hub.region else in_logical_ids(stack.region)
        for one in (seen or {}).get("Outputs", []):
            yield f"{one['OutputKey']}{suffix}", one["OutputValue"], one.get("Description", "")


def values(desired: DesiredState, found: Iterable[Seen]) -> dict[str, str]:
    """Name to value."""
    return {name: value for name, value, _ in rows(desired, found)}
