"""The hub's AWS, as moto's server has it: table, queues and bus, and functions that have just started."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
import urllib3

from handlers.agents import app as agents_app
from handlers.common import aws
from handlers.events import app
from handlers.events import settings as settings_module
from tests.handlers.events.events_table import TABLE, create_events_table
from tests.handlers.events.events_world import settings

# moto answers for this account whatever one asks.
ACCOUNT, REGION = "123456789012", "us-east-1"
QUEUES = ("monitoring-events", "monitoring-events-dead-letters", "incidents")
BUS = "observability-bus-prod"
STACK_SET = "member-stack-prod"


@dataclass
class EventsAws:
    """urls: of the queues, by name. calls: service, operation and parameters of what the functions asked."""

    endpoint: str
    urls: dict[str, str]
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """A client that is not the functions'."""
        return _client(self.endpoint, service)

    def record(self, body: Any, receives: int = 1) -> dict[str, Any]:
        """A record as Lambda hands it over; the body sent to and received from the real queue API."""
        text = body if isinstance(body, str) else json.dumps(body)
        sqs, url = self.client("sqs"), self.urls["monitoring-events"]
        sqs.send_message(QueueUrl=url, MessageBody=text)
        got = sqs.receive_message(QueueUrl=url)["Messages"][0]
        return {
            "messageId": got["MessageId"],
            "receiptHandle": got["ReceiptHandle"],
            "body": got["Body"],
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "eventSource": "aws:sqs",
        }

    def deliver(self, *bodies: Any, receives: int = 1) -> int:
        """A batch of messages; how many the function was not done with."""
        records = [self.record(body, receives) for body in bodies]
        answer = app.handler({"Records": records}, context())
        assert answer is not None
        return len(answer["batchItemFailures"])

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Messages of a queue, which are removed."""
        sqs, taken, url = self.client("sqs"), [], self.urls[queue]
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages"
        ):
            for message in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += got
        return taken

    def findings(self) -> list[dict[str, Any]]:
        """The events that came to the incident function's queue."""
        return [json.loads(message["Body"]) for message in self.take("incidents")]

    def dead(self) -> list[str]:
        """Why messages are among the dead letters."""
        taken = self.take("monitoring-events-dead-letters")
        return [message["MessageAttributes"]["Reason"]["StringValue"] for message in taken]


def context(seconds: float = 60) -> Any:
    """Of an invocation."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: round(1000 * seconds))


def events_aws(endpoint: str, patch: pytest.MonkeyPatch) -> EventsAws:
    """An empty account."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    urls = {name: _client(endpoint, "sqs").create_queue(QueueName=f"{name}-prod")["QueueUrl"] for name in QUEUES}
    create_events_table(_client(endpoint, "dynamodb"))
    _make_bus(_client(endpoint, "events"))
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
        "TABLE_NAME": TABLE,
        "BUS_NAME": BUS,
        "QUEUE_URL": urls["monitoring-events"],
        "DEAD_LETTERS_URL": urls["monitoring-events-dead-letters"],
        "MAX_RECEIVES": "5",
        "ENVIRONMENT": "prod",
        "STACK_SET_NAME": STACK_SET,
    }
    for name, value in environment.items():
        patch.setenv(name, value)
    for module in (app, agents_app, settings_module):
        patch.setattr(module, "read_settings", settings)
    # A busy machine is no fault of AWS's.
    patch.setattr(aws, "CONNECT_SECONDS", 60.0)
    for module in (app, agents_app):
        patch.setattr(module, "READ_SECONDS", 60.0)
    for cached in (aws._session, aws.client, app._outputs, agents_app._outputs):
        cached.cache_clear()
    place = EventsAws(endpoint, urls)

    def note(model: Any, params: dict[str, Any], **_more: Any) -> None:
        place.calls.append((model.service_model.service_name, model.name, params))

    aws._session().register("provide-client-params", note)
    return place


def _make_bus(events: Any) -> None:
    """The hub's bus, with the hub's own findings going to the incident function's queue."""
    events.create_event_bus(Name=BUS)
    pattern = json.dumps({"source": ["obsgen.events"]})
    events.put_rule(Name="findings-prod", EventBusName=BUS, EventPattern=pattern)
    target = {"Id": "hub", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:incidents-prod"}
    events.put_targets(Rule="findings-prod", EventBusName=BUS, Targets=[target])


@cache
def _client(endpoint: str, service: str) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    return session.create_client(service, endpoint_url=endpoint, region_name=REGION)
