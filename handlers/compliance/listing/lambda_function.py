"""Lambda functions. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 50


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Functions without their versions: tags belong to the function."""
    start = {"Marker": token} if token else {}
    response = scope.client_of("lambda").list_functions(MaxItems=MAX_ITEMS, **start)
    items = [Item(function["FunctionName"], function["FunctionArn"]) for function in response["Functions"]]
    return items, response.get("NextMarker") or ""
