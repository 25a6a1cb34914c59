"""Values against schemas: those keywords of JSON Schema that our OpenAPI document has; pure.

A test holds this to the reference implementation, and the document to these keywords.
https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from handlers.api.times import NotATime, milliseconds

KEYWORDS = frozenset(
    [
        "$ref",
        "type",
        "enum",
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "items",
        "minItems",
        "maxItems",
        "uniqueItems",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
    ]
)
# Without a meaning for a value.
ANNOTATIONS = frozenset(("title", "description", "default", "examples"))
# A text that is longer is not quoted in a message.
MOST_QUOTED = 60
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value. pointer: where in it, as a JSON pointer; empty for the value itself."""

    pointer: str
    detail: str


def faults(value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any], pointer: str = "") -> list[Fault]:
    """Everything that is wrong with a value. definitions: the document's `components/schemas`."""
    return list(_faults(value, schema, definitions, pointer))


def _faults(value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    if "$ref" in schema:
        yield from _faults(value, definitions[schema["$ref"].rpartition("/")[2]], definitions, pointer)
        return
    if "anyOf" in schema:
        # Of alternatives, the one that the value is nearest to; its own mistakes say more than "none fits".
        every = [faults(value, alternative, definitions, pointer) for alternative in schema["anyOf"]]
        yield from min(every, key=len)
        return
    type_ = schema.get("type")
    if type_ and not _TYPES[type_](value):
        yield Fault(pointer, f"{_quoted(value)} is not {_a(type_)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield Fault(pointer, f"{_quoted(value)} is not one of {', '.join(map(str, schema['enum']))}")
        return
    if isinstance(value, str):
        yield from _faults_of_text(value, schema, pointer)
    elif isinstance(value, dict):
        yield from _faults_of_object(value, schema, definitions, pointer)
    elif isinstance(value, list):
        yield from _faults_of_array(value, schema, definitions, pointer)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _faults_of_number(value, schema, pointer)


def _faults_of_text(value: str, schema: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    if len(value) > schema.get("maxLength", len(value)):
        yield Fault(pointer, f"longer than {schema['maxLength']} characters")
        return
    if len(value) < schema.get("minLength", 0):
        yield Fault(pointer, f"shorter than {schema['minLength']} characters")
        return
    if "pattern" in schema and not _pattern(schema["pattern"]).search(value):
        yield Fault(pointer, f"{_quoted(value)} does not match {schema['pattern']}")
        return
    problem = _FORMATS.get(schema.get("format", ""), _any_text)(value)
    if problem:
        yield Fault(pointer, f"{_quoted(value)} is not {problem}")


def _faults_of_number(value: float, schema: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    if value < schema.get("minimum", value):
        yield Fault(pointer, f"less than {schema['minimum']}")
    if value > schema.get("maximum", value):
        yield Fault(pointer, f"more than {schema['maximum']}")


def _faults_of_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], definitions: Mapping[str, Any], pointer: str
) -> Iterator[Fault]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault(f"{pointer}/{name}", "missing")
    for name, item in value.items():
        below = f"{pointer}/{_escaped(name)}"
        if name in properties:
            yield from _faults(item, properties[name], definitions, below)
        elif isinstance(additional := schema.get("additionalProperties", True), dict):
            yield from _faults(item, additional, definitions, below)
        elif not additional:
            yield Fault(below, f"unknown; expected one of: {', '.join(properties) or 'none'}")


def _faults_of_array(
    value: list[Any], schema: Mapping[str, Any], definitions: Mapping[str, Any], pointer: str
) -> Iterator[Fault]:
    if len(value) < schema.get("minItems", 0):
        yield Fault(pointer, f"fewer than {schema['minItems']} values")
    if len(value) > schema.get("maxItems", len(value)):
        yield Fault(pointer, f"more than {schema['maxItems']} values")
        return
    if schema.get("uniqueItems") and any(item in value[:at] for at, item in enumerate(value)):
        yield Fault(pointer, "duplicate value")
    for at, item in enumerate(value):
        yield from _faults(item, schema.get("items", {}), definitions, f"{pointer}/{at}")


def _any_text(_value: str) -> str:
    return ""


def _date_time(value: str) -> str:
    try:
        milliseconds(value)
    except NotATime:
        return "a time such as 2026-11-30T08:15:00Z"
    return ""


def _day(value: str) -> str:
    try:
        is_day = date.fromisoformat(value).isoformat() == value
    except ValueError:
        is_day = False
    return "" if is_day else "a day such as 2026-11-30"


_FORMATS: Mapping[str, Callable[[str], str]] = {"date-time": _date_time, "date": _day}


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    # In JSON Schema `$` is the end alone; in Python it is also before a last line feed.
    return re.compile(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern, re.ASCII)


def _escaped(name: str) -> str:
    """A part of a JSON pointer. https://www.rfc-editor.org/rfc/rfc6901"""
    return name[:MOST_QUOTED].replace("~", "~0").replace("/", "~1")


def _quoted(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text}`" if len(text) <= MOST_QUOTED else f"`{text[:MOST_QUOTED]}…`"


def _a(type_: str) -> str:
    return f"{'an' if type_[0] in 'aio' else 'a'} {type_}"
