"""SNS topics. https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 100


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Topics, a hundred in one call, which cannot be chosen."""
    start = {"NextToken": token} if token else {}
    response = scope.client_of("sns").list_topics(**start)
    arns = [topic["TopicArn"] for topic in response["Topics"]]
    return [Item(arn.rpartition(":")[2], arn) for arn in arns], response.get("NextToken") or ""
