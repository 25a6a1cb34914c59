"""The incident function, fed as SQS feeds it, speaking to a real HTTP server that stands for SNS."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from generator.render.routing import routing_json
from handlers.incident import app
from handlers.incident.message import message_for
from handlers.incident.routing import Routing
from tests.support import built, spec

SPEC = """
alarms:
  errors:
    severity: critical
    summary: The shop is logging errors
    runbook: https://runbooks.example.com/errors
    overrides: [{where: {account: beta}, severity: low}]
channels: {pager: {type: pagerduty, secret: shop/pager}, night: {type: email, addresses: [night@example.com]}}
routes: {critical: [pager, mail], low: [night]}
"""
ROUTING = Routing(json.loads(routing_json(built(spec(SPEC)).estates["prod"])))


def event(state: str = "ALARM", before: str = "OK", alarm: str = "errors-alarm-prod", **other: Any) -> dict[str, Any]:
    """As documented in "Alarm events and EventBridge" of the CloudWatch user guide."""
    detail = {
        "alarmName": alarm,
        "state": {"value": state, "reason": "Threshold Crossed", "timestamp": "2026-11-20T10:00:00.000+0000"},
        "previousState": {"value": before},
    }
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "account": "222222222222",
        "time": "2026-11-20T10:00:00Z",
        "region": "us-east-1",
        "detail": detail,
        **other,
    }


def test_a_message_says_what_where_why_and_what_to_do() -> None:
    message = message_for(event(), ROUTING)
    assert message is not None
    assert message.subject == "ALARM critical: errors-alarm-prod in alpha (us-east-1)"
    assert message.channels == ("mail",)
    for line in (
        "The shop is logging errors",
        "Where: alpha (us-east-1), account 222222222222",
        "Why: Threshold Crossed",
        "Severity: critical; routed to pager, mail",
        "Runbook: https://runbooks.example.com/errors",
    ):
        assert line in message.text


def test_an_account_with_another_severity_goes_to_other_people() -> None:
    message = message_for(event(account="333333333333"), ROUTING)
    assert message is not None
    assert (message.subject.split(":")[0], message.channels) == ("ALARM low", ("night",))


def test_an_account_that_joined_later_goes_by_its_id() -> None:
    message = message_for(event(account="999999999999"), ROUTING)
    assert message is not None
    assert "in 999999999999 (us-east-1)" in message.subject


def test_a_recovery_is_told_and_a_first_ok_is_not() -> None:
    assert message_for(event("OK", "ALARM"), ROUTING) is not None
    assert message_for(event("OK", "INSUFFICIENT_DATA"), ROUTING) is None


@pytest.mark.parametrize("change", [{"state": "INSUFFICIENT_DATA"}, {"alarm": "somebody-elses-alarm-prod"}])
def test_what_is_no_news_is_not_told(change: dict[str, str]) -> None:
    assert message_for(event(**change), ROUTING) is None


def test_a_subject_is_what_sns_takes() -> None:
    long = Routing({**ROUTING.data, "accounts": {"222222222222": "käse" * 40}})
    message = message_for(event(), long)
    assert message is not None
    assert len(message.subject) < 100
    assert message.subject.isascii()


class Sns(BaseHTTPRequestHandler):
    """Just enough of SNS: takes a Publish, or refuses it."""

    published: list[dict[str, str]] = []
    refuses = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).published.append(dict(urllib.parse.parse_qsl(body)))
        answer = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
        self.send_response(403 if self.refuses else 200)
        self.end_headers()
        self.wfile.write(
            b"<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>" if self.refuses else answer
        )

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on the console of the tests."""


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Sns]]:
    server = HTTPServer(("127.0.0.1", 0), Sns)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Sns.published, Sns.refuses = [], False
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "TOPIC_ARN": "arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "_routing", lambda: ROUTING)
    app._sns.cache_clear()
    yield Sns
    server.shutdown()
    server.server_close()


def records(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]}


def test_an_alarm_is_published_once_with_its_channels(sns: type[Sns]) -> None:
    assert app.handler(records(json.dumps(event())), None) == {"batchItemFailures": []}
    (published,) = sns.published
    assert published["Action"] == "Publish"
    assert published["TopicArn"].endswith(":monitoring-alerts-prod")
    assert published["MessageAttributes.entry.1.Value.StringValue"] == '["mail"]'


@pytest.mark.parametrize("broken", ["not json", "{}", '{"detail": null, "account": "1"}', "[]"])
def test_what_cannot_be_read_goes_back_alone(sns: type[Sns], broken: str) -> None:
    answer = app.handler(records(json.dumps(event()), broken), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert len(sns.published) == 1


def test_a_refused_message_goes_back(sns: type[Sns]) -> None:
    sns.refuses = True
    assert app.handler(records(json.dumps(event())), None) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
