"""The JSON Schema where a variable may stand: beside whatever is no free text, `{var.name}` is taken, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.spec.variables import MARK, WITHOUT

_NAME = "Variable"
_REF = {"$ref": f"#/$defs/{_NAME}"}
_TEXT_OF_ONE_FORM = ("pattern", "enum", "format")
_NO_TEXT = ("integer", "number", "boolean", "array")
# Of the schema around a choice: what editors show beside the key, whatever stands there.
_ABOUT = ("title", "description", "default", "deprecated")


def with_variables(made: dict[str, Any]) -> dict[str, Any]:
    """The schema of a document, with variables in the sections that take them and in whatever these refer to."""
    taking = {name: schema for name, schema in made["properties"].items() if name not in WITHOUT}
    reached = _reached(taking, made["$defs"])
    definitions = {name: _inside(schema) if name in reached else schema for name, schema in made["$defs"].items()}
    definitions[_NAME] = {
        "type": "string",
        "pattern": MARK.replace("{", r"\{").replace(".", r"\.") + r"[^{}\s]+\}",
        "description": "a variable of `vars`, such as {var.busy}, alone or within a text",
    }
    properties = {name: _value(schema) if name in taking else schema for name, schema in made["properties"].items()}
    return {**made, "$defs": definitions, "properties": properties}


def _reached(part: object, definitions: Mapping[str, Any]) -> set[str]:
    """The definitions that a part of the schema refers to, and those that they refer to."""
    found: set[str] = set()
    new = set(_references(part))
    while new:
        found |= new
        new = {name for definition in new for name in _references(definitions[definition])} - found
    return found


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].rpartition("/")[2]
        for one in part.values():
            yield from _references(one)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)


def _inside(part: dict[str, Any]) -> dict[str, Any]:
    """A schema whose own values may be variables: those of a mapping's keys, and of a list's items."""
    made = dict(part)
    for word in ("properties", "patternProperties"):
        if word in made:
            made[word] = {name: _value(schema) for name, schema in made[word].items()}
    for word in ("additionalProperties", "items"):
        if isinstance(made.get(word), dict):
            made[word] = _value(made[word])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in made:
            made[word] = [_inside(schema) for schema in made[word]]
    if "then" in made:
        made["then"] = _inside(made["then"])
    return made


def _value(part: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value, which may be a variable where it is no mapping and no free text."""
    made = _inside(part)
    if "anyOf" in made:
        takes = any(_is_bound(alternative) for alternative in made["anyOf"])
        return {**made, "anyOf": [*made["anyOf"], _REF]} if takes else made
    if not _is_bound(made):
        return made
    about = {word: made.pop(word) for word in _ABOUT if word in made}
    return {"anyOf": [made, _REF], **about}


def _is_bound(part: Mapping[str, Any]) -> bool:
    """Whether a variable is none of what this takes. A constant is left alone: it tells kinds of entries apart."""
    if "const" in part:
        return False
    return part.get("type") in _NO_TEXT or any(word in part for word in _TEXT_OF_ONE_FORM)
