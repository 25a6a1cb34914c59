"""DynamoDB tables. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 100


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Tables, and the replicas of global tables that are in this Region."""
    start = {"ExclusiveStartTableName": token} if token else {}
    response = scope.client_of("dynamodb").list_tables(Limit=MAX_ITEMS, **start)
    items = [Item(name, scope.arn("dynamodb", f"table/{name}")) for name in response["TableNames"]]
    return items, response.get("LastEvaluatedTableName") or ""
