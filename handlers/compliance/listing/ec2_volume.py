"""EBS volumes, which come with their tags.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html
"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope, tag_map

MAX_ITEMS = 200


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Volumes that are not being deleted."""
    start = {"NextToken": token} if token else {}
    response = scope.client_of("ec2").describe_volumes(MaxResults=MAX_ITEMS, **start)
    items = [
        Item(
            volume["VolumeId"],
            scope.arn("ec2", f"volume/{volume['VolumeId']}"),
            volume.get("State", ""),
            tag_map(volume.get("Tags", [])),
        )
        for volume in response["Volumes"]
        if volume.get("State") not in ("deleting", "deleted")
    ]
    return items, response.get("NextToken") or ""
