"""The hub's template, as far as the incident function needs it, made real in moto's server.

What there is and what it is called is read from the built template, so that the drill has what would be deployed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

QUEUE, TOPIC, TABLE = "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::DynamoDB::Table"
SUBSCRIPTION, SCHEDULES, FUNCTION = "AWS::SNS::Subscription", "AWS::Scheduler::ScheduleGroup", "AWS::Lambda::Function"
# The property that names a resource, and what its ARN ends in.
NAMES = {
    QUEUE: ("QueueName", "sqs", "{}"),
    TOPIC: ("TopicName", "sns", "{}"),
    TABLE: ("TableName", "dynamodb", "table/{}"),
    SCHEDULES: ("Name", "scheduler", "schedule-group/{}"),
    FUNCTION: ("FunctionName", "lambda", "function:{}"),
    "AWS::IAM::Role": ("RoleName", "iam", "role/{}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs", "log-group:{}:*"),
    "AWS::Events::EventBus": ("Name", "events", "event-bus/{}"),
}
QUEUE_ATTRIBUTES = ("DelaySeconds", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout")
TABLE_ARGUMENTS = ("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


class Unresolved(Exception):
    """The template says something that the drill does not understand."""


class LocalHub:
    """client: makes a client of a service. mailboxes: channel and address to the URL of the queue in their place."""

    def __init__(
        self,
        template: Mapping[str, Any],
        account: str,
        region: str,
        partition: str,
        client: Callable[[str], Any],
    ) -> None:
        self.resources: Mapping[str, Any] = template["Resources"]
        self.parameters: Mapping[str, Any] = template.get("Parameters", {})
        self.account, self.region, self.partition = account, region, partition
        self.client = client
        self.urls: dict[str, str] = {}
        self.mailboxes: dict[tuple[str, str], str] = {}

    def make(self) -> None:
        """Queues, the topic with a queue in place of each mailbox, tables, schedule groups."""
        queues = self._of(QUEUE)
        for title in sorted(queues, key=lambda title: "RedrivePolicy" in queues[title]):
            self._queue(title, queues[title])
        for title, properties in self._of(TOPIC).items():
            self.client("sns").create_topic(Name=self.name(title, properties))
        for title in self._of(SUBSCRIPTION):
            self._subscription(self.resources[title])
        for properties in self._of(TABLE).values():
            known = {name: self.resolve(properties[name]) for name in TABLE_ARGUMENTS if name in properties}
            self.client("dynamodb").create_table(**known)
        for title, properties in self._of(SCHEDULES).items():
            self.client("scheduler").create_schedule_group(Name=self.name(title, properties))

    def function(self, title: str) -> dict[str, Any]:
        """A function's properties, with everything in them resolved."""
        properties: dict[str, Any] = self.resolve(self.resources[title]["Properties"])
        return properties

    def queue_of(self, function: str) -> str:
        """The logical id of the queue that feeds a function."""
        for resource in self.resources.values():
            properties = resource.get("Properties", {})
            source = properties.get("EventSourceArn")
            if resource["Type"] == "AWS::Lambda::EventSourceMapping" and properties["FunctionName"] == {
                "Ref": function
            }:
                return str(_target(source))
        raise Unresolved(f"nothing feeds {function}")

    def arn(self, title: str) -> str:
        """The ARN of a resource."""
        kind, properties = self.resources[title]["Type"], self.resources[title].get("Properties", {})
        if kind not in NAMES:
            raise Unresolved(f"the ARN of {title} ({kind})")
        _, service, ending = NAMES[kind]
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{ending.format(self.name(title, properties))}"

    def name(self, title: str, properties: Mapping[str, Any]) -> str:
        """What a resource is called."""
        kind = self.resources[title]["Type"]
        return str(self.resolve(properties.get(NAMES[kind][0], title)))

    def resolve(self, value: Any) -> Any:
        """Plain data in place of Ref, Fn::GetAtt, Fn::Sub and Fn::Join."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [("Ref", str(name))]:
                return self._ref(name)
            case [("Fn::GetAtt", what)]:
                title, _, attribute = (what if isinstance(what, str) else ".".join(what)).partition(".")
                return self._attribute(title, attribute)
            case [("Fn::Sub", str(text))]:
                return _PLACEHOLDER.sub(lambda placeholder: self._placeholder(placeholder[1]), text)
            case [("Fn::Join", [str(between), list(parts)])]:
                return between.join(str(self.resolve(part)) for part in parts)
            case [(name, _)] if name.startswith("Fn::"):
                raise Unresolved(name)
        return {key: self.resolve(item) for key, item in value.items()}

    def _placeholder(self, name: str) -> str:
        title, _, attribute = name.partition(".")
        return str(self._attribute(title, attribute) if attribute else self._ref(name))

    def _ref(self, name: str) -> Any:
        known = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in known:
            return known[name]
        if name in self.parameters:
            return self.parameters[name].get("Default", "")
        kind, properties = self.resources[name]["Type"], self.resources[name].get("Properties", {})
        if kind == QUEUE:
            return self.urls[name]
        if kind == TOPIC:
            return self.arn(name)
        return self.name(name, properties) if kind in NAMES else name

    def _attribute(self, title: str, attribute: str) -> str:
        if attribute in ("Arn", "TopicArn"):
            return self.arn(title)
        if attribute.endswith("Name"):
            return self.name(title, self.resources[title].get("Properties", {}))
        raise Unresolved(f"{title}.{attribute}")

    def _of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {
            title: resource.get("Properties", {})
            for title, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def _queue(self, title: str, properties: Mapping[str, Any]) -> None:
        attributes = {name: str(properties[name]) for name in QUEUE_ATTRIBUTES if name in properties}
        if "RedrivePolicy" in properties:
            attributes["RedrivePolicy"] = json.dumps(self.resolve(properties["RedrivePolicy"]))
        queue = self.client("sqs").create_queue(QueueName=self.name(title, properties), Attributes=attributes)
        self.urls[title] = str(queue["QueueUrl"])

    def _subscription(self, resource: Mapping[str, Any]) -> None:
        """What a mailbox would get comes to a queue, by way of the same filter."""
        properties = resource["Properties"]
        channel = resource["Metadata"]["obsgen"]["path"].rpartition(".")[2]
        topic, address = self.resolve(properties["TopicArn"]), str(self.resolve(properties["Endpoint"]))
        name = f"drill-mailbox-{len(self.mailboxes) + 1}"
        url = str(self.client("sqs").create_queue(QueueName=name)["QueueUrl"])
        attributes = {}
        if "FilterPolicy" in properties:
            attributes["FilterPolicy"] = json.dumps(self.resolve(properties["FilterPolicy"]))
        if "FilterPolicyScope" in properties:
            attributes["FilterPolicyScope"] = str(properties["FilterPolicyScope"])
        self.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:{self.partition}:sqs:{self.region}:{self.account}:{name}",
            Attributes=attributes,
        )
        self.mailboxes[channel, address] = url


def _target(source: Any) -> Any:
    """The logical id in a GetAtt."""
    what = source.get("Fn::GetAtt") if isinstance(source, dict) else None
    return what.partition(".")[0] if isinstance(what, str) else what[0] if what else None
