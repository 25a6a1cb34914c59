"""Tags by ARN from the Resource Groups Tagging API.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# The most ARNs in one call.
BATCH = 100


def tags_of(arns: Sequence[str], client: Any) -> dict[str, dict[str, str]]:
    """Tags by ARN, of those that have or had some; resources that were never tagged, or do not exist, are left out."""
    tags_by_arn: dict[str, dict[str, str]] = {}
    for start in range(0, len(arns), BATCH):
        tags_by_arn |= _read(arns[start : start + BATCH], client)
    return tags_by_arn


def _read(arns: Sequence[str], client: Any) -> dict[str, dict[str, str]]:
    response = client.get_resources(ResourceARNList=list(arns))
    if response.get("PaginationToken") and len(arns) > 1:
        # A list of ARNs excludes asking for a further page. Whoever is not in a cut response would pass for untagged.
        middle = len(arns) // 2
        return _read(arns[:middle], client) | _read(arns[middle:], client)
    return {
        mapping["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in mapping.get("Tags", [])}
        for mapping in response["ResourceTagMappingList"]
    }
