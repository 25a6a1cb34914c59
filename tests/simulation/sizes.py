"""How large DynamoDB takes an item to be."""

from __future__ import annotations

from typing import Any

from tests.simulation.values import Item, Value, content_of

ITEM_LIMIT = 400_000
TYPES = {"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}


class Rejected(Exception):
    """An error answer, before it is known of which operation. more: further members of the response."""

    def __init__(self, code: str, message: str = "", **more: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.more = code, message or code, more


def size_of_item(item: Item) -> int:
    """Bytes, as DynamoDB counts them. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Value) -> int:
    kind, content = content_of(value)
    if kind not in TYPES:
        raise Rejected("ValidationException", f"Supplied AttributeValue has an unknown type: {kind}")
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content) // 2 + 2
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(inner) for name, inner in content.items())
        case "L":
            return 3 + sum(1 + _size(inner) for inner in content)
        case "SS" | "NS" | "BS":
            return sum(len(element) for element in content)
    return len(content) if kind == "B" else 1


def size_within_limit(item: Item) -> int:
    """The size; raises where DynamoDB takes no such item."""
    size = size_of_item(item)
    if size > ITEM_LIMIT:
        raise Rejected("ValidationException", "Item size has exceeded the maximum allowed size")
    return size
