"""Sinks that somebody else has in the hub's account: there is one in a Region, and it cannot be replaced.

https://docs.aws.amazon.com/OAM/latest/APIReference/API_CreateSink.html
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.rollout.aws.clients import Aws
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.preflight_report import PreflightProblem

HINT = "an account has one sink in a Region: delete it, or let another environment own it (access.owned_by)"


def conflicts(desired: DesiredState, hub: Aws, owned: frozenset[str]) -> Iterator[PreflightProblem]:
    """Those in Regions where a stack is to have one. owned: physical ids of what the hub's account's stacks have."""
    for region in sorted({one.region for one in desired.stacks if "Type: AWS::Oam::Sink" in one.body}):
        for sink in hub.client("oam", region).list_sinks().get("Items", []):
            if not owned & {sink["Arn"], sink["Id"], sink["Name"]}:
                yield PreflightProblem(
                    f"account {desired.hub.account} has a sink already in {region}: {sink['Name']}", HINT
                )
