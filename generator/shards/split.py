"""The templates of several stacks, made from the one that has everything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import is_not
from typing import Any

from generator.shards.assignments import FIRST, ShardAssignments
from generator.shards.pieces import Closure, name_property, owners_of_outputs
from generator.shards.references import References, references

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)\}")


def split(template: Mapping[str, Any], places: ShardAssignments) -> dict[int, dict[str, Any]]:
    """Each stack's template by its number; the only one is the template as it is."""
    if places.numbers == (FIRST,):
        return {FIRST: dict(template)}
    of = {logical_id: places.stacks.get(logical_id, FIRST) for logical_id in template["Resources"]}
    resources, outputs = dict[int, list[str]](), dict[int, list[str]]()
    for logical_id, number in of.items():
        resources.setdefault(number, []).append(logical_id)
    for name, owner in owners_of_outputs(template).items():
        outputs.setdefault(of.get(owner, FIRST), []).append(name)
    closure = Closure(template)
    return {
        number: _template(template, number, resources.get(number, []), outputs.get(number, []), closure)
        for number in places.numbers
    }


def _template(
    template: Mapping[str, Any], number: int, ids: Sequence[str], outputs: Sequence[str], closure: Closure
) -> dict[str, Any]:
    """One stack's template. ids, outputs: what it has of the whole, in that order."""
    shard_filter = _ShardFilter(template["Resources"], frozenset(ids))
    resources = {name: shard_filter.resource(template["Resources"][name]) for name in ids}
    own = {name: shard_filter.value(template["Outputs"][name]) for name in outputs}
    used = references(*resources.values(), *own.values())
    sections = {
        "Parameters": _needed(template, "Parameters", used, closure),
        "Mappings": _needed(template, "Mappings", used, closure),
        "Conditions": _needed(template, "Conditions", used, closure),
        "Resources": resources,
        "Outputs": own,
    }
    shard = {name: value for name, value in template.items() if name not in _SECTIONS}
    if number != FIRST:
        shard["Description"] = f"{template['Description']} Stack {number}."
    return {**shard, **{name: section for name, section in sections.items() if section}}


def _needed(template: Mapping[str, Any], section: str, used: References, closure: Closure) -> dict[str, Any]:
    needs = {"Parameters": closure.parameters, "Mappings": closure.mappings, "Conditions": closure.conditions}[section]
    names = needs(used)
    return {name: value for name, value in template.get(section, {}).items() if name in names}


@dataclass(frozen=True, slots=True)
class _ShardFilter:
    """One stack's view: what is elsewhere is known by its name. resources: of all stacks. ids: of this one.

    What is the same here is not copied, as a large template is nearly all that.
    """

    resources: Mapping[str, Any]
    ids: frozenset[str]

    def resource(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A resource as it is written here; dependencies on other stacks follow from the order of the stacks."""
        if "DependsOn" not in body:
            return self.value(body)  # type: ignore[no-any-return]
        resource: dict[str, Any] = {name: self.value(value) for name, value in body.items() if name != "DependsOn"}
        after = body.get("DependsOn", [])
        names = [name for name in ([after] if isinstance(after, str) else after) if name in self.ids]
        if not names:
            return resource
        depends_on = names[0] if isinstance(after, str) else names
        return {name: depends_on if name == "DependsOn" else resource[name] for name in body}

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [item if type(item) is str else self.value(item) for item in value]
            return items if any(map(is_not, items, value)) else value
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" and self._is_elsewhere(argument):
                return self._name(argument)
            if name == "Fn::Sub":
                substitution = self._substitution(argument)
                return value if substitution == value else substitution
        result = {name: inner if type(inner) is str else self.value(inner) for name, inner in value.items()}
        return result if any(map(is_not, result.values(), value.values())) else value

    def _is_elsewhere(self, name: str) -> bool:
        return name in self.resources and name not in self.ids

    def _name(self, logical_id: str) -> Any:
        resource = self.resources[logical_id]
        return resource["Properties"][name_property(resource)]

    def _substitution(self, argument: Any) -> Any:
        text, values_given = (argument, {}) if isinstance(argument, str) else argument
        values = {name: self.value(inner) for name, inner in values_given.items()}
        elsewhere = {name for name in _NAMED.findall(text) if name not in values_given and self._is_elsewhere(name)}
        names = {name: self._name(name) for name in elsewhere}
        plain = {name for name, value in names.items() if isinstance(value, str)}
        text = _NAMED.sub(lambda match: names[match[1]] if match[1] in plain else match[0], text)
        values |= {name: names[name] for name in sorted(elsewhere - plain)}
        if values:
            return {"Fn::Sub": [text, values]}
        return {"Fn::Sub": text} if "${" in text else text
