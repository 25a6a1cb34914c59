"""The resources of one side of a comparison, with plain properties and what the evaluator's reader makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.evaluate.template.contents import CompositeAlarm, FilterResource, MetricAlarm, PromqlAlarm
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed
from generator.importer.own_resources import is_own
from generator.importer.resources import (
    ANOMALY_DETECTOR,
    COMPOSITE,
    DASHBOARD,
    LOG_ALARM,
    LOG_GROUP,
    METRIC_ALARM,
    METRIC_FILTER,
    ImportedResource,
    ResourceId,
    ordered_stacks,
    resolved_resources,
)
from generator.importer.types import ImportSource, SourceKind, SourceStack
from generator.importer.unknown_values import filled_in

COMPARED = (METRIC_ALARM, COMPOSITE, LOG_ALARM, METRIC_FILTER, LOG_GROUP, DASHBOARD, ANOMALY_DETECTOR)
_READ = (METRIC_ALARM, COMPOSITE, METRIC_FILTER)
Reading = MetricAlarm | CompositeAlarm | FilterResource | PromqlAlarm | None


@dataclass(frozen=True, slots=True)
class SideResource:
    """A resource of a side. path: that of its entry in the YAML, if obsgen has written it.

    reading: what the evaluator reads; None where it reads nothing of this type. unknown: why it cannot be compared.
    is_filled_in: whether a variable that a person fills in is a part of it. has_known_actions: whether the source says
    what all of its actions are. is_captured: whether it is known from a running account.
    """

    id: ResourceId
    properties: Mapping[str, Any]
    path: str
    reading: Reading
    unknown: str = ""
    is_filled_in: bool = False
    has_known_actions: bool = True
    is_captured: bool = False


def resources_of(stacks: Iterable[Deployed | SourceStack]) -> list[SideResource]:
    """All resources of these types, in order."""
    sources = [_source(stack) for stack in stacks]
    resolved = resolved_resources(ImportSource(tuple(sources)))
    ordered = ordered_stacks(sources)
    defaults = {value.name: str(value.default) for value in resolved.variables}
    by_place: dict[tuple[str, str], list[ImportedResource]] = {}
    for resource in resolved.of(*COMPARED):
        by_place.setdefault((resource.account, resource.region), []).append(resource)
    sides: list[SideResource] = []
    for (account, region), resources in sorted(by_place.items()):
        plain = [filled_in(resource.properties, defaults) for resource in resources]
        read_by = _readings(account, region, resources, plain)
        for number, (resource, properties) in enumerate(zip(resources, plain, strict=True)):
            reading, reason = read_by.get(_title(number), (None, ""))
            sides.append(
                SideResource(
                    resource.id,
                    properties,
                    _path(ordered[resource.stack].deployed.template, resource.logical_id),
                    reading,
                    reason or _unknown(resource),
                    properties != resource.properties,
                    not _ACTIONS & resource.unknown.keys(),
                    resource.source is SourceKind.CAPTURE,
                )
            )
    # What could not be read at all keeps its place with the reason.
    for dropped in resolved.dropped:
        if dropped.resource_type in COMPARED and not dropped.property:
            id_ = ResourceId("", "", dropped.resource_type, dropped.name)
            sides.append(SideResource(id_, {}, "", None, dropped.reason))
    return sides


def own_resources(stacks: Iterable[Deployed | SourceStack]) -> int:
    """How many resources of these types obsgen made for itself; they are not compared."""
    templates = [_source(stack).deployed.template for stack in stacks]
    listed = [template.get("Resources") for template in templates if isinstance(template, Mapping)]
    resources = [
        item for part in listed if isinstance(part, Mapping) for item in part.values() if isinstance(item, Mapping)
    ]
    return sum(str(resource.get("Type")) in COMPARED and is_own(resource) for resource in resources)


def _source(stack: Deployed | SourceStack) -> SourceStack:
    return stack if isinstance(stack, SourceStack) else SourceStack(SourceKind.TEMPLATE, stack, {})


def _title(number: int) -> str:
    return f"R{number}"


def _readings(
    account: str, region: str, resources: list[ImportedResource], plain: list[Mapping[str, Any]]
) -> dict[str, tuple[Reading, str]]:
    """What the evaluator reads of each resource of a place, or why it cannot, by the title here."""
    template = {
        "Resources": {
            _title(number): {"Type": resource.type, "Properties": _literal(properties)}
            for number, (resource, properties) in enumerate(zip(resources, plain, strict=True))
            if resource.type in _READ
        }
    }
    contents = read(Deployed(template, account, region))
    known: dict[str, tuple[Reading, str]] = {
        contents.logical_ids[alarm]: (None, reason)
        for alarm, reason in contents.unknown.items()
        if alarm in contents.logical_ids
    }
    readings: list[MetricAlarm | CompositeAlarm | PromqlAlarm] = [*contents.metric_alarms, *contents.composites]
    readings += contents.promql
    known |= {reading.logical_id: (reading, "") for reading in readings}
    for metric_filter in contents.filters:
        known[metric_filter.logical_id] = (metric_filter, metric_filter.unknown)
    return known


def _literal(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without their names: two resources of one name are two here."""
    return {key: value for key, value in properties.items() if key != "AlarmName"}


def _unknown(resource: ImportedResource) -> str:
    """Why a resource of which a part cannot be known is not compared. What obsgen replaces need not be known."""
    reasons = {name: reason for name, reason in resource.unknown.items() if name not in _REPLACED}
    return "; ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items()))


_ACTIONS = frozenset({"AlarmActions", "OKActions", "InsufficientDataActions"})
_REPLACED = _ACTIONS | {"AlarmDescription", "Tags"}


def _path(template: Any, logical_id: str) -> str:
    """The path that obsgen writes beside a resource."""
    value = template
    for key in ("Resources", logical_id, "Metadata", "obsgen", "path"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def in_order(resources: Iterable[SideResource]) -> Iterator[SideResource]:
    """By place, type and name."""
    return iter(sorted(resources, key=lambda item: (item.id.account, item.id.region, item.id.type, item.id.name)))
