"""Google Chat by the incoming webhook of a space, over HTTP against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import given, settings

from generator.drill.vendors import google_chat
from handlers.common.http import Answer
from handlers.incident.channels import DeliveryPolicy
from handlers.incident.delivery import pace
from handlers.incident.delivery.spacing import Spacing
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.routing import Routing
from handlers.incident.sinks.sink import Blame, DigestSink, sink
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.vendors import google_chat_text
from tests.handlers.chat_world import ATTACKS, DIGEST, DIGESTS, HOSTILE, JSON_LOG, LOG, REPORTS, TEXTS, titled
from tests.handlers.sink_world import (
    EVIDENCE,
    NASTY,
    NOTICE,
    OPEN,
    REMINDER,
    REPEAT,
    RESOLVE,
    Always,
    channel_of,
    deadline,
    failure,
    once,
    send,
    sending,
    sink_to,
    tools,
)
from tests.handlers.test_sinks_groups import GROUP, huge
from tests.support import ROOT
from tests.vendors import Vendors

SCHEMA = json.loads((ROOT / "tests/schemas/google-chat-message.json").read_text(encoding="utf-8"))
MESSAGE = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def messages(vendors: Vendors) -> list[dict[str, Any]]:
    return vendors.stub(google_chat.Vendor).messages


def widgets(message: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = message["cardsV2"][0]["card"]["sections"][0]["widgets"]
    return found


def texts(message: dict[str, Any]) -> list[str]:
    return [widget["textParagraph"]["text"] for widget in widgets(message) if "textParagraph" in widget]


def assert_is_accepted(message: dict[str, Any]) -> None:
    assert list(MESSAGE.iter_errors(message)) == []
    body = json.dumps(message).encode()
    # https://developers.google.com/workspace/chat/create-messages: 32,000 bytes.
    assert len(body) < 31_000
    assert google_chat.message_problem(message, body) is None


@pytest.mark.parametrize("report", [*REPORTS, *HOSTILE, LOG, JSON_LOG])
def test_a_message_is_within_the_limits(report: Report) -> None:
    assert_is_accepted(google_chat_text.message(report))
    assert_is_accepted(google_chat_text.plain(report))


@given(text=TEXTS)
@settings(max_examples=25, deadline=None)
def test_whatever_a_text_is_the_card_is_accepted(text: str) -> None:
    assert_is_accepted(google_chat_text.message(titled(text, 3)))


@pytest.mark.parametrize("digest", DIGESTS)
def test_a_digest_is_within_the_limits(digest: Digest) -> None:
    assert_is_accepted(google_chat_text.digest(digest))


@pytest.mark.parametrize("attack", ATTACKS)
def test_content_forges_no_mention_no_link_and_no_tag(attack: str) -> None:
    """Mentions are markup of `text`, which a card's message has none of; what notifications show has no brackets."""
    message = google_chat_text.message(replace(OPEN, alarm=attack, summary=attack))
    assert set(message) == {"fallbackText", "cardsV2"}
    assert "<" not in message["fallbackText"]
    escaped = attack.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert texts(message)[1] == escaped
    assert "<" not in google_chat_text.plain(replace(OPEN, alarm=attack, summary=attack))["text"]


def test_a_card_says_what_where_and_how_bad() -> None:
    message = google_chat_text.message(OPEN)
    title, lead, *facts, foot = texts(message)
    assert title == '<font color="#c2541b"><b>ALARM high: errors-alarm-prod in alpha (us-east-1)</b></font>'
    assert lead == "The shop is logging errors"
    assert "<b>Value:</b> Errors Sum 12 &gt; 5" in facts
    assert foot == "<i>shop · obsgen-0123456789abcdef</i>"
    (buttons,) = (widget["buttonList"]["buttons"] for widget in widgets(message) if "buttonList" in widget)
    assert [button["text"] for button in buttons] == ["Runbook", "Alarm", "Log query"]
    assert message["fallbackText"] == "ALARM high: errors-alarm-prod in alpha (us-east-1)"
    assert google_chat_text.OK in texts(google_chat_text.message(RESOLVE))[0]


def test_what_does_not_fit_is_counted_and_links_are_above_the_alarms() -> None:
    message = google_chat_text.message(huge(Step.OPEN))
    shown = texts(message)
    listed = sum(line.startswith("INSUFFICIENT_DATA critical: ") for line in shown)
    assert listed
    assert shown[-2] == f"and {550 - listed} more"
    said = json.dumps(google_chat_text.message(GROUP))
    assert said.index(OPEN.links[0][1]) < said.index("errors-1-alarm-prod")


def test_of_log_lines_the_last_are_shown_in_their_order() -> None:
    numbers = [int(line.split()[1]) for line in texts(google_chat_text.message(LOG))[1:-1]]
    assert numbers == list(range(40 - len(numbers), 40))


def test_an_incident_is_a_thread(vendors: Vendors) -> None:
    way = sink_to(vendors, "google-chat")
    ref = send(way, OPEN)
    assert ref == "obsgen-0123456789abcdef"
    for report in (EVIDENCE, NOTICE, RESOLVE):
        assert send(way, report, ref) == ref
    send(way, replace(OPEN, episode="fedcba9876543210"))
    threads = [message["thread"] for message in messages(vendors)]
    assert [message["is_reply"] for message in messages(vendors)] == [False, True, True, True, False]
    assert len(set(threads[:4])) == 1
    assert threads[4] != threads[0]
    assert vendors.violations == []


@pytest.mark.parametrize("report", [REPEAT, REMINDER], ids=["repeat", "reminder"])
def test_what_people_must_not_miss_is_in_the_space_too(vendors: Vendors, report: Report) -> None:
    way = sink_to(vendors, "google-chat")
    ref = send(way, OPEN)
    one = sending(way, report, ref)
    assert one.run() == ref
    assert one.calls == 2
    assert [message["is_reply"] for message in messages(vendors)] == [False, True, False]
    # The first message of a thread is in the space already.
    alone = sending(sink_to(vendors, "google-chat"), replace(report, episode="fedcba9876543210"))
    alone.run()
    assert alone.calls == 1


def test_a_message_that_is_sent_again_is_not_there_twice(vendors: Vendors) -> None:
    """https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create: requestId."""
    way = sink_to(vendors, "google-chat")
    ref = send(way, OPEN)
    vendors.fault = once("drop-after")
    again = sending(way, REPEAT, ref)
    with pytest.raises(Exception, match="did not answer"):
        again.run()
    assert again.run() == ref
    assert len(messages(vendors)) == 3
    assert vendors.violations == []


def test_the_plain_form_is_text_without_a_card(vendors: Vendors) -> None:
    sending(sink_to(vendors, "google-chat"), NASTY, plain=True).run()
    (message,) = messages(vendors)
    assert "cardsV2" not in message
    assert not set(message["text"]) & {"<", ">", "🚨", "ü"}
    assert message["text"].startswith("```\nALARM high: (!channel) & {code} [x|y]")


def test_the_plain_form_formats_nothing() -> None:
    """A text is formatted as people's own are, except in a monospace block:
    https://developers.google.com/workspace/chat/format-messages
    """
    text = google_chat_text.plain(replace(OPEN, alarm="*bold*", summary="_a_ ```out``` ~b~"))["text"]
    before, inside, after = text.split("```")
    assert (before, after) == ("", "")
    assert "*bold*" in inside
    assert "_a_ '''out''' ~b~" in inside


def test_a_digest_is_a_message_of_its_own(vendors: Vendors) -> None:
    way = cast(DigestSink, sink_to(vendors, "google-chat"))
    send(sink_to(vendors, "google-chat"), OPEN)
    assert way.digest(DIGEST, None, deadline()) is None
    assert messages(vendors)[1]["is_reply"] is False
    assert "and 392 more" in json.dumps(messages(vendors))
    assert vendors.violations == []


def test_refusals_say_what_to_do(vendors: Vendors) -> None:
    address = vendors.example_channels()["google-chat"]["secret"]["webhook_url"]
    wrong = failure(sink_to(vendors, "google-chat", {"webhook_url": address.replace("drill-token", "other")}), OPEN)
    reason = "Google Chat refused (401): UNAUTHENTICATED; check the address in the secret drill/google-chat"
    assert str(wrong) == reason
    gone = failure(sink_to(vendors, "google-chat", {"webhook_url": address.replace("AAAADRILL", "BBBB")}), OPEN)
    assert str(gone).startswith("Google Chat refused (404): NOT_FOUND; check the address")
    assert (wrong.unsure, wrong.blame, gone.unsure) == (False, Blame.CHANNEL, False)
    assert "has no webhook_url" in str(failure(sink_to(vendors, "google-chat", {"token": "x"}), OPEN))


def test_a_status_that_is_none_is_not_repeated(vendors: Vendors) -> None:
    channel, secret = channel_of(vendors, "google-chat")
    body = json.dumps({"error": {"status": f"you sent {secret['webhook_url']}"}}).encode()
    way = sink(channel, replace(tools(secret), http=Always(Answer(400, {}, body))))
    assert str(failure(way, OPEN)) == "Google Chat refused (400): no reason given"


def test_calls_are_as_far_apart_as_the_rate_says() -> None:
    """One write a second in a space: https://developers.google.com/workspace/chat/limits."""
    delivery = {"rate_per_minute": 40, "retry_seconds": 60, "missed": "digest", "time_limit_seconds": 30}
    table: Any = {"channels": {"room": {"type": "google_chat", "delivery": {**delivery, "private": False}}}}
    channel = Routing(table).channel("room")
    assert channel
    assert not channel.policy.bursts
    state = pace.refilled(ChannelState("room"), channel.policy, 1_000_000)
    assert pace.wait(pace.spent(state)) == 1_500
    assert pace.burst(DeliveryPolicy(rate=40, retry_ms=1, missed="each")) == 4
    assert (Spacing.of(channel, Routing(table)).is_read, Spacing.of(channel, Routing(table)).edits) == (True, False)
