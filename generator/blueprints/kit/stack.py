"""From resources to a template: ordered sections, tags on every resource that supports them, unique logical IDs.

Blueprints yield resources, parameters, conditions and outputs in reading order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from troposphere import AWSHelperFn, AWSObject, BaseAWSObject, Output, Parameter, Tags, encode_to_dict

from generator.blueprints.kit.name_tags import NAME, name_tag
from generator.findings import Path, dotted

FORMAT = "2010-09-09"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_RESOURCE_ORDER = ("Type", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Properties")


@dataclass(frozen=True, slots=True)
class TemplateCondition:
    """A named condition of a template."""

    name: str
    test: object


@dataclass(frozen=True, slots=True)
class TemplateMapping:
    """A named mapping of a template: two keys to a value."""

    name: str
    values: dict[str, dict[str, str]]


Part: TypeAlias = AWSObject | Parameter | Output | TemplateCondition | TemplateMapping
# What holds data is deleted with its stack, on purpose and in writing: nothing is retained anywhere.
DELETED: dict[str, str] = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}


def origin(path: Path) -> dict[str, Any]:
    """Metadata that leads from a resource back to the YAML. A path, never a line: lines move with every edit."""
    return {"obsgen": {"path": dotted(path)}}


@dataclass(slots=True)
class _Sections:
    parameters: dict[str, Any] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def add(self, section: dict[str, Any], name: str, value: Any) -> None:
        if name in section:
            raise AssertionError(f"two parts of a template have the logical ID {name}")
        section[name] = value


def template(parts: Iterable[Part], description: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """The template that the parts make, as plain data in reading order."""
    sections = _Sections()
    for part in parts:
        match part:
            case TemplateCondition():
                sections.add(sections.conditions, part.name, to_plain(part.test))
            case TemplateMapping():
                sections.add(sections.mappings, part.name, part.values)
            case Parameter():
                sections.add(sections.parameters, part.title, to_plain(part))
            case Output():
                sections.add(sections.outputs, part.title, to_plain(part))
            case _:
                _tag(part, tags)
                sections.add(sections.resources, part.title, _resource(part))
    sections.conditions = _used(sections)
    content: dict[str, Any] = {"AWSTemplateFormatVersion": FORMAT, "Description": description}
    for name in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        section = getattr(sections, name.lower())
        if section:
            content[name] = section
    return content


def _used(sections: _Sections) -> dict[str, Any]:
    """The conditions that resources and functions use, directly or through other conditions."""
    used = set(_named([sections.resources, sections.outputs]))
    open_ = list(used)
    while open_:
        more = set(_named(sections.conditions.get(open_.pop()))) - used
        used |= more
        open_ += more
    return {name: test for name, test in sections.conditions.items() if name in used}


def _named(value: Any) -> Iterator[str]:
    """The conditions that a part of a template names; those of a policy's statements are mappings."""
    if isinstance(value, list):
        for element in value:
            yield from _named(element)
    elif isinstance(value, dict):
        for key, element in value.items():
            if key == "Condition" and isinstance(element, str):
                yield element
            elif key == "Fn::If":
                yield element[0]
            yield from _named(element)


def _tag(part: AWSObject, tags: Mapping[str, str]) -> None:
    if "Tags" not in part.props:
        return
    own = part.properties.get("Tags")
    every: dict[str, Any] = {**tags, **({tag["Key"]: tag["Value"] for tag in own.tags} if own else {})}
    # IAM treats keys that differ only in case as the same, and rejects the second.
    if not any(key.lower() == NAME.lower() for key in every):
        every[NAME] = name_tag(part, tags["environment"])
    wants_mapping = part.props["Tags"][0] is dict
    part.Tags = every if wants_mapping else Tags(**dict(sorted(every.items())))


def _resource(part: AWSObject) -> dict[str, Any]:
    content: dict[str, Any] = to_plain(part)
    content["Properties"] = dict(sorted(content.get("Properties", {}).items()))
    return {key: content[key] for key in _RESOURCE_ORDER if key in content}


_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_plain(value: Any) -> Any:
    """Troposphere and awacs objects to dictionaries, validated: what `to_dict` makes, without going through it twice.

    Troposphere walks through what an object made of itself once more for each object around it.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {name: inner if type(inner) in _PLAIN else to_plain(inner) for name, inner in value.items()}
    if kind is list or kind is tuple:
        return [inner if type(inner) in _PLAIN else to_plain(inner) for inner in value]
    if isinstance(value, AWSHelperFn) and kind.to_dict is AWSHelperFn.to_dict:
        return to_plain(value.data)
    if kind is Tags:
        return [_tag_of(tag["Key"], tag["Value"]) if type(tag["Value"]) is str else to_plain(tag) for tag in value.tags]
    if isinstance(value, BaseAWSObject) and kind.to_dict is BaseAWSObject.to_dict and value.properties:
        if value.do_validation:
            _validate(value)
        return to_plain(value.resource)
    return encode_to_dict(value)


@lru_cache(maxsize=256)
def _tag_of(key: str, value: str) -> dict[str, str]:
    """A tag, shared by all resources that have it: in a large template tags are a fifth of all objects."""
    return {"Key": key, "Value": value}


def _validate(value: BaseAWSObject) -> None:
    """Validates an object as `to_dict` does. Raises ValueError if a property is missing."""
    properties = value.properties
    if any(required and name not in properties for name, (_, required) in value.props.items()):
        value.to_dict()
    value.validate()
