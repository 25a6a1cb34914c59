"""ARNs of topics, event buses and keys, in their parts.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html and
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TargetArn:
    """The parts of an ARN. resource: everything after the account, such as `event-bus/orders`."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def name(self) -> str:
        """The name at its end: of a topic or a bus; the ID of a key."""
        return self.resource.rpartition("/")[2]


def parts(arn: str) -> TargetArn:
    """The parts of an ARN. Raises ValueError where there are too few of them."""
    _, partition, service, region, account, resource = arn.split(":", 5)
    return TargetArn(partition, service, region, account, resource)
