"""What `deploy` and `destroy` call in the management account, as statements of an IAM policy for it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rollout.aws import bucket
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.permissions import STACK, TAGS, Statement, allow


def statements(desired: DesiredState, partition: str) -> Iterator[Statement]:
    """The statements for one environment; none where the file has no management account."""
    management, hub = desired.management, desired.hub
    if management is None:
        return
    yield allow("Look", ["logs:DescribeLogGroups", "sts:GetCallerIdentity"], ["*"])
    names = sorted({*(one.name for one in management.stacks), *desired.retired_sets})
    stacks = [
        f"arn:{partition}:cloudformation:{region}:{management.account}:stack/{name}/*"
        for region in management.regions
        for name in names
    ]
    yield allow("Stacks", [*(f"cloudformation:{one}" for one in STACK), *TAGS], stacks)
    # CloudFormation reads a template in the caller's name, out of the bucket of the hub.
    yield allow("Templates", ["s3:GetObject"], [f"arn:{partition}:s3:::{bucket.name(hub.account, hub.region)}/*"])
