"""Resources of a source as plain data, and the types of those that matter to an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.importer.types import DroppedResource, SourceKind, SourcePosition
from generator.importer.unknown_values import UnknownValue

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
