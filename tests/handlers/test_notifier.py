"""The notifier as Lambda invokes it: the table and the queue in moto, the vendors' stand-ins over HTTP."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
import urllib3

from generator.drill.vendors.jira import EMAIL, TOKEN
from generator.drill.vendors.pagerduty import ROUTING_KEY
from generator.drill.vendors.slack import BOT_TOKEN
from handlers.common import aws
from handlers.incident import app, notifier
from handlers.incident.delivery import worker
from handlers.incident.events import Key
from handlers.incident.routing import Routing
from handlers.incident.state.records import Alarm, Incident, Kind, Rank
from handlers.incident.state.table import OutstandingDelivery, StoredAlarm
from tests.handlers.table_world import TABLE, create_table
from tests.handlers.test_incident import event
from tests.handlers.world import HUB, REGION, moto
from tests.vendors import Vendors

POLICY = {"rate_per_minute": 600, "retry_seconds": 86_400, "missed": "each", "time_limit_seconds": 30, "private": True}
LIST = {"above_per_minute": 10, "every_seconds": 60}
KEY = Key("2" * 12, REGION, "errors-alarm-prod")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


class World:
    """An environment with a pager, a chat and tickets; `client` is not the functions' own."""

    def __init__(self, endpoint: str, vendors: Vendors) -> None:
        self.endpoint, self.vendors = endpoint, vendors
        jira = {"type": "jira", "url": vendors.url, "api": "cloud", "project": "OPS", "resolve_on_ok": True}
        slack = {"type": "slack", "url": f"{vendors.url}/api", "channel": "#ops", "secret": "shop/slack"}
        pager = {"type": "pagerduty", "url": vendors.url, "secret": "shop/pager"}
        self.data: dict[str, Any] = {
            "project": "shop",
            "environment": "prod",
            "hub": {"account": HUB, "region": REGION},
            "reopen_within": 1800,
            "accounts": {KEY.account: "checkout"},
            "accounts_closed": True,
            "routes": {"critical": ["pager", "chat", "tickets"], "high": ["chat"]},
            "channels": {
                "pager": {**pager, "delivery": {**POLICY, "missed": "never", "digest": None}},
                "chat": {**slack, "delivery": {**POLICY, "missed": "digest", "digest": LIST}},
                "tickets": {**jira, "secret": "shop/jira", "delivery": {**POLICY, "digest": None}},
            },
            "alarms": {KEY.alarm: {"severity": "critical", "summary": "The shop is logging errors"}},
        }
        self.url = self.client("sqs").create_queue(QueueName="incident-wake-ups-prod")["QueueUrl"]
        create_table(self.client("dynamodb"))
        secrets = {"shop/jira": {"email": EMAIL, "token": TOKEN}, "shop/slack": {"token": BOT_TOKEN}}
        for name, value in {**secrets, "shop/pager": {"routing_key": ROUTING_KEY}}.items():
            self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(service, endpoint_url=self.endpoint)

    def received(self) -> list[dict[str, Any]]:
        """The wake-ups that are visible, as records."""
        found = self.client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        return [
            {
                "messageId": m["MessageId"],
                "receiptHandle": m["ReceiptHandle"],
                "body": m["Body"],
                "eventSource": "aws:sqs",
            }
            for m in found.get("Messages", [])
        ]

    def notify(self) -> list[str]:
        """Handle every wake-up that is visible; the bodies of those that are to come again."""
        again = []
        for record in self.received():
            answer = notifier.handler({"Records": [record]}, None)
            assert answer is not None
            if answer["batchItemFailures"]:
                again.append(record["body"])
            else:
                self.client("sqs").delete_message(QueueUrl=self.url, ReceiptHandle=record["receiptHandle"])
        return again


@pytest.fixture
def world(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
        "TABLE_NAME": TABLE,
        "TOPIC_ARN": f"arn:aws:sns:{REGION}:{HUB}:monitoring-alerts-prod",
    }.items():
        monkeypatch.setenv(name, value)
    # Nothing here is late, and how long a machine takes is no matter of these tests.
    monkeypatch.setattr(worker, "LINGER_MS", 0)
    monkeypatch.setattr(app, "USUAL_SECONDS", 30.0)
    monkeypatch.setattr(aws, "READ_SECONDS", 60.0)
    with Vendors() as vendors:
        made = World(endpoint, vendors)
        monkeypatch.setenv("WAKE_UPS_URL", made.url)
        cached = (aws._session, aws.client, notifier._routing, notifier._secrets, notifier._tools, notifier._table)
        for cache in (*cached, notifier.ports, notifier._notifier, app._service, app._inline_pass):
            cache.cache_clear()
        notifier._sink_named.cache_clear()
        routing = Routing(made.data)
        monkeypatch.setattr(notifier, "read_routing", lambda: routing)
        monkeypatch.setattr(app, "read_routing", lambda: routing)
        yield made


def incident(world: World, number: int = 0, severity: str = "critical", *channels: str) -> None:
    """What a decision writes: an incident that its channels are owed."""
    now = notifier._now()
    table = notifier._table()
    key = replace(KEY, alarm=f"{KEY.alarm}-{number}")
    names = channels or ("pager", "chat", "tickets")
    made = Incident(f"{number:016x}", key, Kind.ALONE, severity, now, "ALARM", now, now, recipients=names)
    rank = Rank.CRITICAL if severity == "critical" else Rank.HIGH
    owed = [OutstandingDelivery(name, rank, now) for name in names]
    read = StoredAlarm(Alarm(key), 0, None, 0)
    table.commit(read, replace(Alarm(key), incident=made.id), [(made, 0, owed)], now)


def test_a_tick_wakes_the_channels_and_each_is_served_by_its_own_message(world: World) -> None:
    incident(world)
    assert notifier.handler({}, None) is None
    assert world.notify() == []
    assert len(world.vendors.issues) == 1
    assert len(world.vendors.messages) == 1
    assert [alert["status"] for alert in world.vendors.alerts.values()] == ["triggered"]
    assert world.vendors.violations == []
    assert notifier.handler({}, None) is None
    assert world.received() == []


def test_a_wake_up_with_more_to_do_stays_in_the_queue_and_is_visible_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "USUAL_SECONDS", 4.0)
    for number in range(2):
        incident(world, number, "critical", "pager")
    world.client("sqs").send_message(QueueUrl=world.url, MessageBody='{"wake": "pager"}')
    assert world.notify() == ['{"wake": "pager"}']
    monkeypatch.setattr(notifier, "USUAL_SECONDS", 60.0)
    again = world.received()
    assert [record["body"] for record in again] == ['{"wake": "pager"}']
    assert notifier.handler({"Records": again}, None) == {"batchItemFailures": []}
    assert len(world.vendors.alerts) == 2


def test_what_cannot_be_read_is_done_with(world: World) -> None:
    world.client("sqs").send_message(QueueUrl=world.url, MessageBody="ring")
    assert world.notify() == []


def test_a_table_that_fails_is_an_error_without_a_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "handlers")
    world.client("dynamodb").delete_table(TableName=TABLE)
    with pytest.raises(RuntimeError, match="ResourceNotFoundException"):
        notifier.handler({"Records": [{"messageId": "1", "body": '{"wake": "pager"}'}]}, None)
    assert TOKEN not in caplog.text


def change(state: str, before: str, seconds_ago: int, before_ago: int) -> Any:
    """An alarm's event of now."""
    stamps = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - ago)) for ago in (seconds_ago, before_ago)]
    made = event(state, before=before, account=KEY.account, with_={"timestamp": f"{stamps[0]}.000+0000"})
    made["detail"]["previousState"]["timestamp"] = f"{stamps[1]}.000+0000"
    return made


def test_from_an_event_to_every_channel_and_back(world: World) -> None:
    app.handler(change("ALARM", "OK", 20, 8_000), None)
    # The ticket is made by the deciding function itself, the rest by the notifier.
    assert len(world.vendors.issues) == 1
    assert world.vendors.messages == []
    assert world.notify() == []
    assert len(world.vendors.issues) == 1
    assert [alert["status"] for alert in world.vendors.alerts.values()] == ["triggered"]
    app.handler(change("OK", "ALARM", 1, 20), None)
    assert world.notify() == []
    assert [alert["status"] for alert in world.vendors.alerts.values()] == ["resolved"]
    first, reply = world.vendors.messages
    assert reply["thread_ts"] == first["ts"]
    assert world.vendors.violations == []
    notifier.handler({}, None)
    assert world.received() == []
