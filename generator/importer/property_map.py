"""Attributes of another tool's resource to the properties of CloudFormation's, by maps that are files of data.

A map (maps/<source>/<name>.yaml) has the CloudFormation type, the page that the names are from with the day on which
it was read, the attribute that people call the resource by, and for each attribute the property, dotted within
another. An attribute is left out where it has its `unset` value, or where the one that `unless` names is set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).with_name("maps")
_ALL_OTHERS = "all-others"
_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class MappedAttribute:
    """What becomes of an attribute.

    form: how its value is rewritten (a key of _FORMS, `block`, `list` or `set` of blocks), empty for as it is.
    of: the attributes of its blocks.
    """

    to: str = ""
    form: str = ""
    unset: tuple[Any, ...] = ()
    unless: str = ""
    of: Mapping[str, MappedAttribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceMap:
    """A map. name: the attribute with what people call the resource."""

    type: str
    name: str
    attributes: Mapping[str, MappedAttribute]
    ignored: frozenset[str]


@dataclass(frozen=True, slots=True)
class MappedResource:
    """Properties, and the attributes that have a value but no property."""

    properties: dict[str, Any]
    unread: tuple[str, ...]


@cache
def resource_maps(source: str) -> Mapping[str, ResourceMap]:
    """The maps of a source, by the name of their resource there."""
    return {path.stem: _map(path) for path in sorted((_FOLDER / source).glob("*.yaml"))}


@cache
def unread_types(source: str) -> Mapping[str, str]:
    """Types of resources that watch something and have no map, with the reason."""
    reasons: Mapping[str, str] = yaml.load(
        (_FOLDER / f"{source}_not_read.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return reasons


def mapped(values: Mapping[str, Any], resource_map: ResourceMap) -> MappedResource:
    """A resource's properties. A mapping in place of a text or a list, such as a Ref, stays as it is."""
    properties: dict[str, Any] = {}
    _fill(properties, values, resource_map.attributes)
    known = {*resource_map.attributes, *resource_map.ignored}
    unread = () if _ALL_OTHERS in known else tuple(sorted(key for key in values if key not in known))
    # Zero and false are what Terraform has for what is not set.
    return MappedResource(properties, tuple(key for key in unread if values[key]))


def _map(path: Path) -> ResourceMap:
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return ResourceMap(data["type"], data["name"], _attributes(data["attributes"]), frozenset(data["ignored"]))


def _attributes(data: Mapping[str, Any]) -> dict[str, MappedAttribute]:
    attributes = {}
    for name, value in data.items():
        if isinstance(value, str):
            attributes[name] = MappedAttribute(value)
        else:
            unset = (value["unset"],) if "unset" in value else ()
            nested = _attributes(value.get("of", {}))
            attributes[name] = MappedAttribute(
                value.get("to", ""), value.get("form", ""), unset, value.get("unless", ""), nested
            )
    return attributes


def _fill(properties: dict[str, Any], values: Mapping[str, Any], attributes: Mapping[str, MappedAttribute]) -> None:
    for name, attribute in attributes.items():
        value = values.get(name)
        if attribute.form == "text" and value == "":
            _place(properties, attribute.to, value)
        if _is_empty(value) or _is_unset(value, attribute) or not _is_empty(values.get(attribute.unless)):
            continue
        if attribute.form == "block":
            block = value[0] if isinstance(value, list) and value else value
            _fill(properties, block if isinstance(block, Mapping) else {}, attribute.of)
        elif attribute.of:
            _place(properties, attribute.to, _blocks(value, attribute))
        else:
            rewrite = _FORMS.get(attribute.form)
            _place(properties, attribute.to, rewrite(value) if rewrite else value)


def _blocks(value: Any, attribute: MappedAttribute) -> list[dict[str, Any]]:
    blocks = []
    for block in value if isinstance(value, list) else [value]:
        properties: dict[str, Any] = {}
        _fill(properties, block if isinstance(block, Mapping) else {}, attribute.of)
        blocks.append(properties)
    return sorted(blocks, key=_text) if attribute.form == "set" else blocks


def _place(properties: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        properties = properties.setdefault(parent, {})
    properties[last] = value


def _is_empty(value: Any) -> bool:
    return any(value == empty and type(value) is type(empty) for empty in _EMPTY)


def _is_unset(value: Any, attribute: MappedAttribute) -> bool:
    return any(value == unset and isinstance(value, bool) == isinstance(unset, bool) for unset in attribute.unset)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _pairs(value: Any, key: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    return [{key: name, "Value": part} for name, part in sorted(value.items())]


def _number(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return int(number) if number.is_integer() else number


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "json": _text,
    "keys-and-values": lambda value: _pairs(value, "Key"),
    "names-and-values": lambda value: _pairs(value, "Name"),
    "number": _number,
    "set": lambda value: sorted(value, key=_text) if isinstance(value, list) else value,
}
