"""The accounts and Regions of a resource, and a template that keeps it there.

Members share one template, so an alarm that some accounts do not have is behind a condition: on the account and the
Region, or on a parameter that is `true` or `false`. Where that changes, the alarm goes in some accounts, and a
composite of another stack may name it there until it has changed, too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.shards.pieces import Closure
from generator.shards.references import references

Template = Mapping[str, Any]
Own = Mapping[str, Mapping[str, str]]
ON, OFF = "true", "false"
# What a condition of the former template is called beside one that has its name and says something else.
_FORMER = "Former"
# The condition of a resource that is in both its old and its new accounts.
_STAYS = "Stays"


@dataclass(frozen=True, slots=True)
class ParameterValues:
    """Parameters that accounts have of their own, by account and name: as the last rollout left them, and as they are
    to be. doubtful: accounts of which a rollout that was cut off may have changed them.
    """

    was: Own = field(default_factory=dict)
    now: Own = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()

    @property
    def accounts(self) -> list[str]:
        """All that have any, or had."""
        return sorted(self.was.keys() | self.now.keys())


def may_be_removed(logical_id: str, was: Template, template: Template, values: ParameterValues) -> bool:
    """True if a resource that both templates have may be gone somewhere, in the second one and with the new values."""
    condition, former = (version["Resources"][logical_id].get("Condition") for version in (template, was))
    if condition is None:
        return False
    if former is None or _expanded(was, former) != _expanded(template, condition):
        return True
    return any(_is_switched_off(name, was, template, values) for name in _switches(was, [logical_id]))


def keeping(template: Template, was: Template, lost: Collection[str], changed: Collection[str]) -> dict[str, Any]:
    """A template with the resources that it loses, in the accounts and Regions where they were."""
    ids = [*lost, *changed]
    former, names = _former_conditions(template, was, ids)
    closure, used = Closure(was), [references(was["Resources"][logical_id]) for logical_id in ids]
    parameters = {**_of(was, "Parameters", map(closure.parameters, used)), **template.get("Parameters", {})}
    for name in _switches(was, changed):
        if ON in (was["Parameters"][name].get("Default"), parameters[name].get("Default")):
            parameters[name] = {**parameters[name], "Default": ON}
    conditions = {**former, **template.get("Conditions", {})}
    resources = {logical_id: _renamed(was["Resources"][logical_id], names) for logical_id in lost} | dict(
        template["Resources"]
    )
    for changed_id in changed:
        before = was["Resources"][changed_id].get("Condition")
        resources[changed_id] = {
            key: value for key, value in resources[changed_id].items() if key != "Condition" or before
        }
        if before and names[before] != resources[changed_id]["Condition"]:
            alternatives = [{"Condition": names[before]}, {"Condition": resources[changed_id]["Condition"]}]
            conditions[f"{changed_id}{_STAYS}"] = {"Fn::Or": alternatives}
            resources[changed_id]["Condition"] = f"{changed_id}{_STAYS}"
    mappings = {**_of(was, "Mappings", map(closure.mappings, used)), **template.get("Mappings", {})}
    staying_template = {
        "Parameters": parameters,
        "Mappings": mappings,
        "Conditions": conditions,
        "Resources": resources,
    }
    return {**template, **{section: value for section, value in staying_template.items() if value}}


def values_keeping(
    interim: Template, template: Template, was: Template, changed: Collection[str], values: ParameterValues
) -> Own:
    """The accounts' own values with which what goes is there yet: a switch is on where it was or is to be.

    made: the template that `staying` makes of the other two.
    """
    switches = _switches(was, changed)
    removed = interim.get("Parameters", {}).keys() - template.get("Parameters", {}).keys()
    result = {}
    for account in values.accounts:
        own = dict(values.now.get(account, {}))
        own |= {name: value for name, value in values.was.get(account, {}).items() if name in removed}
        for name in switches if account in values.was else ():
            on = ON in (_value(name, account, was, values.was), _value(name, account, template, values.now))
            value = ON if on or account in values.doubtful else OFF
            if name in own or value != interim["Parameters"][name].get("Default"):
                own[name] = value
        result[account] = own
    return result


def with_new_parameters(
    deployed: Template, template: Template, values: ParameterValues
) -> tuple[dict[str, Any], Own] | None:
    """The deployed template, with its new parameters, and the accounts' own values for all of these.

    An update gives every account a new parameter's default, and only the next one gives some their own value: a
    composite would name an alarm where its switch is off. None where no account has a value of its own for a new one.
    """
    known, parameters = deployed.get("Parameters", {}), template.get("Parameters", {})
    new = {name: parameter for name, parameter in parameters.items() if name not in known}
    if not any(new.keys() & own.keys() for own in values.now.values()):
        return None
    rows: dict[str, dict[str, str]] = {account: {} for account in values.accounts}
    for every, names in ((values.was, known), (values.now, new)):
        for account, own in every.items():
            rows[account] |= {name: value for name, value in own.items() if name in names}
    return {**deployed, "Parameters": {**known, **new}}, rows


def _is_switched_off(name: str, was: Template, template: Template, values: ParameterValues) -> bool:
    """True if a switch is off somewhere, where it was on; of accounts without a name the default says it."""
    accounts = [*values.accounts, ""]
    return any(
        (account in values.doubtful or _value(name, account, was, values.was) == ON)
        and _value(name, account, template, values.now) == OFF
        for account in accounts
    )


def _value(name: str, account: str, template: Template, own: Own) -> Any:
    """The value of a parameter in an account; None where the template has none of that name."""
    declaration = template.get("Parameters", {}).get(name, {})
    return own.get(account, {}).get(name, declaration.get("Default")) if declaration else None


def _switches(template: Template, ids: Collection[str]) -> list[str]:
    """The parameters that say whether some of its resources are there."""
    closure, parameters = Closure(template), template.get("Parameters", {})
    conditions = [template["Resources"][logical_id].get("Condition") for logical_id in ids]
    used_parameters = frozenset().union(
        *(closure.parameters(references({"Condition": condition})) for condition in conditions if condition)
    )
    return sorted(name for name in used_parameters if set(parameters[name].get("AllowedValues", ())) == {ON, OFF})


def _expanded(template: Template, condition: str) -> str:
    """The text of a condition, with the conditions that it names written out."""

    def written(value: Any) -> Any:
        if isinstance(value, dict):
            if value.keys() == {"Condition"}:
                return written(template["Conditions"][value["Condition"]])
            return {key: written(inner) for key, inner in value.items()}
        return [written(item) for item in value] if isinstance(value, list) else value

    return json.dumps(written({"Condition": condition}), sort_keys=True)


def _former_conditions(
    template: Template, was: Template, ids: Collection[str]
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The conditions that resources had, under names that the template leaves free; and the name of each."""
    closure = Closure(was)
    needed = sorted(
        frozenset().union(*(closure.conditions(references(was["Resources"][logical_id])) for logical_id in ids))
    )
    known = template.get("Conditions", {})
    names = {
        name: f"{_FORMER}{name}" if name in known and _expanded(was, name) != _expanded(template, name) else name
        for name in needed
    }
    return {names[name]: _renamed(was["Conditions"][name], names) for name in needed}, names


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with other names of conditions."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(_renamed_entries(value, names))


def _renamed_entries(value: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if key == "Condition" and isinstance(inner, str):
            yield key, names.get(inner, inner)
        elif key == "Fn::If":
            yield key, [names.get(inner[0], inner[0]), *_renamed(inner[1:], names)]
        else:
            yield key, _renamed(inner, names)


def _of(template: Template, section: str, names: Iterator[frozenset[str]]) -> dict[str, Any]:
    return {name: template[section][name] for name in sorted(frozenset().union(*names))}
