"""Stacks of the hub's account that have no resources any more: finding and deleting them.

One in another Region may be where nobody gets any more: the Region was left, and perhaps closed to the account. That
is said, and stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.rollout.aws.closed_regions import NOT_ENABLED
from generator.rollout.aws.errors import DENIED, short_reason
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack import StackClient
from generator.rollout.deploy.desired import StackAddress
from generator.rollout.deploy.removal_order import in_order


@dataclass(slots=True)
class RetiredStacks:
    """The retired stacks that out/ and the records list."""

    session: AwsSession

    def find(self) -> tuple[tuple[StackAddress, ...], dict[StackAddress, str]]:
        """The existing ones in the order of deletion, and in words those that could not be read. Raises ClientError."""
        from botocore.exceptions import ClientError

        existing, skipped = list[StackAddress](), dict[StackAddress, str]()
        for address in self.session.desired.retired_stacks[::-1]:
            try:
                existing += [address] if self.at_aws(address).describe() else []
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if address.region == self.session.desired.hub.region or code not in (*DENIED, *NOT_ENABLED):
                    raise
                skipped[address] = f"the retired stack {self.session.desired.label(address)} ({short_reason(error)})"
        first, environment = self.session.desired.hub.name, self.session.desired.environment
        return tuple(
            in_order(existing, lambda address: (address.name, str(self.at_aws(address).body())), first, environment)
        ), skipped

    def delete(self, chosen: Iterable[StackAddress]) -> None:
        """Delete stacks in this order, protected or not. Raises StackFailed."""
        for address in chosen:
            stack = self.at_aws(address)
            self.session.progress.line(
                f"{self.session.desired.label(address)}: deleting it: it has no resources any more"
            )
            description = stack.describe()
            if description and description.get("EnableTerminationProtection"):
                stack.protect(protected=False)
            stack.delete()

    def at_aws(self, address: StackAddress) -> StackClient:
        """The stack at AWS."""
        return self.session.stack(address)
