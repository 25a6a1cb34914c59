"""Outputs of the stacks of the hub's account, by unique names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.aws.regions import in_logical_ids
from generator.rollout.deploy.desired import DesiredStack, DesiredState

Seen = tuple[DesiredStack, Mapping[str, Any] | None]


def rows(desired: DesiredState, described: Iterable[Seen]) -> Iterator[tuple[str, str, str]]:
    """Name, value and description of each output. An output of a stack in another Region has that in its name.

    found: the stacks, as AWS describes them; None where one is not there.
    """
    for stack, description in described:
        suffix = "" if stack.region == desired.hub.region else in_logical_ids(stack.region)
        for output in (description or {}).get("Outputs", []):
            yield f"{output['OutputKey']}{suffix}", output["OutputValue"], output.get("Description", "")


def values(desired: DesiredState, described: Iterable[Seen]) -> dict[str, str]:
    """Name to value of each output."""
    return {name: value for name, value, _ in rows(desired, described)}
