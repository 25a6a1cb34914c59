"""General-purpose buckets of this Region alone, so that no bucket is checked once for each Region.

The request has to be made to an endpoint in that Region, as our clients do.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 200


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Buckets of the Region."""
    start = {"ContinuationToken": token} if token else {}
    client = scope.client_of("s3")
    response = client.list_buckets(BucketRegion=scope.region, MaxBuckets=MAX_ITEMS, **start)
    names = [bucket["Name"] for bucket in response.get("Buckets", [])]
    items = [Item(name, f"arn:{client.meta.partition}:s3:::{name}") for name in names]
    return items, response.get("ContinuationToken") or ""
