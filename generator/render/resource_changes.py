"""Changes between two templates: resources, and IAM statements on their own, because those are reviewed twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Template = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ResourceDiff:
    """A resource that comes, goes, or changes in the named properties."""

    kind: Literal["added", "removed", "changed"]
    template: str
    logical_id: str
    type: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementChange:
    """A policy statement that comes or goes, in one line."""

    kind: Literal["added", "removed"]
    template: str
    logical_id: str
    statement: str


def resource_changes(before: Mapping[str, Template], after: Mapping[str, Template]) -> Iterator[ResourceDiff]:
    """By template and logical id; parameters first, because their defaults are what most accounts get."""
    for file in sorted({*before, *after}):
        for section in ("Parameters", "Resources"):
            old, new = before.get(file, {}).get(section, {}), after.get(file, {}).get(section, {})
            for logical_id in sorted({*old, *new}):
                yield from _change(file, section, logical_id, old.get(logical_id), new.get(logical_id))


def _change(
    file: str, section: str, logical_id: str, was: Template | None, now: Template | None
) -> Iterator[ResourceDiff]:
    resource = now or was or {}
    kind = "parameter" if section == "Parameters" else resource["Type"]
    if was is None:
        yield ResourceDiff("added", file, logical_id, kind)
    elif now is None:
        yield ResourceDiff("removed", file, logical_id, kind)
    elif was != now:
        yield ResourceDiff("changed", file, logical_id, kind, tuple(_differing(was, now)))


def _differing(was: Template, now: Template) -> Iterator[str]:
    old, new = was.get("Properties", {}), now.get("Properties", {})
    yield from (name for name in sorted({*old, *new}) if old.get(name) != new.get(name))
    yield from (name for name in sorted({*was, *now} - {"Properties"}) if was.get(name) != now.get(name))


def statement_changes(before: Mapping[str, Template], after: Mapping[str, Template]) -> Iterator[StatementChange]:
    """Statements of roles and of resource policies, as sets: an order is no change."""
    for file in sorted({*before, *after}):
        old, new = set(_statements(before.get(file, {}))), set(_statements(after.get(file, {})))
        for logical_id, statement in sorted(new - old):
            yield StatementChange("added", file, logical_id, statement)
        for logical_id, statement in sorted(old - new):
            yield StatementChange("removed", file, logical_id, statement)


def _statements(template: Template) -> Iterator[tuple[str, str]]:
    for logical_id, resource in template.get("Resources", {}).items():
        for statement in _found(resource.get("Properties", {})):
            yield logical_id, _in_words(statement)


def _found(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mapping that has an Effect, wherever a resource keeps its policies."""
    if isinstance(value, str) and value.lstrip().startswith("{") and '"Effect"' in value:
        value = json.loads(value)
    if isinstance(value, Mapping):
        if "Effect" in value and "Action" in value:
            yield value
            return
        for inner in value.values():
            yield from _found(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner)


def _in_words(statement: Mapping[str, Any]) -> str:
    who = f" {_short(statement['Principal'])}" if "Principal" in statement else ""
    what = f" on {_short(statement['Resource'])}" if "Resource" in statement else ""
    besides = f" on everything but {_short(statement['NotResource'])}" if "NotResource" in statement else ""
    when = f" if {_short(statement['Condition'])}" if "Condition" in statement else ""
    return f"{statement['Effect']}{who} {_short(statement['Action'])}{what}{besides}{when}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(item) for item in value)
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name in ("Ref", "Fn::Sub", "AWS", "Service"):
                return _short(inner)
            if name == "Fn::GetAtt":
                return ".".join(inner) if isinstance(inner, list) else str(inner)
        return ", ".join(f"{name} {_short(inner)}" for name, inner in value.items())
    return str(value)
