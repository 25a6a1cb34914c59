"""Microsoft Teams by the webhook of a workflow, over HTTP against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import given, settings

from generator.drill.vendors import teams
from handlers.common.adaptive_card import sizes
from handlers.common.http import Answer
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.sinks.sink import Attempt, Blame, DigestSink, sink
from handlers.incident.vendors import teams_text
from tests.handlers.chat_world import ATTACKS, DIGEST, DIGESTS, HOSTILE, JSON_LOG, LOG, REPORTS, TEXTS, titled
from tests.handlers.sink_world import (
    EVIDENCE,
    OPEN,
    STEPS,
    Always,
    channel_of,
    deadline,
    failure,
    once,
    send,
    sink_to,
    tools,
)
from tests.handlers.test_sinks_groups import GROUP, huge
from tests.support import ROOT
from tests.vendors import Vendors

SCHEMA = json.loads((ROOT / "tests/schemas/teams-message.json").read_text(encoding="utf-8"))
MESSAGE = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def cards(vendors: Vendors) -> list[dict[str, Any]]:
    return vendors.stub(teams.Vendor).cards


def body(message: dict[str, Any]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = message["attachments"][0]["content"]["body"]
    return content


def texts(message: dict[str, Any]) -> list[str]:
    return ["".join(run["text"] for run in block["inlines"]) for block in body(message) if "inlines" in block]


def assert_is_accepted(message: dict[str, Any]) -> None:
    assert list(MESSAGE.iter_errors(message)) == []
    sent, encoded = sizes(message)
    assert sent <= 18_000
    # https://github.com/MicrosoftDocs/msteams-docs/issues/11274: "max allowed size is 28672 bytes".
    assert encoded < 28_000
    assert teams.message_problem(message, json.dumps(message).encode()) is None


@pytest.mark.parametrize("report", [*REPORTS, *HOSTILE, LOG, JSON_LOG])
def test_a_card_is_within_the_limits(report: Report) -> None:
    assert_is_accepted(teams_text.message(report))


@given(text=TEXTS)
@settings(max_examples=25, deadline=None)
def test_whatever_a_text_is_the_card_is_accepted(text: str) -> None:
    assert_is_accepted(teams_text.message(titled(text, 3)))


@pytest.mark.parametrize("digest", DIGESTS)
def test_a_digest_is_within_the_limits(digest: Digest) -> None:
    assert_is_accepted(teams_text.digest(digest))


@pytest.mark.parametrize("attack", ATTACKS)
def test_content_forges_no_mention_and_no_format(attack: str) -> None:
    """A run is no Markdown (https://adaptivecards.io/explorer/TextRun.html); a mention takes `<at>` and an entity."""
    message = teams_text.message(replace(OPEN, summary=attack, owner=attack))
    said = json.dumps(message, ensure_ascii=False).lower()
    assert "<at" not in said
    assert "< at" not in said
    assert "entities" not in said
    assert {block["type"] for block in body(message)} == {"RichTextBlock", "ActionSet"}
    assert attack.replace("<", "‹").split()[0].strip("‹") in "".join(texts(message)).replace("<", "‹")


def test_a_card_says_what_where_and_how_bad() -> None:
    message = teams_text.message(OPEN)
    title, lead, *facts, foot = texts(message)
    assert title == "ALARM high: errors-alarm-prod in alpha (us-east-1)"
    assert lead == "The shop is logging errors"
    assert "Value: Errors Sum 12 > 5" in facts
    assert foot == "shop · obsgen-0123456789abcdef"
    (actions,) = (block["actions"] for block in body(message) if block["type"] == "ActionSet")
    assert [action["title"] for action in actions] == ["Runbook", "Alarm", "Log query"]
    assert body(message)[0]["inlines"][0]["color"] == "Attention"
    ended = teams_text.message(replace(OPEN, step=Step.RESOLVE, state="OK"))
    assert body(ended)[0]["inlines"][0]["color"] == "Good"


def test_what_does_not_fit_is_counted_and_links_are_above_the_alarms() -> None:
    message = teams_text.message(huge(Step.OPEN))
    shown = texts(message)
    assert shown[-2].startswith("and ") and shown[-2].endswith(" more")
    listed = sum(line.startswith("INSUFFICIENT_DATA critical: ") for line in shown)
    assert listed
    assert shown[-2] == f"and {550 - listed} more"
    said = json.dumps(teams_text.message(GROUP))
    assert said.index(OPEN.links[0][1]) < said.index("errors-1-alarm-prod")


def test_of_log_lines_the_last_are_shown_in_their_order() -> None:
    shown = texts(teams_text.message(LOG))[1:-1]
    numbers = [int(line.split()[1]) for line in shown]
    assert numbers == list(range(40 - len(numbers), 40))
    assert texts(teams_text.message(EVIDENCE))[0] == "Latest log events"


def test_each_step_is_a_message(vendors: Vendors) -> None:
    way = sink_to(vendors, "teams")
    for report in STEPS:
        assert send(way, report, "anything") is None
    assert len(cards(vendors)) == len(STEPS)
    assert vendors.violations == []


def test_a_digest_is_a_message(vendors: Vendors) -> None:
    way = cast(DigestSink, sink_to(vendors, "teams"))
    assert way.digest(DIGEST, None, deadline()) is None
    assert "and 392 more" in json.dumps(cards(vendors))
    assert vendors.violations == []


def test_refusals_say_what_to_do(vendors: Vendors) -> None:
    address = vendors.example_channels()["teams"]["secret"]["webhook_url"]
    wrong = failure(sink_to(vendors, "teams", {"webhook_url": address.replace("drill-signature", "other")}), OPEN)
    reason = "Teams refused (401): DirectApiAuthorizationRequired; check the address in the secret drill/teams"
    assert str(wrong) == reason
    gone = failure(sink_to(vendors, "teams", {"webhook_url": address.replace("workflows/drill", "workflows/x")}), OPEN)
    assert str(gone).startswith("Teams refused (404): WorkflowNotFound; check the address")
    assert (wrong.unsure, wrong.blame, gone.unsure) == (False, Blame.CHANNEL, False)
    assert "has no webhook_url" in str(failure(sink_to(vendors, "teams", {"token": "x"}), OPEN))


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(("headers", "body"), [({}, b" <html>"), ({"content-type": "text/html"}, b"Log in")])
def test_a_page_is_no_acceptance(vendors: Vendors, status: int, headers: dict[str, str], body: bytes) -> None:
    channel, secret = channel_of(vendors, "teams")
    way = sink(channel, replace(tools(secret), http=Always(Answer(status, headers, body))))
    assert failure(way, OPEN).unsure


@pytest.mark.parametrize(("status", "body"), [(200, b""), (200, b'{"ok": true}'), (204, b""), (202, b"")])
def test_a_workflow_with_a_response_action_is_sent_each_message_once(
    vendors: Vendors, status: int, body: bytes
) -> None:
    """A Response action answers with a status of its author's choice, 200 at first, and the card is posted:
    https://learn.microsoft.com/en-us/azure/connectors/connectors-native-reqres.
    """
    channel, secret = channel_of(vendors, "teams")
    way = sink(channel, replace(tools(secret), http=Always(Answer(status, {}, body))))
    assert way.advance(OPEN, Attempt(), deadline()).finished


def test_teams_may_ask_to_wait_and_a_missing_answer_is_unsure(vendors: Vendors) -> None:
    vendors.fault = once("429:30")
    error = failure(sink_to(vendors, "teams"), OPEN)
    assert (error.retry_after, error.unsure) == (30.0, False)
    vendors.fault = once("drop-after")
    assert failure(sink_to(vendors, "teams"), OPEN).unsure
    assert len(cards(vendors)) == 1
