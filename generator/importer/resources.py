"""Resources of a source as plain data: the functions of their templates worked out, conditions applied.

What only a running account can know becomes a variable, which a person fills in; what the source cannot say about a
property is written down with the property.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.evaluate.template.intrinsic_values import NO_VALUE, Unknown, text
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.loops import LOOP, deployed_scope
from generator.importer.own_resources import OWN_KEY, has_own_key, is_own
from generator.importer.types import DroppedResource, ImportSource, SourceKind, SourcePosition, SourceStack
from generator.importer.unknown_values import UnknownValue, UnknownValues

METRIC_ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
LOG_ALARM = "AWS::CloudWatch::LogAlarm"
ANOMALY_DETECTOR = "AWS::CloudWatch::AnomalyDetector"
DASHBOARD = "AWS::CloudWatch::Dashboard"
METRIC_FILTER = "AWS::Logs::MetricFilter"
LOG_GROUP = "AWS::Logs::LogGroup"
TOPIC = "AWS::SNS::Topic"
SUBSCRIPTION = "AWS::SNS::Subscription"
SLACK_CHANNEL = "AWS::Chatbot::SlackChannelConfiguration"
NAME_PROPERTIES: Mapping[str, str] = {
    METRIC_ALARM: "AlarmName",
    COMPOSITE: "AlarmName",
    LOG_ALARM: "AlarmName",
    ANOMALY_DETECTOR: "",
    DASHBOARD: "DashboardName",
    METRIC_FILTER: "FilterName",
    LOG_GROUP: "LogGroupName",
    TOPIC: "TopicName",
    SUBSCRIPTION: "",
    SLACK_CHANNEL: "ConfigurationName",
}
ALARMS = (METRIC_ALARM, COMPOSITE, LOG_ALARM)


@dataclass(frozen=True, slots=True)
class ResourceId:
    """A resource of a source. name: the physical name, or the logical ID where AWS makes the name."""

    account: str
    region: str
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class ImportedResource:
    """A resource with plain properties. unknown: what cannot be known about properties, by their names.

    name: the physical name; empty where AWS makes one that the source does not say. alias: the logical ID with the
    stack, where several stacks have the same one.
    """

    account: str
    region: str
    type: str
    logical_id: str
    name: str
    properties: Mapping[str, Any]
    position: SourcePosition
    unknown: Mapping[str, str] = field(default_factory=dict)
    stack: int = 0
    source: SourceKind = SourceKind.TEMPLATE
    alias: str = ""

    @property
    def called(self) -> str:
        """The physical name, or what stands for it where AWS makes one: texts of the stack refer to it by this."""
        return self.name or self.alias or self.logical_id

    @property
    def id(self) -> ResourceId:
        """What the resource is known by."""
        return ResourceId(self.account, self.region, self.type, self.called)

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, whichever form they are written in."""
        tags = self.properties.get("Tags")
        if isinstance(tags, Mapping):
            return {str(key): str(value) for key, value in tags.items()}
        pairs = tags if isinstance(tags, list) else []
        return {
            str(tag["Key"]): str(tag["Value"])
            for tag in pairs
            if isinstance(tag, Mapping) and {"Key", "Value"} <= tag.keys()
        }


@dataclass(frozen=True, slots=True)
class ImportedResources:
    """All resources of a source. variables: values to fill in. remarks: sentences about what had to be assumed."""

    resources: tuple[ImportedResource, ...]
    variables: tuple[UnknownValue, ...] = ()
    dropped: tuple[DroppedResource, ...] = ()
    remarks: tuple[str, ...] = ()

    def of(self, *types: str) -> list[ImportedResource]:
        """The resources of some types, in order."""
        return [resource for resource in self.resources if resource.type in types]


def resolved_resources(source: ImportSource) -> ImportedResources:
    """The resources of every stack of a source that matter here, in the same order whatever that of the source is."""
    resources: list[ImportedResource] = []
    unknown_values = UnknownValues()
    dropped: list[DroppedResource] = []
    remarks: set[str] = set()
    ordered = ordered_stacks(source.stacks)
    aliases = _aliases(ordered)
    for number, stack in enumerate(ordered):
        resources += _resources(stack, number, unknown_values, aliases[number], dropped, remarks)
    resources.sort(
        key=lambda resource: (
            resource.account,
            resource.region,
            resource.type,
            resource.called,
            resource.stack,
        )
    )
    return ImportedResources(tuple(resources), unknown_values.values(), tuple(dropped), tuple(sorted(remarks)))


def ordered_stacks(stacks: Iterable[SourceStack]) -> list[SourceStack]:
    """The stacks by place and name; those of one name by their content, whatever the order of the sources is."""
    by_place: dict[tuple[str, str, str], list[SourceStack]] = {}
    for stack in stacks:
        deployed = stack.deployed
        by_place.setdefault((deployed.account, deployed.region, deployed.stack), []).append(stack)
    return [
        stack
        for _, alike in sorted(by_place.items())
        for stack in (sorted(alike, key=_content) if len(alike) > 1 else alike)
    ]


def _content(stack: SourceStack) -> str:
    return json.dumps([stack.deployed.template, *stack.deployed.parameters], sort_keys=True, default=str)


def _aliases(stacks: Sequence[SourceStack]) -> list[dict[str, str]]:
    """For each stack what stands for the names that AWS makes, by logical ID, where several stacks of a place have it.

    CloudFormation begins such names with those of the stack and the logical ID.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
    """
    unnamed = [_unnamed(stack) for stack in stacks]
    counts = Counter(
        (stack.deployed.account, stack.deployed.region, *resource)
        for stack, own in zip(stacks, unnamed, strict=True)
        for resource in own
    )
    repeated = {place[2:] for place, count in counts.items() if count > 1}
    used: Counter[tuple[str, str, str, str]] = Counter()
    aliases: list[dict[str, str]] = []
    for stack, own in zip(stacks, unnamed, strict=True):
        names: dict[str, str] = {}
        for kind, logical_id in sorted(own & repeated):
            name = f"{stack.deployed.stack}-{logical_id}".strip("-")
            place = stack.deployed.account, stack.deployed.region, kind, name
            used[place] += 1
            names[logical_id] = name if used[place] == 1 else f"{name}-{used[place]}"
        aliases.append(names)
    return aliases


def _unnamed(stack: SourceStack) -> set[tuple[str, str]]:
    """Type and logical ID of the resources of which the source does not say the name."""
    template = stack.deployed.template
    listed = template.get("Resources") if isinstance(template, Mapping) else None
    of_aws = set()
    for key, resource in listed.items() if isinstance(listed, Mapping) else ():
        kind = str(resource.get("Type")) if isinstance(resource, Mapping) else ""
        if kind not in NAME_PROPERTIES or kind == LOG_GROUP or str(key) in stack.physical_ids:
            continue
        properties = resource.get("Properties")
        if not (isinstance(properties, Mapping) and NAME_PROPERTIES[kind] in properties):
            of_aws.add((kind, str(key)))
    return of_aws


def _resources(
    stack: SourceStack,
    number: int,
    unknown_values: UnknownValues,
    aliases: Mapping[str, str],
    dropped: list[DroppedResource],
    remarks: set[str],
) -> Iterator[ImportedResource]:
    deployed = stack.deployed
    scope = deployed_scope(deployed)
    fill_in = unknown_values.scope(scope, stack.physical_ids, aliases)
    for key, resource in sorted(scope.section("Resources").items(), key=lambda item: str(item[0])):
        logical_id = str(key)
        kind = str(resource.get("Type")) if isinstance(resource, Mapping) else ""
        if kind not in NAME_PROPERTIES or logical_id.startswith(LOOP):
            continue
        if is_own(resource):
            continue
        position = stack.positions.get(logical_id) or SourcePosition("", logical_id)
        is_on = scope.is_on(resource["Condition"]) if "Condition" in resource else True
        if is_on is False:
            continue
        if isinstance(is_on, Unknown):
            remarks.add(f"{logical_id}: assumed to exist, because its condition is not known: {is_on.reason}.")
        written = resource.get("Properties")
        if isinstance(written, Unknown):
            dropped.append(DroppedResource(position, kind, logical_id, written.reason))
            continue
        properties, unknown = _plain(fill_in, written if isinstance(written, Mapping) else {})
        if kind == LOG_GROUP and has_own_key(written, scope):
            properties["KmsKeyId"] = OWN_KEY
        name_property = NAME_PROPERTIES[kind]
        name = properties.get(name_property) or stack.physical_ids.get(logical_id, "")
        if not name and kind == LOG_GROUP:
            name = fill_in.resolved({"Ref": logical_id})
        yield ImportedResource(
            deployed.account,
            deployed.region,
            kind,
            logical_id,
            str(name) if name else "",
            properties,
            position,
            unknown,
            number,
            stack.kind,
            aliases.get(logical_id, ""),
        )


def _plain(scope: TemplateScope, properties: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Properties without functions, and the reasons why some of them, or parts of them, are left out."""
    plain: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    for key, written in properties.items():
        name = str(key)
        if _is_plain(written):
            plain[name] = written
            continue
        value = scope.resolved(written)
        if value is NO_VALUE or value is None:
            continue
        reasons: list[str] = []
        known = _known(value, reasons)
        if reasons:
            unknown[name] = reasons[0]
        if known is not None:
            plain[name] = known
    return plain, unknown


def _is_plain(value: Any) -> bool:
    """Whether there is nothing to work out, as in captures. Types are compared as such: it is asked of every value."""
    kind = type(value)
    if kind is str:
        return "{{resolve:" not in value
    if kind is list:
        return all(map(_is_plain, value))
    if kind is dict:
        return all(map(_is_plain_pair, value.items()))
    return kind in (int, float, bool)


def _is_plain_pair(pair: tuple[Any, Any]) -> bool:
    key, value = pair
    return type(key) is str and key != "Ref" and not key.startswith(("Fn::", "!")) and _is_plain(value)


def _known(value: Any, reasons: list[str]) -> Any:
    """A value without what is unknown in it; None where nothing is left. reasons: gets those of what is left out."""
    if isinstance(value, Unknown):
        reasons.append(value.reason)
        return None
    if isinstance(value, Mapping):
        known = {str(key): _known(part, reasons) for key, part in value.items()}
        return {key: part for key, part in known.items() if part is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [part for part in (_known(item, reasons) for item in value) if part is not None]
    if isinstance(value, str) and isinstance(text(value), Unknown):
        reasons.append("a dynamic reference is resolved by CloudFormation only")
        return None
    return value
