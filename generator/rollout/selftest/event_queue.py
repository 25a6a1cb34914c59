"""A queue that receives events of alarms by a rule, as an experiment creates it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from generator.rollout.selftest.context import SelftestContext

# A message that was read is not read again within a selftest.
HIDDEN_S = 43_200
# With a wait, all servers of a queue are asked; without one, some of them.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
WAIT_S = 1
ACTIONS = (
    "events:PutRule",
    "events:PutTargets",
    "sqs:CreateQueue",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)
CREATES = ("event rule", "queue")
SOURCE = "aws.cloudwatch"
STATE_CHANGE = "CloudWatch Alarm State Change"
CONTRIBUTOR_CHANGE = "CloudWatch Alarm Contributor State Change"


@dataclass
class EventQueue:
    """A queue of an experiment. events: those that it received, as AWS sent them."""

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
        answer = self.context.call(
            "sqs", "receive_message", QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=WAIT_S
        )
        for message in answer.get("Messages", ()):
            try:
                self.events.append(json.loads(message["Body"]))
            except ValueError:
                self.events.append(message["Body"])
        return len(self.events)

    def received(self, detail_type: str = STATE_CHANGE) -> list[dict[str, Any]]:
        """The events of a type so far. Creating and changing an alarm sends events, too, of another type."""
        self.receive()
        events = [event for event in self.events if isinstance(event, dict)]
        return [event for event in events if event.get("detail-type") == detail_type]


def queue(context: SelftestContext, suffix: str, rule: str | None, *, is_encrypted: bool = False) -> EventQueue:
    """A queue. rule: the name of the rule that may send to it; None for no policy. is_encrypted: with SSE-SQS.

    Its policy is there from the beginning: a change of attributes takes up to a minute.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    attributes = {"SqsManagedSseEnabled": str(is_encrypted).lower(), "VisibilityTimeout": str(HIDDEN_S)}
    if rule:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": context.arn("queue", context.name(suffix)),
            "Condition": {"ArnEquals": {"aws:SourceArn": context.arn("event rule", rule)}},
        }
        attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = context.create("create_queue", suffix, Attributes=attributes)
    return EventQueue(context, name, context.answer["QueueUrl"])


def alarm_events(
    context: SelftestContext,
    suffix: str,
    alarms: list[str],
    pattern: Mapping[str, Any] | None = None,
    *,
    is_encrypted: bool = False,
    is_allowed: bool = True,
    **target: Any,
) -> EventQueue:
    """A rule for all events of alarms, and its queue. is_allowed: whether the queue lets the rule send to it.

    target: further parameters of the target.
    """
    own = {"source": [SOURCE], "resources": [context.arn("alarm", alarm) for alarm in alarms]}
    rule = context.create("put_rule", suffix, EventPattern=json.dumps(pattern or own), State="ENABLED")
    receiver = queue(context, suffix, rule if is_allowed else None, is_encrypted=is_encrypted)
    context.call("events", "put_targets", Rule=rule, Targets=[{"Id": "queue", "Arn": receiver.arn, **target}])
    return receiver


def state_of_event(event: Mapping[str, Any]) -> str:
    """The state that an event of a change is about; empty where it says none."""
    detail = event.get("detail")
    state = detail.get("state") if isinstance(detail, dict) else None
    return str(state.get("value", "")) if isinstance(state, dict) else ""


def time_of_event(event: Mapping[str, Any]) -> datetime | None:
    """When it was sent; None where it does not say."""
    try:
        return datetime.fromisoformat(str(event.get("time", "")))
    except ValueError:
        return None
