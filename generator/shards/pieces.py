"""Resources of a template that may be in another stack, and those that have to stay together.

A stack refers to what is in another by its physical name alone: an export would bind both, so that neither could be
changed without the other. So only resources with a name of their own are referred to from elsewhere; what needs an
attribute, or what has none, is in the same stack.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.shards.references import References, references

# What may leave the first stack, and the property that has the name which Ref gives; empty where nothing refers to it.
# Ref: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
MOVABLE: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::AlarmMuteRule": "",
    "AWS::CloudWatch::AnomalyDetector": "",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::CloudWatch::InsightRule": "",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::MetricFilter": "",
}
# CloudWatch accepts a composite only after the alarms of its rule exist. A mute rule names alarms too.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
LATE = ("AWS::CloudWatch::AlarmMuteRule", "AWS::CloudWatch::CompositeAlarm")


@dataclass(frozen=True, slots=True)
class Piece:
    """Resources that are in one stack. key: the first of their logical ids. ids: all of them, in the template's order.

    late: whether it comes after everything that it names. before: logical ids, of other pieces, that have to be there.
    parameters, outputs: which it brings along. size: its characters as JSON.
    """

    key: str
    ids: tuple[str, ...]
    late: bool
    before: frozenset[str]
    parameters: frozenset[str]
    outputs: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A template in pieces. fixed: the part that must be in the first stack, as one piece. movable: by key.

    bound: resources of `fixed` whose type could be elsewhere, but for their references.
    """

    fixed: Piece
    bound: tuple[str, ...]
    movable: Mapping[str, Piece]


def pieces(template: Mapping[str, Any]) -> Pieces:
    """The pieces that stay in the first stack, and those that may be in another."""
    resources: Mapping[str, Any] = template["Resources"]
    used = {logical_id: references(resource) for logical_id, resource in resources.items()}
    groups = _Groups(resources)
    for logical_id, used_names in used.items():
        for other in _bound(used_names, resources):
            groups.join(logical_id, other)
    members: dict[str, list[str]] = {}
    for logical_id in resources:
        members.setdefault(groups.of(logical_id), []).append(logical_id)
    stays = [
        ids
        for ids in members.values()
        if any(not MOVABLE.keys() & {resources[logical_id]["Type"]} for logical_id in ids)
    ]
    maker = _Maker(template, used)
    staying = {logical_id for ids in stays for logical_id in ids}
    fixed = maker.piece([logical_id for logical_id in resources if logical_id in staying])
    moving = (maker.piece(ids) for ids in members.values() if ids[0] not in staying)
    bound = tuple(logical_id for logical_id in fixed.ids if resources[logical_id]["Type"] in MOVABLE)
    return Pieces(maker.with_loose_outputs(fixed), bound, {piece.key: piece for piece in moving})


def _bound(used_names: References, resources: Mapping[str, Any]) -> Iterable[str]:
    """The resources that one has to be in a stack with."""
    yield from used_names.attributes & resources.keys()
    for name in (used_names.names | used_names.after) & resources.keys():
        if not name_property(resources[name]):
            yield name


def name_property(resource: Mapping[str, Any]) -> str:
    """The property whose value Ref gives; empty where there is none, or it is not given."""
    name = MOVABLE.get(resource["Type"], "")
    return name if name in resource.get("Properties", {}) else ""


def owners_of_outputs(template: Mapping[str, Any]) -> dict[str, str]:
    """The resource that each output is about, and is beside; empty where it is about none.

    An address has the name of what it leads to as its last part, and no reference to it.
    """
    resources = template["Resources"]
    by_name = {
        resources[logical_id]["Properties"][key]: logical_id
        for logical_id in resources
        if (key := name_property(resources[logical_id])) and isinstance(resources[logical_id]["Properties"][key], str)
    }
    owners = {}
    for name, output in template.get("Outputs", {}).items():
        used = references(output)
        names = sorted((used.names | used.attributes) & resources.keys())
        value = output.get("Value")
        last = value.rpartition("/")[2] if isinstance(value, str) else ""
        owners[name] = names[0] if names else by_name.get(last, "")
    return owners


class _Groups:
    """The logical IDs that belong together; each group is known by one of them."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._above = {logical_id: logical_id for logical_id in ids}

    def of(self, logical_id: str) -> str:
        while self._above[logical_id] != logical_id:
            self._above[logical_id] = logical_id = self._above[self._above[logical_id]]
        return logical_id

    def join(self, first: str, other: str) -> None:
        self._above[self.of(first)] = self.of(other)


class _Maker:
    """Pieces of one template, with what each of them brings along."""

    def __init__(self, template: Mapping[str, Any], used: Mapping[str, References]) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self._used = used
        self._closure = Closure(template)
        self._outputs: dict[str, list[str]] = {}
        self._loose: list[str] = []
        for name, owner in owners_of_outputs(template).items():
            if owner:
                self._outputs.setdefault(owner, []).append(name)
            else:
                self._loose.append(name)

    def piece(self, ids: list[str]) -> Piece:
        used = [self._used[logical_id] for logical_id in ids]
        names = {name for reference in used for name in (*reference.names, *reference.after)} & self._resources.keys()
        return Piece(
            key=min(ids) if ids else "",
            ids=tuple(ids),
            late=any(self._resources[logical_id]["Type"] in LATE for logical_id in ids),
            before=frozenset(names - set(ids)),
            parameters=frozenset().union(*(self._closure.parameters(reference) for reference in used)),
            outputs=tuple(name for logical_id in ids for name in self._outputs.get(logical_id, ())),
            size=sum(len(json.dumps(self._resources[logical_id])) for logical_id in ids),
        )

    def with_loose_outputs(self, fixed: Piece) -> Piece:
        """The first stack has the outputs that are about no resource."""
        return Piece(
            fixed.key, fixed.ids, fixed.late, fixed.before, fixed.parameters, (*fixed.outputs, *self._loose), fixed.size
        )


class Closure:
    """The parts of a template's other sections that a resource needs, directly or through a condition."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self._parameters = template.get("Parameters", {}).keys()
        self._conditions = {name: references(test) for name, test in template.get("Conditions", {}).items()}
        self._within: dict[str, frozenset[str]] = {}

    def parameters(self, used_names: References) -> frozenset[str]:
        """The parameters that it needs."""
        names = set(used_names.names)
        for condition in self.conditions(used_names):
            names |= self._conditions[condition].names
        return frozenset(names & self._parameters)

    def conditions(self, used_names: References) -> frozenset[str]:
        """The conditions that it needs."""
        return frozenset().union(*(self._needs(name) for name in used_names.conditions))

    def mappings(self, used_names: References) -> frozenset[str]:
        """The mappings that it needs."""
        within = (self._conditions[name].mappings for name in self.conditions(used_names))
        return frozenset(used_names.mappings).union(*within)

    def _needs(self, name: str) -> frozenset[str]:
        if name not in self._within:
            inner = (self._needs(other) for other in self._conditions[name].conditions)
            self._within[name] = frozenset((name,)).union(*inner)
        return self._within[name]
