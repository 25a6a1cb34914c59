"""Physical names in templates: which property holds the name of which resource, and how long it may get.

Names are built from what people wrote and from the environment, so only here, where they are whole, can they be
measured. Each limit is the one on the resource's own page of the CloudFormation template reference.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Path
from generator.manifest import MEMBER_TEMPLATE

# Resource type: the property that holds its name, its noun, the longest name that AWS accepts. A type that is not
# listed has the property Name, or `<Noun>Name` as AWS::Logs::LogGroup has LogGroupName, of at most MOST_CHARACTERS.
NAMED: dict[str, tuple[str, str, int]] = {
    "AWS::ApiGateway::RestApi": ("Name", "API", 1024),
    "AWS::ApplicationSignals::ServiceLevelObjective": ("Name", "SLO", 128),
    "AWS::CloudWatch::Alarm": ("AlarmName", "alarm", 255),
    "AWS::CloudWatch::AlarmMuteRule": ("Name", "mute rule", 255),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "composite alarm", 255),
    "AWS::CloudWatch::LogAlarm": ("AlarmName", "alarm", 255),
    "AWS::CloudWatch::Dashboard": ("DashboardName", "dashboard", 255),
    "AWS::CloudWatch::InsightRule": ("RuleName", "Contributor Insights rule", 128),
    "AWS::DynamoDB::Table": ("TableName", "table", 255),
    "AWS::EC2::SecurityGroup": ("GroupName", "security group", 255),
    "AWS::ECS::Cluster": ("ClusterName", "cluster", 255),
    "AWS::Events::Archive": ("ArchiveName", "event archive", 48),
    "AWS::Events::EventBus": ("Name", "event bus", 256),
    "AWS::Events::Rule": ("Name", "event rule", 64),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "policy", 128),
    "AWS::IAM::Role": ("RoleName", "role", 64),
    "AWS::KMS::Alias": ("AliasName", "key alias", 256),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "delivery stream", 64),
    "AWS::Lambda::Function": ("FunctionName", "function", 64),
    "AWS::Logs::LogGroup": ("LogGroupName", "log group", 512),
    "AWS::Logs::MetricFilter": ("FilterName", "metric filter", 512),
    "AWS::Logs::ResourcePolicy": ("PolicyName", "log resource policy", 255),
    "AWS::Logs::SubscriptionFilter": ("FilterName", "subscription filter", 512),
    "AWS::Oam::Sink": ("Name", "sink", 255),
    "AWS::S3::Bucket": ("BucketName", "bucket", 63),
    "AWS::SNS::Topic": ("TopicName", "topic", 256),
    "AWS::Scheduler::Schedule": ("Name", "schedule", 64),
    "AWS::Scheduler::ScheduleGroup": ("Name", "group of schedules", 64),
    "AWS::SecretsManager::Secret": ("Name", "secret", 512),
    "AWS::SQS::Queue": ("QueueName", "queue", 80),
    "AWS::SSM::Association": ("AssociationName", "association", 128),
    "AWS::SSM::Document": ("Name", "document", 128),
    "AWS::SSM::Parameter": ("Name", "parameter", 1011),
    "AWS::XRay::Group": ("GroupName", "trace group", 32),
    "AWS::XRay::SamplingRule": ("SamplingRule.RuleName", "sampling rule", 32),
    "AWS::Synthetics::Canary": ("Name", "canary", 255),
}
MOST_CHARACTERS = 255
# These are unique only within another resource: their API, their log group.
NAMED_WITHIN = frozenset({"AWS::ApiGateway::Stage", "AWS::Logs::LogStream"})
_ACCOUNT = "${AWS::AccountId}"
_REGION = "${AWS::Region}"
# Sections with several parts, whose names no key of the section is in. In other sections the key of an entry is.
_FIXED_NAMES = frozenset({"access", "compliance", "error_logs", "events", "insights", "network", "reports"})


@dataclass(frozen=True, slots=True)
class Named:
    """A resource and its name. `name` is as generated, `longest` with every pseudo parameter filled in."""

    resource: Resource
    kind: str
    name: str
    longest: str
    limit: int

    @property
    def path(self) -> Path:
        """The value to change: the name or key that the user wrote, else the environment's name."""
        path = self.resource.path
        if path[:1] == ("log_groups",) and len(path) == 2:
            return (*path, "name")
        if path[:1] == ("log_groups",) and len(path) > 2:
            # What an option of a log group adds is named after its key.
            return path[:2]
        return path if len(path) > 1 and path[0] not in _FIXED_NAMES else ("environments",)


def named(subject: Subject) -> Iterator[Named]:
    """Every resource that is given a name of its own, hub first."""
    for resource in subject.resources():
        name_property, kind, limit = name_property_of(resource.type, resource.properties)
        value: Any = resource.properties
        for step in name_property.split("."):
            value = value.get(step, {})
        if isinstance(value, dict):
            value = value.get("Fn::Sub")
        if isinstance(value, str):
            yield Named(resource, kind, value, _longest(value, resource, subject), limit)


def name_property_of(resource_type: str, properties: Container[str]) -> tuple[str, str, int]:
    """The property that holds a resource's name, what people call the resource, and the longest name.

    The property is empty where a resource of that type has no name of its own.
    """
    if resource_type in NAMED:
        return NAMED[resource_type]
    noun = resource_type.rpartition("::")[2]
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", noun).lower()
    own = [name for name in (f"{noun}Name", "Name") if name in properties]
    is_named = own and resource_type.startswith("AWS::") and resource_type not in NAMED_WITHIN
    return (own[0] if is_named else ""), kind, MOST_CHARACTERS


def _longest(name: str, resource: Resource, subject: Subject) -> str:
    """The name where it comes out longest; every account id has twelve digits, Regions differ."""
    regions = subject.estate.regions if resource.file == MEMBER_TEMPLATE else (subject.estate.hub.region,)
    return name.replace(_ACCOUNT, "0" * 12).replace(_REGION, max(regions, key=len))
