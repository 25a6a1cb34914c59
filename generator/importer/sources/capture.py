"""Captures: what AWS has in all accounts and Regions, as templates without functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.aws.scaling_alarms import OF_POLICY, is_of_target_tracking
from generator.capture.capture import Capture, CapturedRegion
from generator.capture.parts import CAPTURE, PARTS
from generator.capture.read import read_capture
from generator.evaluate.types import Deployed
from generator.importer.logical_ids import LogicalIds
from generator.importer.property_map import ResourceMap, mapped, resource_maps, unread_types
from generator.importer.source import ReadOptions, SourceInput, SourceParts
from generator.importer.types import DroppedResource, SourceKind, SourcePosition, SourceStack
from generator.reading import shown

KIND = SourceKind.CAPTURE
WHAT = "a folder of `obsgen capture`"

_PARTS = ("alarms", "anomaly-detectors", "dashboards", "log-groups", "metric-filters")
_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
_TOPIC = re.compile(r"arn:[a-z-]+:sns:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>[A-Za-z0-9_.-]+)")
_MANAGED = "another service of AWS made it and manages it"


def recognizes(source: SourceInput) -> bool:
    """A folder with the description of a capture."""
    return source.is_folder and (source.path / CAPTURE).is_file()


def read(source: SourceInput, options: ReadOptions) -> SourceParts:
    """A stack for each account and Region. Raises BadCapture."""
    del options
    capture = read_capture(source.path)
    regions = [_region(region) for region in capture.regions]
    topics = sorted({topic for region in regions for topic in region.topics})
    for region in regions:
        region.add_topics(topics)
    return SourceParts(
        [region.stack() for region in regions],
        [dropped for region in regions for dropped in region.dropped],
        [left_out for region in regions for left_out in region.left_out],
        {account.id: account.name for account in capture.accounts},
        list(_remarks(capture)),
        capture.environment or "",
        capture.hub or "",
    )


@dataclass
class _Region:
    """The resources of an account and Region while they are collected. topics: the ARNs in actions."""

    captured: CapturedRegion
    ids: LogicalIds = field(default_factory=LogicalIds)
    resources: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, SourcePosition] = field(default_factory=dict)
    physical_ids: dict[str, str] = field(default_factory=dict)
    dropped: list[DroppedResource] = field(default_factory=list)
    left_out: list[DroppedResource] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)

    def add(self, kind: str, name: str, properties: Mapping[str, Any], position: SourcePosition) -> None:
        """A resource, with a logical ID of its own."""
        logical_id = self.ids.new(name)
        self.resources[logical_id] = {"Type": kind, "Properties": dict(properties)}
        self.positions[logical_id] = position
        self.physical_ids[logical_id] = name

    def add_topics(self, topics: list[str]) -> None:
        """The topics that are here, of those that any alarm sends to."""
        for arn in topics:
            match = _TOPIC.fullmatch(arn)
            if match and (match["account"], match["region"]) == (self.captured.account, self.captured.region):
                position = SourcePosition(shown(self.captured.folder / PARTS["alarms"].file), arn)
                self.add("AWS::SNS::Topic", match["name"], {"TopicName": match["name"]}, position)

    def stack(self) -> SourceStack:
        """The stack of all that was collected."""
        captured = self.captured
        template = {"Resources": self.resources}
        deployed = Deployed(template, captured.account, captured.region, captured.account_name)
        return SourceStack(KIND, deployed, self.positions, self.physical_ids)


def _region(captured: CapturedRegion) -> _Region:
    region = _Region(captured)
    for part in _PARTS:
        for number, (map_name, row) in enumerate(_rows(captured, part), 1):
            file = shown(captured.folder / PARTS[part].file)
            resource_map = resource_maps("capture").get(map_name)
            if resource_map is None:
                position = SourcePosition(file, str(row["AlarmName"]), number)
                reason = "this obsgen does not know alarms of this type"
                region.dropped.append(DroppedResource(position, map_name, position.address, reason))
                continue
            _add(region, row, resource_map, SourcePosition(file, _name(row, resource_map), number))
    for part, text in sorted(unread_types("capture").items()):
        kind, _, reason = text.partition(", ")
        for number, row in enumerate(captured.rows(part) or (), 1):
            name = str(row.get("Name") or row.get("filterName"))
            position = SourcePosition(shown(captured.folder / PARTS[part].file), name, number)
            if row.get("ManagedRule"):
                region.left_out.append(DroppedResource(position, kind, name, _MANAGED))
            else:
                region.dropped.append(DroppedResource(position, kind, name, reason))
    return region


def _rows(captured: CapturedRegion, part: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a part, each with the name of its map."""
    if part == "alarms":
        for alarm in captured.alarms() or ():
            yield alarm.kind, alarm.definition
    else:
        for row in captured.rows(part) or ():
            yield part, row


def _add(region: _Region, row: Mapping[str, Any], resource_map: ResourceMap, position: SourcePosition) -> None:
    name = position.address
    if is_of_target_tracking(name) and resource_map.type == "AWS::CloudWatch::Alarm":
        region.left_out.append(DroppedResource(position, resource_map.type, name, OF_POLICY))
        return
    result = mapped(row, resource_map)
    for key in result.unread:
        reason = "this obsgen does not know it"
        region.dropped.append(DroppedResource(position, resource_map.type, name, reason, key))
    region.add(resource_map.type, name, result.properties, position)
    for key in _ACTIONS:
        actions = row.get(key)
        texts = [action for action in actions if isinstance(action, str)] if isinstance(actions, list) else []
        region.topics.update(action for action in texts if _TOPIC.fullmatch(action))


def _name(row: Mapping[str, Any], resource_map: ResourceMap) -> str:
    """What people call a row; of an anomaly detector without an ID, its metric."""
    name = row.get(resource_map.name)
    single = row.get("SingleMetricAnomalyDetector")
    if not isinstance(name, str) and isinstance(single, Mapping):
        name = f"{single.get('Namespace')} {single.get('MetricName')} {single.get('Stat')}"
    return name if isinstance(name, str) else "metric-math"


def _remarks(capture: Capture) -> Iterator[str]:
    folder = shown(capture.folder)
    if not capture.is_complete:
        yield f"{folder}: the capture is not complete; run `obsgen capture` again"
    for region in capture.regions:
        missing = [part for part in _PARTS if part != "dashboards" and not (region.folder / PARTS[part].file).is_file()]
        if missing:
            yield f"{folder}: {', '.join(missing)} of {region.account_name} in {region.region} were not captured"
