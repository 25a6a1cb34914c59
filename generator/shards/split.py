"""The templates of several stacks, made from the one that has everything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.shards.pieces import Closure, name_property, owners_of_outputs
from generator.shards.places import FIRST, Places
from generator.shards.references import References, references

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)\}")


def split(template: Mapping[str, Any], places: Places) -> dict[int, dict[str, Any]]:
    """Each stack's template by its number; the only one is the template as it is."""
    if places.numbers == (FIRST,):
        return {FIRST: dict(template)}
    of = {logical_id: places.stacks.get(logical_id, FIRST) for logical_id in template["Resources"]}
    outputs = {name: of.get(owner, FIRST) for name, owner in owners_of_outputs(template).items()}
    closure = Closure(template)
    return {number: _template(template, number, of, outputs, closure) for number in places.numbers}


def _template(
    template: Mapping[str, Any], number: int, of: Mapping[str, int], outputs: Mapping[str, int], closure: Closure
) -> dict[str, Any]:
    here = _Here(template["Resources"], frozenset(logical_id for logical_id, stack in of.items() if stack == number))
    resources = {name: here.resource(body) for name, body in template["Resources"].items() if of[name] == number}
    own = {name: here.value(body) for name, body in template.get("Outputs", {}).items() if outputs[name] == number}
    used = [references(one) for one in (*resources.values(), *own.values())]
    sections = {
        "Parameters": _needed(template, "Parameters", used, closure),
        "Mappings": _needed(template, "Mappings", used, closure),
        "Conditions": _needed(template, "Conditions", used, closure),
        "Resources": resources,
        "Outputs": own,
    }
    made = {name: value for name, value in template.items() if name not in _SECTIONS}
    if number != FIRST:
        made["Description"] = f"{template['Description']} Stack {number}."
    return {**made, **{name: section for name, section in sections.items() if section}}


def _needed(template: Mapping[str, Any], section: str, used: Iterable[References], closure: Closure) -> dict[str, Any]:
    needs = {"Parameters": closure.parameters, "Mappings": closure.mappings, "Conditions": closure.conditions}[section]
    names = frozenset().union(*(needs(one) for one in used))
    return {name: value for name, value in template.get(section, {}).items() if name in names}


@dataclass(frozen=True, slots=True)
class _Here:
    """One stack's view: what is elsewhere is known by its name. resources: of all stacks. ids: of this one."""

    resources: Mapping[str, Any]
    ids: frozenset[str]

    def resource(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A resource as it is written here; the order of the stacks stands for what it waits for elsewhere."""
        made: dict[str, Any] = {name: self.value(value) for name, value in body.items() if name != "DependsOn"}
        after = body.get("DependsOn", [])
        kept = [name for name in ([after] if isinstance(after, str) else after) if name in self.ids]
        if not kept:
            return made
        shown = kept[0] if isinstance(after, str) else kept
        return {name: shown if name == "DependsOn" else made[name] for name in body}

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Ref"} and self._is_elsewhere(value["Ref"]):
            return self._name(value["Ref"])
        if value.keys() == {"Fn::Sub"}:
            return self._substitution(value["Fn::Sub"])
        return {name: self.value(one) for name, one in value.items()}

    def _is_elsewhere(self, name: str) -> bool:
        return name in self.resources and name not in self.ids

    def _name(self, logical_id: str) -> Any:
        resource = self.resources[logical_id]
        return resource["Properties"][name_property(resource)]

    def _substitution(self, argument: Any) -> Any:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        values = {name: self.value(one) for name, one in given.items()}
        elsewhere = {name for name in _NAMED.findall(text) if name not in given and self._is_elsewhere(name)}
        names = {name: self._name(name) for name in elsewhere}
        plain = {name for name, value in names.items() if isinstance(value, str)}
        text = _NAMED.sub(lambda found: names[found[1]] if found[1] in plain else found[0], text)
        values |= {name: names[name] for name in sorted(elsewhere - plain)}
        if values:
            return {"Fn::Sub": [text, values]}
        return {"Fn::Sub": text} if "${" in text else text
