"""`Fn::ForEach` written out, as the transform AWS::LanguageExtensions does before anything else is looked at.

A loop over a list, or over a parameter that is one, becomes what it stands for: its keys and values with the item in
place of `${Identifier}`, of `&{Identifier}` (only letters and digits of it) and of a Ref to it. In place of a
loop whose items are not known stands an Unknown, so that whoever reads the template tells of it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.evaluate.template.intrinsic_values import Unknown, text
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.types import Deployed

LOOP = "Fn::ForEach::"
_TRANSFORM = "AWS::LanguageExtensions"
_SECTIONS = ("Conditions", "Resources")
_PLACE = re.compile(r"([$&])\{([^{}]*)\}")
_MOST_VALUES = 500_000
_DEEPEST = 100


@dataclass(slots=True)
class _Work:
    """A template that is written out. is_declared: it has the transform. left: values that may still be made."""

    scope: TemplateScope
    is_declared: bool
    left: int = _MOST_VALUES


def unrolled(scope: TemplateScope) -> TemplateScope:
    """A scope whose template has its loops written out; the same one where there is none."""
    if not any(_has_loop(scope.section(name)) for name in _SECTIONS):
        return scope
    declared = scope.template.get("Transform")
    work = _Work(scope, _TRANSFORM in (declared if isinstance(declared, list) else [declared]))
    sections = {name: _written(work, scope.section(name), {}, 0) for name in _SECTIONS}
    return replace(scope, template={**scope.template, **sections}) if work.left > 0 else scope


def deployed_scope(deployed: Deployed) -> TemplateScope:
    """The scope of a template where it is deployed, with its loops written out."""
    template = deployed.template if isinstance(deployed.template, Mapping) else {}
    deployment = (deployed.account, deployed.region, dict(deployed.parameters), deployed.stack)
    return unrolled(TemplateScope(template, *deployment, dict(deployed.imports), dict(deployed.stored)))


def _has_loop(section: Mapping[str, Any]) -> bool:
    waiting: list[Any] = [section]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            if any(str(key).startswith(LOOP) for key in value):
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _written(work: _Work, value: Any, items: Mapping[str, str], depth: int) -> Any:
    """A value with the items of the loops around it in their places, and the loops in it written out."""
    work.left -= 1
    if work.left <= 0 or depth > _DEEPEST:
        work.left = 0
        return value
    if isinstance(value, str):
        return _placed(value, items)
    if isinstance(value, list):
        return [_written(work, item, items, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {"Ref"} and isinstance(value["Ref"], str) and value["Ref"] in items:
        return items[value["Ref"]]
    written: dict[str, Any] = {}
    for key, part in value.items():
        if str(key).startswith(LOOP):
            written.update(_looped(work, str(key), part, items, depth))
        else:
            written[_placed(str(key), items)] = _written(work, part, items, depth + 1)
    return written


def _looped(work: _Work, name: str, loop: Any, items: Mapping[str, str], depth: int) -> dict[str, Any]:
    match loop:
        case [str() as identifier, collection, Mapping() as fragment] if work.is_declared:
            collection_ = work.scope.resolved(_written(work, collection, items, depth + 1))
        case [str(), _, Mapping()]:
            return {name: Unknown(f"a loop needs the transform {_TRANSFORM}")}
        case _:
            return {name: Unknown("a loop takes a name, a list and a mapping")}
    elements = [text(element) for element in collection_] if isinstance(collection_, list) else [collection_]
    written: dict[str, Any] = {}
    for item in elements:
        if not isinstance(item, str) or not isinstance(collection_, list):
            return {name: item if isinstance(item, Unknown) else Unknown("a loop goes over a list")}
        written.update(_written(work, fragment, {**items, identifier: item}, depth + 1))
    return written


def _placed(written: str, items: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        sign, identifier = match.groups()
        if identifier not in items:
            return match[0]
        return items[identifier] if sign == "$" else re.sub("[^0-9A-Za-z]", "", items[identifier])

    return _PLACE.sub(fill, written) if items else written
