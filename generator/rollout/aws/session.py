"""One environment at AWS, for the operations on it: what is desired, whose credentials call, who reports progress.

Deployment, destruction, drift detection, status and their parts get their clients, stacks, stack sets and buckets here.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws.assets import Assets
from generator.rollout.aws.clients import Aws, sign_in
from generator.rollout.aws.errors import aws_errors
from generator.rollout.aws.stack import StackClient
from generator.rollout.aws.stack_set import StackSetClient
from generator.rollout.deploy.desired import DesiredStack, DesiredStackSet, DesiredState, StackAddress
from generator.rollout.progress import ProgressReporter


@dataclass(slots=True)
class AwsSession:
    """aws: credentials of the hub's account. aws_members: of the account that owns the stack sets, None for the hub's.

    aws_management: of the management account where it is a member and does not own the stack sets; None for the owner.
    """

    desired: DesiredState
    aws: Aws
    progress: ProgressReporter
    aws_members: Aws | None = None
    aws_management: Aws | None = None

    @property
    def stack_set_aws(self) -> Aws:
        """The credentials with which stack sets are called."""
        return self.aws_members or self.aws

    @property
    def management_aws(self) -> Aws:
        """The credentials with which stacks of the management account are called."""
        return self.aws_management or self.stack_set_aws

    def sign_in(self) -> str:
        """Verify that the credentials belong to the hub's account; the caller's ARN. Raises AwsError."""
        return sign_in(self.aws, self.desired)

    def errors(self, action: str, subject: str = "") -> AbstractContextManager[None]:
        """Turn botocore's exceptions into AwsError.

        action: such as `sqs:ReceiveMessage`, or `deploying` around several calls. subject: the hub's stack by default.
        """
        hub = self.desired.hub
        return aws_errors(action, subject or hub.name, hub.account, hub.region)

    def client(self, service: str, region: str = "") -> Any:
        """A client of the hub's account, in the hub's Region by default."""
        return self.aws.client(service, region or self.desired.hub.region)

    def stack(self, stack: DesiredStack | StackAddress) -> StackClient:
        """A stack of the hub's account."""
        return StackClient(self.aws, stack.name, stack.region, self.progress)

    def stack_set(self, members: DesiredStackSet | None = None) -> StackSetClient:
        """A stack set, the first one by default."""
        desired = self.desired if members is None else self.desired.of_set(members)
        return StackSetClient(self.stack_set_aws, desired, self.progress)

    def assets(self, region: str = "", bucket_name: str = "") -> Assets:
        """The assets bucket in a Region, the hub's by default; with a name, another bucket of the hub's account."""
        hub = self.desired.hub
        return Assets(self.aws, hub.account, region or hub.region, self.progress, bucket_name)
