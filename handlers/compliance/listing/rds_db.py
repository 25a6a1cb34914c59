"""Database instances of RDS, Aurora, Neptune and DocumentDB, which come with their tags.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope, tag_map

MAX_ITEMS = 100


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Instances that are not being deleted."""
    start = {"Marker": token} if token else {}
    response = scope.client_of("rds").describe_db_instances(MaxRecords=MAX_ITEMS, **start)
    items = [
        Item(
            instance["DBInstanceIdentifier"],
            instance["DBInstanceArn"],
            instance.get("DBInstanceStatus", ""),
            tag_map(instance.get("TagList", [])),
        )
        for instance in response["DBInstances"]
        if instance.get("DBInstanceStatus") != "deleting"
    ]
    return items, response.get("Marker") or ""
