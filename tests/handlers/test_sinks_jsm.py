"""Alerts of Jira Service Management, over HTTP against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.drill.vendors.jsm import API_KEY, alert_problems
from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http
from handlers.common.redact import redact
from handlers.incident.message.report import MemberLine, Step
from handlers.incident.sinks import jsm
from handlers.incident.sinks.sink import Attempt, Blame, SinkFailed
from handlers.incident.vendors import jsm_text
from tests.handlers.sink_world import (
    EVIDENCE,
    NOTICE,
    OPEN,
    REMINDER,
    REPEAT,
    RESOLVE,
    STEPS,
    UPDATED,
    Always,
    channel_of,
    deadline,
    failure,
    nasty,
    once,
    send,
    sending,
    sink_to,
    tools,
)
from tests.vendors import Vendors

LABEL = "obsgen-0123456789abcdef"
GROUP = replace(
    OPEN,
    kind_of_incident="group",
    total=2,
    open_total=2,
    members=tuple(
        MemberLine("ALARM", "high", f"errors-{n}-alarm-prod", "alpha", "us-east-1", OPEN.since) for n in (1, 2)
    ),
)
WORSE = replace(GROUP, step=Step.REPEAT, severity="critical", is_worse=True, newest="errors-2-alarm-prod in alpha")


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def paths(vendors: Vendors) -> list[str]:
    return [path.rpartition("/")[2] if "requests" not in path else "outcome" for _, path in vendors.requests]


def test_an_incident_is_an_alert_from_beginning_to_end(vendors: Vendors) -> None:
    way = sink_to(vendors, "jsm")
    assert send(way, OPEN) == LABEL
    alert = vendors.jsm.alerts[LABEL]
    assert alert["message"] == "ALARM high: errors-alarm-prod in alpha (us-east-1)"
    assert (alert["priority"], alert["entity"]) == ("P2", "alpha (222222222222, us-east-1)")
    assert alert["tags"] == ["obsgen", "shop", "prod", "high", "alpha", "us-east-1", "team-shop"]
    assert alert["details"]["runbook"] == "https://runbooks.example.com/errors"
    assert "Errors Sum 12 > 5" in alert["description"]
    for report in (EVIDENCE, NOTICE, UPDATED, REMINDER):
        assert send(way, report, LABEL) == LABEL
    assert len(alert["notes"]) == 1
    assert "[ERROR] one <a>" in alert["notes"][0]
    assert send(way, RESOLVE, LABEL) == LABEL
    assert alert["status"] == "closed"
    assert send(way, REPEAT, LABEL) == LABEL
    again = vendors.jsm.alerts[LABEL]
    assert (again["status"], again["opened"], len(vendors.jsm.alerts)) == ("open", 2, 1)
    assert vendors.violations == []


def test_priority_and_responders_are_the_channels(vendors: Vendors) -> None:
    responders = [{"type": "team", "id": "4513b7ea-3b91-438f-b7e4-e3e54af9147c"}]
    send(sink_to(vendors, "jsm", priority={"high": "P1"}, responders=responders), OPEN)
    alert = vendors.jsm.alerts[LABEL]
    assert (alert["priority"], alert["responders"]) == ("P1", responders)
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500", "500-after", "drop", "drop-after"])
@pytest.mark.parametrize("report", [OPEN, RESOLVE], ids=lambda report: report.step)
def test_a_request_may_be_repeated(vendors: Vendors, report: Any, fault: str) -> None:
    way = sink_to(vendors, "jsm")
    if report.step is Step.RESOLVE:
        send(way, OPEN)
    one = sending(way, report, LABEL if report.step is Step.RESOLVE else None)
    vendors.fault = once(fault)
    with pytest.raises(SinkFailed) as first:
        one.run()
    assert first.value.unsure
    assert one.run() == LABEL
    (alert,) = vendors.jsm.alerts.values()
    assert (alert["opened"], alert["status"]) == (1, "closed" if report.step is Step.RESOLVE else "open")


def test_an_outcome_that_is_late_is_asked_for_some_times_and_then_later(vendors: Vendors) -> None:
    vendors.jsm.lag = jsm.QUESTIONS
    way = sink_to(vendors, "jsm")
    assert send(way, OPEN) == LABEL
    assert paths(vendors) == ["alerts", *["outcome"] * (jsm.QUESTIONS + 1)]
    vendors.jsm.lag = 100
    one = sending(way, RESOLVE, LABEL)
    with pytest.raises(SinkFailed) as late:
        one.run()
    assert (late.value.blame, late.value.retry_after, late.value.unsure) == (Blame.DELIVERY, jsm.WAIT_SECONDS, False)
    vendors.jsm.lag = 0
    vendors.requests.clear()
    assert one.run() == LABEL
    assert paths(vendors) == ["outcome"]
    assert vendors.jsm.alerts[LABEL]["events"] == ["create", "close"]


def test_a_request_without_an_outcome_is_sent_again(vendors: Vendors) -> None:
    channel, secret = channel_of(vendors, "jsm")
    clock = [1_000.0]
    way = jsm.Sink(channel, replace(tools(secret), now=lambda: clock[0]))
    vendors.jsm.lag = 100
    one = sending(way, OPEN)
    with pytest.raises(SinkFailed):
        one.run()
    clock[0] += jsm.AGAIN_AFTER_MS / 1000
    vendors.jsm.lag = 0
    vendors.jsm.requests.clear()
    assert one.run() == LABEL
    (alert,) = vendors.jsm.alerts.values()
    assert (alert["opened"], alert["count"]) == (1, 2)


def test_a_key_that_may_not_read_pages_and_closes_all_the_same(vendors: Vendors) -> None:
    """Rights to read and to create are apart: https://docs.opsgenie.com/docs/api-access-management; what a key may not
    do is a 403: https://docs.opsgenie.com/docs/response.
    """
    channel, secret = channel_of(vendors, "jsm")

    class NoReading(Http):
        def call(self, method: str, url: str, deadline: Deadline, **more: Any) -> Answer:
            if method == "GET":
                return Answer(403, {}, b'{"message": "You are not authorized", "code": 40301}')
            return super().call(method, url, deadline, **more)

    way = jsm.Sink(channel, replace(tools(secret), http=NoReading()))
    assert send(way, OPEN) == LABEL
    assert vendors.jsm.alerts[LABEL]["status"] == "open"
    assert send(way, RESOLVE, LABEL) == LABEL
    assert vendors.jsm.alerts[LABEL]["status"] == "closed"
    assert len(vendors.requests) == 2


def test_an_alert_that_rules_ignore_is_a_failure_and_is_tried_again(vendors: Vendors) -> None:
    channel, secret = channel_of(vendors, "jsm")
    clock = [1_000.0]
    way = jsm.Sink(channel, replace(tools(secret), now=lambda: clock[0]))
    vendors.jsm.ignores = True
    one = sending(way, OPEN)
    for _ in range(2):
        with pytest.raises(SinkFailed) as ignored:
            one.run()
        assert "did not process the request: No action is matched" in str(ignored.value)
        assert ignored.value.blame is Blame.DELIVERY
    assert vendors.jsm.alerts == {}
    vendors.jsm.ignores = False
    clock[0] += jsm.AGAIN_AFTER_MS / 1000
    assert one.run() == LABEL


@pytest.mark.parametrize("people", ["close", "delete"])
def test_what_people_closed_or_deleted_needs_no_end(vendors: Vendors, people: str) -> None:
    way = sink_to(vendors, "jsm")
    send(way, OPEN)
    if people == "delete":
        vendors.jsm.alerts.clear()
    else:
        vendors.jsm.alerts[LABEL]["status"] = "closed"
    assert send(way, EVIDENCE, LABEL) == LABEL
    assert send(way, RESOLVE, LABEL) == LABEL


def test_what_is_worse_pages_anew_and_both_alerts_are_closed(vendors: Vendors) -> None:
    way = sink_to(vendors, "jsm")
    send(way, GROUP)
    one = sending(way, WORSE, LABEL)
    one.attempt = replace(one.attempt, is_open=True, begun_for=1_700_000_000_000)
    reference = one.run()
    another = f"{LABEL}-1700000000"
    assert reference == another
    alerts = vendors.jsm.alerts
    assert {key: alert["status"] for key, alert in alerts.items()} == {LABEL: "closed", another: "open"}
    assert alerts[another]["priority"] == "P1"
    assert "errors-2-alarm-prod" in alerts[another]["description"]
    assert send(way, replace(GROUP, step=Step.RESOLVE, state="OK"), f"{LABEL} {another}") == another
    assert {alert["status"] for alert in alerts.values()} == {"closed"}
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500-after", "429:3"])
@pytest.mark.parametrize("number", range(4))
def test_another_page_breaks_off_anywhere_and_is_finished(vendors: Vendors, fault: str, number: int) -> None:
    way = sink_to(vendors, "jsm")
    send(way, GROUP)
    seen = len(vendors.requests)
    vendors.fault = lambda _path, _method: fault if len(vendors.requests) == seen + number else None
    one = sending(way, WORSE, LABEL)
    one.attempt = replace(one.attempt, is_open=True, begun_for=1_700_000_000_000)
    with pytest.raises(SinkFailed):
        one.run()
    assert one.run() == f"{LABEL}-1700000000"
    assert [(alert["status"], alert["opened"]) for alert in vendors.jsm.alerts.values()] == [("closed", 1), ("open", 1)]


@pytest.mark.parametrize("step", list(Step))
def test_whatever_an_alarm_is_called_it_is_taken(vendors: Vendors, step: Step) -> None:
    way = sink_to(vendors, "jsm")
    send(way, OPEN)
    send(way, nasty(step), None if step is Step.OPEN else LABEL)
    emoji = replace(OPEN, alarm="🚨" * 255, summary="🚨" * 9_000)
    assert alert_problems(jsm_text.alert(emoji, LABEL, {}, ())) == {}
    assert vendors.violations == []


@pytest.mark.parametrize("report", STEPS, ids=lambda report: report.step)
def test_the_sink_makes_one_call_at_a_time(vendors: Vendors, report: Any) -> None:
    way = sink_to(vendors, "jsm")
    ref = None if report.step is Step.OPEN else send(way, OPEN)
    vendors.requests.clear()
    one = sending(way, report, ref)
    one.run()
    assert len(vendors.requests) == (0 if report.step in (Step.NOTICE, Step.UPDATED, Step.REMINDER) else one.calls)


@pytest.mark.parametrize(
    ("status", "body", "unsure", "blame"),
    [
        (202, b"<html>log in</html>", True, Blame.CHANNEL),
        (200, b'{"requestId": "r"}', True, Blame.CHANNEL),
        (202, b'{"requestId": 1}', True, Blame.CHANNEL),
        (404, b"<html>", False, Blame.CHANNEL),
        (422, b'{"message": "Key format is not valid!"}', False, Blame.CHANNEL),
        (422, b'{"message": "no", "errors": {"message": "is longer"}}', False, Blame.CONTENT),
    ],
)
def test_what_an_answer_to_a_new_alert_means(
    vendors: Vendors, status: int, body: bytes, unsure: bool, blame: Blame
) -> None:
    channel, secret = channel_of(vendors, "jsm")
    way = jsm.Sink(channel, replace(tools(secret), http=Always(Answer(status, {}, body))))
    error = failure(way, OPEN)
    assert (error.unsure, error.blame) == (unsure, blame)


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"[]", b"{}", b'{"data": {"status": "x"}}'])
def test_a_page_is_no_outcome(vendors: Vendors, body: bytes) -> None:
    channel, secret = channel_of(vendors, "jsm")
    now = 1_000.0
    way = jsm.Sink(channel, replace(tools(secret), http=Always(Answer(200, {}, body)), now=lambda: now))
    progress = {"request": "r", "action": "create", "key": LABEL, "at": "1000000", "asked": "0"}
    with pytest.raises(SinkFailed) as page:
        way.advance(OPEN, Attempt(LABEL, progress), deadline())
    assert not page.value.unsure


def test_a_wrong_key_is_named_and_never_shown(vendors: Vendors) -> None:
    wrong = "d0000000-0000-0000-0000-00000000000b"
    error = failure(sink_to(vendors, "jsm", {"api_key": wrong}), OPEN)
    assert "refused (401): check the API key in the secret drill/jsm" in str(error)
    assert (error.unsure, error.blame, wrong in str(error)) == (False, Blame.CHANNEL, False)
    assert "Key format" in str(failure(sink_to(vendors, "jsm", {"value": "short"}), OPEN))
    assert "has no api_key" in str(failure(sink_to(vendors, "jsm", {"token": "x"}), OPEN))
    vendors.fault = once("429:9")
    assert failure(sink_to(vendors, "jsm", {"value": API_KEY}), OPEN).retry_after == 9.0


def test_a_key_in_a_log_line_is_redacted() -> None:
    line = f"POST /v2/alerts with GenieKey {API_KEY} was refused"
    assert redact(line) == "POST /v2/alerts with GenieKey [redacted: authorization] was refused"
    assert API_KEY not in redact(f"Authorization: GenieKey {API_KEY}")
