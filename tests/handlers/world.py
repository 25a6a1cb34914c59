"""Everything around the incident functions, real as far as it goes: moto's server for AWS, the rest is theirs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest

from generator.render.routing import routing_json
from handlers.common import aws
from handlers.common.deadline import Deadline
from handlers.common.http import Http
from handlers.incident import app, notifier
from handlers.incident.delivery import worker
from handlers.incident.routing import Routing
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.items import DELIVERY, due_of, incident_of
from handlers.incident.state.records import Incident
from tests import moto_server
from tests.handlers.table_world import TABLE, create_table
from tests.support import built, spec

# moto answers for this account whatever one asks.
HUB = "123456789012"
REGION = "us-east-1"
# 2026-11-20T10:00:01Z, a second after the events of the tests: what is weeks old, or of the future, is refused.
NOW = 1_795_168_801_000
NAMES = ("incident-queue", "incident-dead-letters", "incident-wake-ups", "mailbox")


@dataclass
class World:
    """clients: of boto's, by service, apart from the functions' own. now: milliseconds, see `stop_clock`.

    calls: service, operation and parameters of what the decision function asked of AWS; notifier_calls: the notifier.
    """

    endpoint: str
    routing: Routing
    environment: dict[str, str]
    now: int = NOW
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    notifier_calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    is_notifier: bool = False

    def client(self, service: str) -> Any:
        """A client that is not the function's."""
        return _client(self.endpoint, service)

    def record(self, body: Any, receives: int = 1, message: str = "m1") -> dict[str, Any]:
        """A record as Lambda hands it over; the body sent to and received from the real queue API."""
        text = body if isinstance(body, str) else json.dumps(body)
        sqs, url = self.client("sqs"), self.environment["QUEUE_URL"]
        sqs.send_message(QueueUrl=url, MessageBody=text)
        got = sqs.receive_message(QueueUrl=url)["Messages"][0]
        return {
            "messageId": message,
            "receiptHandle": got["ReceiptHandle"],
            "body": got["Body"],
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "eventSource": "aws:sqs",
            "eventSourceARN": self.environment["QUEUE_ARN"],
        }

    def deliver(self, body: Any, receives: int = 1) -> bool:
        """Whether the function was done with the message."""
        answer = app.handler({"Records": [self.record(body, receives)]}, None)
        assert answer is not None
        return not answer["batchItemFailures"]

    def tick(self) -> None:
        """The scheduled wake-up."""
        self._notify({})

    def notify(self) -> list[str]:
        """Have the notifier handle every wake-up that is visible; the channels that are to come again."""
        again: list[str] = []
        seen: set[str] = set()
        while records := [one for one in self.records("WAKE_UPS_URL") if one["messageId"] not in seen]:
            for record in records:
                seen.add(record["messageId"])
                answer = self._notify({"Records": [record]})
                assert answer is not None
                if answer["batchItemFailures"]:
                    again.append(json.loads(record["body"])["wake"])
                else:
                    url = self.environment["WAKE_UPS_URL"]
                    self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
        return again

    def _notify(self, event: dict[str, Any]) -> Any:
        self.is_notifier = True
        try:
            return notifier.handler(event, None)
        finally:
            self.is_notifier = False

    def records(self, url: str) -> list[dict[str, Any]]:
        """What is visible in a queue, as Lambda hands it over."""
        asked = {"QueueUrl": self.environment[url], "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        return [
            {"messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"]}
            for m in self.client("sqs").receive_message(**asked).get("Messages", [])
        ]

    def mails(self) -> list[dict[str, Any]]:
        """Subject, Message and MessageAttributes of what was published."""
        return [json.loads(message["Body"]) for message in self._take("MAILBOX_URL")]

    def dead_letters(self) -> list[tuple[str, str]]:
        """Body and reason."""
        taken = self._take("DEAD_LETTERS_URL")
        return [(message["Body"], message["MessageAttributes"]["Reason"]["StringValue"]) for message in taken]

    def wake_ups(self) -> list[str]:
        """The channels whose workers were woken, in order."""
        return [json.loads(message["Body"])["wake"] for message in self._take("WAKE_UPS_URL")]

    def table(self) -> DynamoTable:
        """The table by a client that is not the function's."""
        return DynamoTable(self.client("dynamodb"), self.environment["TABLE_NAME"])

    def incidents(self) -> list[Incident]:
        """By when they opened."""
        heads = [item for item in self.items() if "incident" in item and item["pk"]["S"].startswith("INC#")]
        return sorted(map(incident_of, heads), key=lambda incident: incident.opened)

    def owed(self) -> list[tuple[str, str, int]]:
        """Channel, rank and revision of what is in the index."""
        rows = [item for item in self.items() if item["sk"]["S"].startswith(DELIVERY) and "due_pk" in item]
        found = [(due_of(row), int(row["desired"]["N"])) for row in rows]
        return sorted((due.channel, str(due.rank), desired) for due, desired in found)

    def items(self) -> list[dict[str, Any]]:
        """What the table holds."""
        return list(self.client("dynamodb").scan(TableName=self.environment["TABLE_NAME"])["Items"])

    def _take(self, url: str) -> list[dict[str, Any]]:
        sqs, taken = self.client("sqs"), []
        while True:
            got = sqs.receive_message(
                QueueUrl=self.environment[url], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            ).get("Messages", [])
            for message in got:
                sqs.delete_message(QueueUrl=self.environment[url], ReceiptHandle=message["ReceiptHandle"])
            taken += got
            if not got:
                return taken


@contextmanager
def moto() -> Iterator[str]:
    """The address of an AWS of our own."""
    yield moto_server.address()


def world(endpoint: str, change: str, secrets: dict[str, Any], set_env: Callable[[str, str], None]) -> World:
    """An estate of tests' small spec with `change` laid over it, empty, and the functions in it."""
    moto_server.reset()
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in settings.items():
        set_env(name, value)
    made = built(spec(f'hub: {{account: "{HUB}"}}\n{change}'))
    assert made.estates, made.findings
    routing = Routing(json.loads(routing_json(made.estates["prod"])))
    place = World(endpoint, routing, _make(endpoint, secrets))
    for name, value in place.environment.items():
        set_env(name, value)
    renew(place)
    return place


@cache
def _client(endpoint: str, service: str) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    return session.create_client(service, endpoint_url=endpoint, region_name=REGION)


def _make(endpoint: str, secrets: dict[str, Any]) -> dict[str, str]:
    client = partial(_client, endpoint)
    sqs, sns = client("sqs"), client("sns")
    urls = {name: sqs.create_queue(QueueName=f"{name}-prod")["QueueUrl"] for name in NAMES}
    topic = sns.create_topic(Name="monitoring-alerts-prod")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{HUB}:mailbox-prod")
    create_table(client("dynamodb"))
    for name, value in secrets.items():
        text = value if isinstance(value, str) else json.dumps(value)
        client("secretsmanager").create_secret(Name=name, SecretString=text)
    return {
        "TOPIC_ARN": topic,
        "TABLE_NAME": TABLE,
        "QUEUE_URL": urls["incident-queue"],
        "QUEUE_ARN": f"arn:aws:sqs:{REGION}:{HUB}:incident-queue-prod",
        "DEAD_LETTERS_URL": urls["incident-dead-letters"],
        "MAILBOX_URL": urls["mailbox"],
        "MAX_RECEIVES": "3",
        "WAKE_UPS_URL": urls["incident-wake-ups"],
    }


def stop_clock(place: World, patch: pytest.MonkeyPatch) -> None:
    """The functions' time is `place.now` from now on: it passes only while they sleep, however slow the machine is."""

    def sleep(seconds: float) -> None:
        place.now += round(1000 * seconds)

    clock = SimpleNamespace(time_ns=lambda: 1_000_000 * place.now, sleep=sleep)
    deadline = SimpleNamespace(after=lambda seconds: Deadline.after(seconds, lambda: place.now / 1000))
    for module in (app, notifier):
        patch.setattr(module, "time", clock)
        patch.setattr(module, "Deadline", deadline)
        patch.setattr(module, "read_routing", lambda: place.routing)
    # moto's index is never behind, and nobody writes meanwhile: nobody has to look again before something is due.
    patch.setattr(worker, "LINGER_MS", 0)
    patch.setattr(worker, "LOOK_S", 60.0)
    call = Http.call

    def patient(http: Http, method: str, url: str, _deadline: Deadline, **more: Any) -> Any:
        return call(http, method, url, Deadline.after(60.0), **more)

    patch.setattr(Http, "call", patient)


def renew(place: World) -> None:
    """What new execution environments start with: nothing kept, and every call to AWS written down."""
    cached = (aws._session, aws.client, app._service, app._inline_pass, notifier._secrets, notifier._routing)
    of_notifier = (notifier._tools, notifier._table, notifier._sink_named, notifier.ports, notifier._notifier)
    for one in (*cached, *of_notifier):
        one.cache_clear()
    os.environ.pop("AWS_LAMBDA_INITIALIZATION_TYPE", None)
    # A busy machine is no fault of AWS's.
    aws.CONNECT_SECONDS = aws.READ_SECONDS = 60.0
    app.read_routing = notifier.read_routing = lambda: place.routing  # type: ignore[attr-defined]

    def note(model: Any, params: dict[str, Any], **_more: Any) -> None:
        calls = place.notifier_calls if place.is_notifier else place.calls
        calls.append((model.service_model.service_name, model.name, params))

    aws._session().register("provide-client-params", note)
