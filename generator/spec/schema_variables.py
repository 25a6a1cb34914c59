"""Variables in the JSON Schema: every value that is no free text may be `{var.name}`, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.spec.variables import MARK, WITHOUT

_NAME = "Variable"
_REF = {"$ref": f"#/$defs/{_NAME}"}
_TEXT_OF_ONE_FORM = ("pattern", "enum", "format")
_NO_TEXT = ("integer", "number", "boolean", "array")
# Keywords of the schema around a choice, which editors show beside the key for any value.
_ABOUT = ("title", "description", "default", "deprecated")


def with_variables(document_schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a document, with variables in the sections that take them and in whatever these refer to."""
    taking = {name: schema for name, schema in document_schema["properties"].items() if name not in WITHOUT}
    reached = _reached(taking, document_schema["$defs"])
    definitions = {
        name: _inside(schema) if name in reached else schema for name, schema in document_schema["$defs"].items()
    }
    definitions[_NAME] = {
        "type": "string",
        "pattern": MARK.replace("{", r"\{").replace(".", r"\.") + r"[^{}\s]+\}",
        "description": "a variable of `vars`, such as {var.busy}, alone or within a text",
    }
    properties = {
        name: _value(schema) if name in taking else schema for name, schema in document_schema["properties"].items()
    }
    return {**document_schema, "$defs": definitions, "properties": properties}


def _reached(part: object, definitions: Mapping[str, Any]) -> set[str]:
    """The definitions that a part of the schema refers to, and those that they refer to."""
    reached: set[str] = set()
    new = set(_references(part))
    while new:
        reached |= new
        new = {name for definition in new for name in _references(definitions[definition])} - reached
    return reached


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].rpartition("/")[2]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _inside(part: dict[str, Any]) -> dict[str, Any]:
    """A schema whose own values may be variables: those of a mapping's keys, and of a list's items."""
    result = dict(part)
    for word in ("properties", "patternProperties"):
        if word in result:
            result[word] = {name: _value(schema) for name, schema in result[word].items()}
    for word in ("additionalProperties", "items"):
        if isinstance(result.get(word), dict):
            result[word] = _value(result[word])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in result:
            result[word] = [_inside(schema) for schema in result[word]]
    if "then" in result:
        result["then"] = _inside(result["then"])
    return result


def _value(part: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value, which may be a variable where it is no mapping and no free text."""
    schema = _inside(part)
    if "anyOf" in schema:
        takes = any(_is_bound(alternative) for alternative in schema["anyOf"])
        return {**schema, "anyOf": [*schema["anyOf"], _REF]} if takes else schema
    if not _is_bound(schema):
        return schema
    annotations = {word: schema.pop(word) for word in _ABOUT if word in schema}
    return {"anyOf": [schema, _REF], **annotations}


def _is_bound(part: Mapping[str, Any]) -> bool:
    """True if this schema does not accept a variable. A constant is left alone: it distinguishes kinds of entries."""
    if "const" in part:
        return False
    return part.get("type") in _NO_TEXT or any(word in part for word in _TEXT_OF_ONE_FORM)
