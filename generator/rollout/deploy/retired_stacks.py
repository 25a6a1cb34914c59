"""Stacks of the hub's account that have nothing any more: which are there, and taking them away.

One in another Region may be where nobody gets any more: the Region was left, and perhaps closed to the account. That
is said, and stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.rollout.aws.closed_regions import NOT_ENABLED
from generator.rollout.aws.errors import DENIED
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack import Stack
from generator.rollout.deploy.desired import StackAddress
from generator.rollout.deploy.removal_order import in_order


@dataclass(slots=True)
class RetiredStacks:
    """Those that out/ lists."""

    session: AwsSession

    def find(self) -> tuple[tuple[StackAddress, ...], dict[StackAddress, str]]:
        """Those that are there, in the order in which they go, and in words those that could not be looked at."""
        from botocore.exceptions import ClientError

        there, skipped = list[StackAddress](), dict[StackAddress, str]()
        for one in self.session.desired.retired_stacks[::-1]:
            try:
                there += [one] if self.at_aws(one).describe() else []
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if one.region == self.session.desired.hub.region or code not in (*DENIED, *NOT_ENABLED):
                    raise
                skipped[one] = f"the retired stack {self.session.desired.label(one)} ({code} of {error.operation_name})"
        first, environment = self.session.desired.hub.name, self.session.desired.environment
        return tuple(in_order(there, lambda one: (one.name, str(self.at_aws(one).body())), first, environment)), skipped

    def delete(self, chosen: Iterable[StackAddress]) -> None:
        """Take some of them away, in this order, protected or not. Raises StackFailed."""
        for one in chosen:
            stack = self.at_aws(one)
            self.session.progress.line(f"{self.session.desired.label(one)}: deleting it, for it has nothing any more")
            found = stack.describe()
            if found and found.get("EnableTerminationProtection"):
                stack.protect(protected=False)
            stack.delete()

    def at_aws(self, one: StackAddress) -> Stack:
        """The stack at AWS."""
        return self.session.stack(one)
