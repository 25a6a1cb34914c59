"""Resources of a source as plain data: the functions of their templates worked out, conditions applied.

What only a running account can know becomes a variable, which a person fills in; what the source cannot say about a
property is written down with the property.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from generator.importer.resource_types import (
    ALARMS,
    ANOMALY_DETECTOR,
    COMPOSITE,
    DASHBOARD,
    LOG_ALARM,
    LOG_GROUP,
    METRIC_ALARM,
    METRIC_FILTER,
    NAME_PROPERTIES,
    SLACK_CHANNEL,
    SUBSCRIPTION,
    TOPIC,
    ImportedResource,
    ImportedResources,
    ResourceId,
)
from generator.importer.stack_reader import StackReader
from generator.importer.types import ImportSource, SourceStack

__all__ = [
    "ALARMS",
    "ANOMALY_DETECTOR",
    "COMPOSITE",
    "DASHBOARD",
    "LOG_ALARM",
    "LOG_GROUP",
    "METRIC_ALARM",
    "METRIC_FILTER",
    "NAME_PROPERTIES",
    "SLACK_CHANNEL",
    "SUBSCRIPTION",
    "TOPIC",
    "ImportedResource",
    "ImportedResources",
    "ResourceId",
    "ordered_stacks",
    "resolved_resources",
]


def resolved_resources(source: ImportSource) -> ImportedResources:
    """The resources of every stack of a source that matter here, in the same order whatever that of the source is."""
    reader = StackReader()
    ordered = ordered_stacks(source.stacks)
    resources = [
        resource
        for number, (stack, aliases) in enumerate(zip(ordered, _aliases(ordered), strict=True))
        for resource in reader.resources(stack, number, aliases)
    ]
    resources.sort(
        key=lambda resource: (
            resource.account,
            resource.region,
            resource.type,
            resource.called,
            resource.stack,
        )
    )
    variables = reader.unknown_values.values()
    return ImportedResources(tuple(resources), variables, tuple(reader.dropped), tuple(sorted(reader.remarks)))


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
