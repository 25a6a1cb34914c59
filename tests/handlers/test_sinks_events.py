"""PagerDuty and signed webhooks, over HTTP against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from generator.drill.vendors.pagerduty import ROUTING_KEY
from generator.drill.vendors.webhook import FRESH_SECONDS, SIGNING_KEY
from handlers.incident.message.report import Step
from handlers.incident.sinks import pagerduty, webhook
from handlers.incident.sinks.email import text as email_text
from handlers.incident.sinks.sink import Blame
from handlers.incident.vendors import jira_text, slack_text
from tests.handlers.sink_world import (
    EVIDENCE,
    NOTICE,
    OPEN,
    REPEAT,
    RESOLVE,
    STEPS,
    channel_of,
    failure,
    nasty,
    once,
    send,
    sink_to,
    tools,
)
from tests.support import ROOT
from tests.vendors import Vendors

SCHEMA = json.loads((ROOT / "tests/schemas/pagerduty-event.json").read_text(encoding="utf-8"))
EVENT = jsonschema.Draft202012Validator(SCHEMA)
LABEL = "obsgen-0123456789abcdef"


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


@pytest.mark.parametrize("report", [OPEN, REPEAT, nasty(Step.OPEN), nasty(Step.REPEAT)])
def test_a_trigger_is_an_event(report: Any) -> None:
    assert list(EVENT.iter_errors({"routing_key": ROUTING_KEY, **pagerduty.trigger(report)})) == []
    assert list(EVENT.iter_errors({"routing_key": ROUTING_KEY, **pagerduty.resolve(report.label)})) == []


def test_an_episode_is_an_alert(vendors: Vendors) -> None:
    way = sink_to(vendors, "pagerduty")
    assert send(way, OPEN) == LABEL
    for report in (EVIDENCE, NOTICE):
        assert send(way, report, LABEL) == LABEL
    alert = vendors.alerts[LABEL]
    assert len(alert["events"]) == 1
    payload = alert["events"][0]["payload"]
    assert (payload["severity"], payload["component"]) == ("error", "errors-alarm-prod")
    assert payload["custom_details"]["Value"] == "Errors Sum 12 > 5"
    assert send(way, RESOLVE, LABEL) == LABEL
    assert alert["status"] == "resolved"
    assert send(way, REPEAT, LABEL) == LABEL
    assert (alert["status"], alert["opened"], len(vendors.alerts)) == ("triggered", 2, 1)
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500", "500-after", "drop", "drop-after"])
def test_an_alert_is_one_however_often_it_is_sent(vendors: Vendors, fault: str) -> None:
    way = sink_to(vendors, "pagerduty")
    vendors.fault = once(fault)
    assert failure(way, OPEN).unsure
    send(way, OPEN, unsure=True)
    assert [alert["opened"] for alert in vendors.alerts.values()] == [1]


def test_whatever_an_alarm_is_called_pagerduty_takes_it(vendors: Vendors) -> None:
    send(sink_to(vendors, "pagerduty"), nasty(Step.OPEN))
    assert vendors.violations == []


def test_pagerduty_says_what_is_wrong(vendors: Vendors) -> None:
    short = failure(sink_to(vendors, "pagerduty", {"value": "short"}), OPEN)
    assert "Length of 'routing_key' is incorrect" in str(short)
    assert "Invalid routing key" in str(failure(sink_to(vendors, "pagerduty", {"value": "x" * 32}), OPEN))
    assert (short.unsure, short.blame) == (False, Blame.CHANNEL)
    vendors.fault = once("429:9")
    assert failure(sink_to(vendors, "pagerduty", {"value": ROUTING_KEY}), OPEN).retry_after == 9.0


@pytest.mark.parametrize("report", STEPS, ids=lambda report: report.step)
def test_a_webhook_gets_the_whole_report_signed(vendors: Vendors, report: Any) -> None:
    assert send(sink_to(vendors, "webhook"), report) is None
    (post,) = vendors.posts
    assert post["key"] == f"0123456789abcdef-webhook-{report.step}-0"
    body = post["body"]
    assert (body["step"], body["alarm"], body["label"], body["title"]) == (
        report.step,
        report.alarm,
        LABEL,
        report.title,
    )
    assert body["lines"] == list(report.lines)
    assert body["links"][0] == {"label": "Alarm", "url": OPEN.links[0][1]}
    assert vendors.violations == []


def test_a_step_said_twice_has_the_same_key(vendors: Vendors) -> None:
    way = sink_to(vendors, "webhook", {"value": SIGNING_KEY})
    vendors.fault = once("500-after")
    assert failure(way, OPEN).unsure
    send(way, OPEN, unsure=True)
    send(way, RESOLVE)
    assert [post["duplicate"] for post in vendors.posts] == [False, True, False]


def test_the_time_is_signed_too(vendors: Vendors) -> None:
    channel, secret = channel_of(vendors, "webhook")
    way = webhook.Sink(channel, replace(tools(secret), now=lambda: 1_000.0))
    assert '(401): {"error": "too old"}' in str(failure(way, OPEN))
    vendors.receiver.clock = lambda: 1_000.0 + FRESH_SECONDS
    send(way, OPEN)
    # By another hand: printf '1000.{}' | openssl dgst -sha256 -hmac key
    assert webhook.signature("key", "1000", b"{}") == "c32de42341dece79a1511c9e7f74a2734112edcfcf48943c976faf07047065db"


def test_a_wrong_key_is_refused(vendors: Vendors) -> None:
    error = failure(sink_to(vendors, "webhook", {"key": "another-key"}), OPEN)
    assert "the webhook refused (401)" in str(error)
    assert not error.unsure


@pytest.mark.parametrize(("fault", "unsure"), [("500", True), ("503", True), ("503:5", False), ("429:5", False)])
def test_a_webhook_that_fails_is_asked_again_later(vendors: Vendors, fault: str, unsure: bool) -> None:
    vendors.fault = once(fault)
    error = failure(sink_to(vendors, "webhook"), OPEN)
    assert (error.unsure, error.retry_after) == (unsure, None if unsure else 5.0)


def test_only_addresses_become_links() -> None:
    bad = ("javascript:alert(1)", "http://example.com", "https://a b", "https://a\x00", "https://a>|x", "")
    report = replace(
        OPEN, links=(*((f"bad {n}", url) for n, url in enumerate(bad)), ("good", "https://example.com/?a=1&b=~(c)"))
    )
    assert [link["text"] for link in pagerduty.trigger(report)["links"]] == ["good"]
    assert [link["label"] for link in webhook.content(report)["links"]] == ["good"]
    for shown in (
        str(jira_text.adf(report)["content"][-1]),
        slack_text.message(report)["attachments"][0]["blocks"][-2],
    ):
        assert "good" in str(shown)
        assert "bad" not in str(shown)
    assert "javascript" not in email_text(report)
