"""Sinks in the hub's account that belong to no stack of obsgen: a Region has one sink, which cannot be replaced.

https://docs.aws.amazon.com/OAM/latest/APIReference/API_CreateSink.html
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.rollout.aws.clients import Aws
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.preflight_report import PreflightProblem

HINT = "delete it (an account has one sink per Region), or let another environment own it (access.owned_by)"


def conflicts(desired: DesiredState, hub: Aws, owned: frozenset[str]) -> Iterator[PreflightProblem]:
    """Sinks of others where a stack creates one. owned: physical IDs of the hub account's stacks."""
    for region in sorted({stack.region for stack in desired.stacks if "Type: AWS::Oam::Sink" in stack.body}):
        for sink in hub.client("oam", region).list_sinks().get("Items", []):
            if not owned & {sink["Arn"], sink["Id"], sink["Name"]}:
                yield PreflightProblem(
                    f"account {desired.hub.account} already has a sink in {region}: {sink['Name']}", HINT
                )
