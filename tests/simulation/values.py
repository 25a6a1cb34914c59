"""DynamoDB's attribute values, as the API has them: `{"S": "text"}`, `{"N": "1"}`, `{"M": {...}}`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]
Path = tuple[str | int, ...]


class Invalid(Exception):
    """DynamoDB would answer with a ValidationException."""


def content_of(value: Value) -> tuple[str, Any]:
    ((kind, content),) = value.items()
    return kind, content


def comparable(kind: str, content: Any) -> Any:
    if kind == "N":
        return Decimal(content)
    return content.encode() if kind == "S" else content


def equal(a: Value | None, b: Value | None) -> bool:
    if a is None or b is None:
        return False
    (kind, x), (other, y) = content_of(a), content_of(b)
    if kind != other:
        return False
    if kind == "N":
        return Decimal(x) == Decimal(y)
    return set(x) == set(y) if kind in ("SS", "NS", "BS") else bool(x == y)


def value_at(item: Item, path: Path) -> Value | None:
    if len(path) == 1:
        return item.get(path[0])  # type: ignore[arg-type]
    here: Any = {"M": item}
    for part in path:
        content = here.get("L" if isinstance(part, int) else "M")
        if content is None or (isinstance(part, int) and part >= len(content)):
            return None
        here = content[part] if isinstance(part, int) else content.get(part)
        if here is None:
            return None
    return here  # type: ignore[no-any-return]


def _parent(item: Item, path: Path) -> Any:
    if len(path) == 1:
        return item
    parent = value_at(item, path[:-1])
    content = parent.get("L" if isinstance(path[-1], int) else "M") if parent else None
    if content is None:
        raise Invalid("The document path provided in the update expression is invalid for update")
    return content


def put_at(item: Item, path: Path, value: Value) -> None:
    parent, last = _parent(item, path), path[-1]
    if isinstance(last, int) and last >= len(parent):
        parent.append(value)
    else:
        parent[last] = value


def remove_at(item: Item, path: Path) -> None:
    parent, last = _parent(item, path), path[-1]
    if isinstance(last, str):
        parent.pop(last, None)
    elif last < len(parent):
        del parent[last]


def present(value: Value | None) -> Value:
    if value is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    return value


def _number(value: Decimal) -> Value:
    return {"N": format(value.normalize(), "f")}


def added_number(a: Value | None, b: Value | None, factor: int) -> Value:
    (kind, x), (other, y) = content_of(present(a)), content_of(present(b))
    if (kind, other) != ("N", "N"):
        raise Invalid("An operand in the update expression has an incorrect data type")
    return _number(Decimal(x) + factor * Decimal(y))


def appended(a: Value | None, b: Value | None) -> Value:
    (kind, x), (other, y) = content_of(present(a)), content_of(present(b))
    if (kind, other) != ("L", "L"):
        raise Invalid("An operand in the update expression has an incorrect data type")
    return {"L": [*x, *y]}


def added(old: Value | None, more: Value) -> Value:
    kind, content = content_of(more)
    if kind not in ("N", "SS", "NS", "BS"):
        raise Invalid("Incorrect operand type for operator or function; operator: ADD")
    if old is None:
        return more
    before, there = content_of(old)
    if before != kind:
        raise Invalid("An operand in the update expression has an incorrect data type")
    return _number(Decimal(there) + Decimal(content)) if kind == "N" else {kind: sorted({*there, *content})}


def without(old: Value | None, less: Value) -> Value | None:
    kind, content = content_of(less)
    if old is None:
        return None
    left = sorted(set(content_of(old)[1]) - set(content))
    return {kind: left} if left else None


def begins_with(value: Value | None, start: Value | None) -> bool:
    if value is None or start is None or "S" not in value or "S" not in start:
        return False
    return bool(value["S"].startswith(start["S"]))


def contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    kind, content = content_of(value)
    if kind == "S":
        return "S" in part and part["S"] in content
    if kind == "L":
        return any(equal(element, part) for element in content)
    return kind in ("SS", "NS", "BS") and content_of(part)[1] in content


def has_type(value: Value | None, kind: Value | None) -> bool:
    return value is not None and kind is not None and content_of(value)[0] == kind.get("S")


def size_of(value: Value | None) -> Value | None:
    if value is None:
        return None
    kind, content = content_of(value)
    if kind not in ("S", "B", "SS", "NS", "BS", "L", "M"):
        return None
    return {"N": str(len(content.encode() if kind == "S" else content))}


def copied(value: Value) -> Value:
    """A value that shares no map and no list with another."""
    if "M" in value:
        return {"M": {name: copied(inner) for name, inner in value["M"].items()}}
    if "L" in value:
        return {"L": [copied(inner) for inner in value["L"]]}
    return value
