"""Slack, by bot token and by webhook, over HTTP against the stand-in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.drill.vendors.slack import BOT_TOKEN, message_problem
from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http
from handlers.incident.channels import Channel
from handlers.incident.message.report import Digest, Step
from handlers.incident.sinks.sink import DigestSink, sink
from handlers.incident.vendors import slack_text
from tests.handlers.sink_world import (
    EVIDENCE,
    MEAN,
    NOTICE,
    OPEN,
    POLICY,
    REPEAT,
    RESOLVE,
    STEPS,
    deadline,
    failure,
    nasty,
    once,
    send,
    sink_to,
    tools,
)
from tests.support import ROOT
from tests.vendors import Vendors

SCHEMA = json.loads((ROOT / "tests/schemas/slack-message.json").read_text(encoding="utf-8"))
MESSAGE = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


@pytest.mark.parametrize("report", STEPS, ids=lambda report: report.step)
def test_what_is_said_is_within_the_limits(report: Any) -> None:
    for one in (report, nasty(report.step)):
        message = slack_text.message(one)
        assert list(MESSAGE.iter_errors(message)) == []
        assert message_problem(message) is None


def test_an_episode_is_a_thread(vendors: Vendors) -> None:
    way = sink_to(vendors, "slack")
    ref = send(way, OPEN)
    assert ref == f"C0000000001:{vendors.messages[0]['ts']}"
    for report in (EVIDENCE, NOTICE, RESOLVE, REPEAT):
        assert send(way, report, ref) == ref
    first, *others = vendors.messages
    assert first["thread_ts"] is None
    assert {message["thread_ts"] for message in others} == {first["ts"]}
    assert [message["reply_broadcast"] for message in others] == [False, False, True, True]
    assert first["attachments"][0]["color"] == slack_text.COLOURS["high"]
    assert others[2]["attachments"][0]["color"] == slack_text.OK
    assert "[ERROR] one &lt;a&gt; &amp; '''b'''" in others[0]["attachments"][0]["blocks"][0]["text"]["text"]
    assert vendors.violations == []


def test_a_thread_stays_in_its_channel_when_the_setting_changes(vendors: Vendors) -> None:
    vendors.slack.channels["#new"] = "C0000000003"
    ref = send(sink_to(vendors, "slack"), OPEN)
    assert send(sink_to(vendors, "slack", channel="#new"), RESOLVE, ref) == ref
    assert vendors.messages[-1]["channel"] == "C0000000001"


@pytest.mark.parametrize("refused", [False, True])
def test_a_thread_that_was_deleted_becomes_a_new_message(vendors: Vendors, refused: bool) -> None:
    vendors.slack.strict_threads = refused
    way = sink_to(vendors, "slack")
    ref = send(way, OPEN)
    vendors.slack.delete(vendors.messages[0]["ts"])
    send(way, NOTICE)
    anew = send(way, RESOLVE, ref)
    assert anew not in (None, ref)
    assert vendors.messages[-1]["thread_ts"] is None
    assert send(way, REPEAT, anew) == anew
    assert vendors.messages[-1]["thread_ts"] == str(anew).partition(":")[2]


def test_a_webhook_has_no_threads(vendors: Vendors) -> None:
    way = sink_to(vendors, "slack-webhook")
    for report in (OPEN, RESOLVE):
        assert send(way, report) is None
    assert [message["via"] for message in vendors.messages] == ["webhook", "webhook"]
    assert vendors.violations == []


def test_a_secret_that_is_plain_text_is_a_webhook_if_it_is_an_address() -> None:
    asked: list[str] = []

    class Listening(Http):
        def call(self, method: str, url: str, deadline: Deadline, **_more: Any) -> Answer:
            asked.append(url)
            return Answer(200, {}, b"ok" if "hooks" in url else b'{"ok": true, "channel": "C1", "ts": "1.1"}')

    for text in ("https://hooks.slack.com/services/T/B/x", "xoxb-1"):
        given = replace(tools({"value": text}), http=Listening())
        send(sink(Channel("chat", "slack", "s", {"channel": "#ops"}, POLICY), given), OPEN)
    assert asked == ["https://hooks.slack.com/services/T/B/x", "https://slack.com/api/chat.postMessage"]


@pytest.mark.parametrize("name", ["slack", "slack-webhook"])
@pytest.mark.parametrize("step", list(Step))
def test_whatever_an_alarm_is_called_slack_takes_it(vendors: Vendors, name: str, step: Step) -> None:
    send(sink_to(vendors, name), nasty(step))
    assert vendors.violations == []


def test_refusals_say_what_to_do(vendors: Vendors) -> None:
    wrong = failure(sink_to(vendors, "slack", {"token": "xoxb-wrong"}), OPEN)
    assert str(wrong) == "Slack refused: invalid_auth; check the token in the secret drill/slack"
    assert "invite the bot to #secret" in str(failure(sink_to(vendors, "slack", channel="#secret"), OPEN))
    assert "#none does not exist" in str(failure(sink_to(vendors, "slack", channel="#none"), OPEN))
    assert "no `channel` to post to" in str(failure(sink_to(vendors, "slack", channel=None), OPEN))
    assert "has no token and no webhook_url" in str(failure(sink_to(vendors, "slack", {"tokn": "x"}), OPEN))
    gone = failure(sink_to(vendors, "slack-webhook", {"webhook_url": f"{vendors.url}/services/T/B/other"}), OPEN)
    assert str(gone).startswith("Slack refused (404): no_service; check the webhook")
    assert not any(error.unsure for error in (wrong, gone))


@pytest.mark.parametrize(
    ("code", "unsure", "waits"),
    [
        ("ratelimited", False, True),
        ("internal_error", True, False),
        ("fatal_error", True, False),
        ("some_new_code", False, False),
    ],
)
def test_an_error_in_a_200_is_an_error(vendors: Vendors, code: str, unsure: bool, waits: bool) -> None:
    vendors.slack.code = code
    error = failure(sink_to(vendors, "slack"), OPEN)
    assert (error.unsure, error.retry_after is not None) == (unsure, waits)
    assert code in str(error)


def test_what_is_no_code_is_not_repeated(vendors: Vendors) -> None:
    vendors.slack.code = f"you sent {BOT_TOKEN}"
    assert str(failure(sink_to(vendors, "slack"), OPEN)) == "Slack refused: no reason given"
    assert BOT_TOKEN not in str(failure(sink_to(vendors, "slack-webhook"), OPEN))


def test_slack_may_ask_to_wait(vendors: Vendors) -> None:
    vendors.fault = once("429:30")
    error = failure(sink_to(vendors, "slack"), OPEN)
    assert (error.retry_after, error.unsure) == (30.0, False)
    assert vendors.messages == []


def test_an_answer_that_never_came_leaves_it_unsure(vendors: Vendors) -> None:
    vendors.fault = once("drop-after")
    assert failure(sink_to(vendors, "slack"), OPEN).unsure
    assert len(vendors.messages) == 1


DIGEST = Digest(
    title="412 alarms in prod, 3 critical",
    total=412,
    lines=tuple(f"ALARM high: {n} {MEAN * 9}" for n in range(20)),
    counts=(("high", 12), ("low & <lower>", 400)),
    since="2026-11-20T10:00:00Z",
    at="2026-11-20T10:01:00Z",
    project="shop",
    environment="prod",
    link="https://example.com/dashboard",
)


def test_a_digest_is_one_message_that_is_edited(vendors: Vendors) -> None:
    way = cast(DigestSink, sink_to(vendors, "slack"))
    ref = way.digest(DIGEST, None, deadline())
    # Not an incident's own message: that one may be edited to show the incident.
    assert ref == f"C0000000001:{vendors.messages[0]['ts']}:list"
    assert way.digest(replace(DIGEST, title="500 alarms in prod", total=500), ref, deadline()) == ref
    (message,) = vendors.messages
    assert "500 alarms" in message["text"]
    assert "_and 480 more_" in json.dumps(message)
    assert vendors.violations == []
    vendors.slack.delete(message["ts"])
    assert way.digest(DIGEST, ref, deadline()) not in (None, ref)


def test_a_digest_by_webhook_cannot_be_edited(vendors: Vendors) -> None:
    way = cast(DigestSink, sink_to(vendors, "slack-webhook"))
    assert way.digest(DIGEST, None, deadline()) is None
    assert vendors.violations == []


def test_a_digest_is_within_the_limits() -> None:
    for one in (DIGEST, replace(DIGEST, lines=(), counts=(), link=""), replace(DIGEST, title=MEAN * 90)):
        message = slack_text.digest(one)
        assert list(MESSAGE.iter_errors(message)) == []
        assert message_problem(message) is None


@given(st.text(alphabet="&<>ab🚨", max_size=80), st.integers(1, 60))
def test_what_is_escaped_fits_and_no_entity_is_cut(text: str, limit: int) -> None:
    made = slack_text.escaped(text, limit)
    assert len(made) <= limit
    whole = re.fullmatch(r"((?:&amp;|&lt;|&gt;|[^&<>…])*)…?", made)
    assert whole
    assert text.startswith(html.unescape(whole[1]))
