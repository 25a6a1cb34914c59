"""What there is in this account and Region: instances here, other types by their own listing. See outputs.Resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from botocore.exceptions import ClientError

from handlers.compliance.ec2 import instances
from handlers.compliance.outputs import ResourcePage, TokenExpired, Unsupported
from handlers.compliance.resource import EC2_INSTANCE, Resource

# 1,000 instances are 90 MB once they are parsed, which does not fit into 128 MB.
PAGE = 200
# The most values of a filter: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
MOST_IDS = 200
# Everything but what is terminated, or about to be.
STATES = ["pending", "running", "stopping", "stopped"]
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
EXPIRED = {"InvalidNextToken", "InvalidPaginationToken", "PaginationTokenExpiredException"}


@dataclass(frozen=True, slots=True)
class AwsResources:
    """See outputs.Resources. client_of: the botocore client of a service."""

    client_of: Callable[[str], Any]
    account: str
    region: str

    def page(self, type_: str, token: str) -> ResourcePage:
        """See outputs.Resources."""
        try:
            return self._instances(token) if type_ == EC2_INSTANCE else self._tagged_resources(type_, token)
        except ClientError as error:
            if token and error.response["Error"]["Code"] in EXPIRED:
                raise TokenExpired(f"the token of {type_} is no longer accepted") from error
            raise

    def find(self, type_: str, ids: Sequence[str]) -> list[Resource]:
        """See outputs.Resources.

        By a filter: asked by InstanceIds, DescribeInstances fails as a whole where one of them does not exist.
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
        """
        if type_ != EC2_INSTANCE:
            raise Unsupported(f"{type_} cannot be read by ID")
        return [resource for start in range(0, len(ids), MOST_IDS) for resource in self._by_id(ids[start:][:MOST_IDS])]

    def _by_id(self, ids: Sequence[str]) -> Iterator[Resource]:
        params: dict[str, Any] = {"Filters": [{"Name": "instance-id", "Values": list(ids)}]}
        while True:
            answer = self.client_of("ec2").describe_instances(**params)
            yield from instances(answer, self.account, self.region)
            if not answer.get("NextToken"):
                return
            params["NextToken"] = answer["NextToken"]

    def _instances(self, token: str) -> ResourcePage:
        more = {"NextToken": token} if token else {}
        answer = self.client_of("ec2").describe_instances(
            MaxResults=PAGE, Filters=[{"Name": "instance-state-name", "Values": STATES}], **more
        )
        return ResourcePage(list(instances(answer, self.account, self.region)), answer.get("NextToken", ""))

    def _tagged_resources(self, type_: str, token: str) -> ResourcePage:
        """Loaded when first needed: most checkers look at instances alone."""
        listing = import_module("handlers.compliance.listing.listing")
        page = listing.pages(type_, self.client_of, self.account, self.region, token)
        return ResourcePage(page.resources, page.next)
