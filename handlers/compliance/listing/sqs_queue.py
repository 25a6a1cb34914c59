"""SQS queues. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 200


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Queues; the name is the end of the URL."""
    start = {"NextToken": token} if token else {}
    response = scope.client_of("sqs").list_queues(MaxResults=MAX_ITEMS, **start)
    names = [url.rpartition("/")[2] for url in response.get("QueueUrls", [])]
    return [Item(name, scope.arn("sqs", name)) for name in names], response.get("NextToken") or ""
