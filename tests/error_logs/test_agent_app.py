"""The agent's function as Lambda calls it: messages of its queue in, events on the hub's bus out, or dead letters."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from moto.server import ThreadedMotoServer

from generator.drill.insights_vendor import Insights, QueryRejected
from handlers.common import aws
from handlers.error_logs import app
from handlers.error_logs import settings as settings_module
from tests.insights_server import REGION, client, settings

ACCOUNT = "123456789012"


@dataclass
class Place:
    """An account with the agent's queues, and the hub's bus whose events go to a queue."""

    insights: Insights
    sqs: Any
    hub_sqs: Any
    dead_letters: str
    received: str

    def record(self, body: str, receives: int = 1) -> dict[str, Any]:
        return {
            "messageId": "m1",
            "body": body,
            "receiptHandle": "r1",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:query-error-logs-prod",
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }

    def handle(self, body: str, receives: int = 1) -> list[str]:
        """Ids of the records that are handed out again."""
        answer = app.handler({"Records": [self.record(body, receives)]}, None)
        assert answer is not None
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    def letters(self) -> list[tuple[str, str]]:
        """Body and reason of all dead letters."""
        got = self.sqs.receive_message(
            QueueUrl=self.dead_letters, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [(one["Body"], one["MessageAttributes"]["Reason"]["StringValue"]) for one in got.get("Messages", [])]

    def events(self) -> list[dict[str, Any]]:
        """What came to the hub's bus."""
        got = self.hub_sqs.receive_message(QueueUrl=self.received, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in got.get("Messages", [])]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    urllib3.request("POST", f"{url}/moto-api/reset")
    with Insights(time.time) as insights:
        insights.place(ACCOUNT, REGION).seconds = 0.0
        sqs, hub_sqs = client("sqs", url), client("sqs", url, region="us-east-1")
        bus = _bus(client("events", url, region="us-east-1"), hub_sqs)
        queue = sqs.create_queue(QueueName="query-error-logs-prod")["QueueUrl"]
        letters = sqs.create_queue(QueueName="query-error-logs-dead-letters-prod")["QueueUrl"]
        for name, value in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": insights.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCOUNT_ID": ACCOUNT,
            "QUEUE_URL": queue,
            "DEAD_LETTERS_URL": letters,
            "BUS_ARN": bus,
            "MAX_RECEIVES": "5",
            "ENVIRONMENT": "prod",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(settings_module, "read_settings", settings)
        _forget()
        yield Place(insights, sqs, hub_sqs, letters, hub_sqs.get_queue_url(QueueName="received")["QueueUrl"])
    server.stop()
    _forget()


def _forget() -> None:
    app._world.cache_clear()
    aws.client.cache_clear()
    aws._session.cache_clear()


def _bus(events: Any, sqs: Any) -> str:
    bus = events.create_event_bus(Name="monitoring")["EventBusArn"]
    queue = sqs.create_queue(QueueName="received")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["obsgen.error-logs"]})
    events.put_rule(Name="all", EventBusName="monitoring", EventPattern=pattern)
    events.put_targets(Rule="all", EventBusName="monitoring", Targets=[{"Id": "q", "Arn": arn}])
    return str(bus)


def test_a_message_of_the_schedule_becomes_two_windows_on_the_hubs_bus(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time())
    at = now - now % 300
    line = "ERROR stock exhausted"
    place.insights.place(ACCOUNT, REGION).write("/app", "s", (at - 20) * 1000, line)
    scheduled = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    assert place.handle(json.dumps({"window": {"at": scheduled}})) == []
    events = place.events()
    assert {event["detail-type"] for event in events} == {"Error Log Window"}
    details = {event["detail"]["pass"]: event["detail"] for event in events}
    assert [error["count"] for error in details["first"]["errors"]] == [1]
    assert details["first"]["region"] == REGION
    assert details["final"]["window"]["end"] == details["first"]["window"]["start"]
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert metrics["Rows"] == 1
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Obsgen/MonitoringEvents"


def test_what_nobody_can_handle_is_a_dead_letter_at_once(place: Place) -> None:
    assert place.handle("nonsense") == []
    assert place.letters() == [("nonsense", "the message is not JSON")]


def test_what_fails_comes_again_and_is_a_dead_letter_after_the_last_time(place: Place) -> None:
    body = '{"window": {"at": "2026-01-01T00:00:00Z"}}'

    def refuse(action: str, _asked: Any) -> Any:
        raise QueryRejected("InternalFailure", f"{action} does not work")

    place.insights.place(ACCOUNT, REGION).call = refuse  # type: ignore[method-assign]
    for receives in range(1, 5):
        assert place.handle(body, receives) == ["m1"]
    assert place.handle(body, 5) == []
    (letter,) = place.letters()
    assert letter[0] == body
    assert letter[1].startswith("given up after 5 receives: ClientError: ")
    assert place.events() == []
