"""A queue that receives events of alarms by a rule, as an experiment creates it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.selftest.context import SelftestContext

# A message that was read is not read again within a selftest.
HIDDEN_S = 43_200
ACTIONS = (
    "events:PutRule",
    "events:PutTargets",
    "sqs:CreateQueue",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SetQueueAttributes",
)
CREATES = ("event rule", "queue")
SOURCE = "aws.cloudwatch"


@dataclass
class EventQueue:
    """A queue with SSE-SQS. events: those that it received, as AWS sent them."""

    context: SelftestContext
    name: str
    url: str
    events: list[Any] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.context.arn("queue", self.name)

    def receive(self) -> int:
        """Read what has arrived; the number of events so far."""
        answer = self.context.call("sqs", "receive_message", QueueUrl=self.url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", ()):
            try:
                self.events.append(json.loads(message["Body"]))
            except ValueError:
                self.events.append(message["Body"])
        return len(self.events)


def queue(context: SelftestContext, suffix: str, rule: str | None) -> EventQueue:
    """A queue with SSE-SQS. rule: the name of the rule that may send to it; None for no policy."""
    attributes = {"SqsManagedSseEnabled": "true", "VisibilityTimeout": str(HIDDEN_S)}
    name = context.create("create_queue", suffix, Attributes=attributes)
    url = context.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
    target = EventQueue(context, name, url)
    if rule:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": target.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": context.arn("event rule", rule)}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        context.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": policy})
    return target


def alarm_events(
    context: SelftestContext, suffix: str, alarms: list[str], pattern: Mapping[str, Any] | None = None, **target: Any
) -> EventQueue:
    """A rule for all events of alarms, and its queue. target: further parameters of the target."""
    own = {"source": [SOURCE], "resources": [context.arn("alarm", alarm) for alarm in alarms]}
    rule = context.create("put_rule", suffix, EventPattern=json.dumps(pattern or own), State="ENABLED")
    receiver = queue(context, suffix, rule)
    context.call("events", "put_targets", Rule=rule, Targets=[{"Id": "queue", "Arn": receiver.arn, **target}])
    return receiver
