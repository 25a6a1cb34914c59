"""Incidents of ServiceNow, over HTTP against the stand-in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.drill.vendors.servicenow import CLIENT, CLIENT_SECRET, HIBERNATING, TOKEN
from handlers.common.http import Answer
from handlers.incident.message.report import MemberLine, Step
from handlers.incident.sinks import servicenow
from handlers.incident.sinks.sink import Attempt, Blame, SinkFailed
from handlers.incident.vendors import servicenow_api, servicenow_text
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

NUMBER = "INC0000001"
OAUTH = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
GROUP = replace(
    OPEN,
    kind_of_incident="group",
    total=40,
    open_total=40,
    members=tuple(
        MemberLine("ALARM", "high", f"errors-{n}-alarm-prod", "alpha", "us-east-1", OPEN.since) for n in range(40)
    ),
)
WORSE = replace(GROUP, step=Step.REPEAT, severity="critical", is_worse=True, newest="errors-2-alarm-prod in alpha")


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    servicenow_api._tokens.cache_clear()
    with Vendors() as running:
        yield running


def record(vendors: Vendors, number: int = 0) -> dict[str, Any]:
    return list(vendors.servicenow.incidents_by_id.values())[number]


def test_an_incident_from_beginning_to_end(vendors: Vendors) -> None:
    group = "287ebd7da9fe198100f92cc8d1d2154e"
    fields = {"caller_id": "681ccaf9c0a8016400b98a06818d57c7"}
    way = sink_to(vendors, "servicenow", assignment_group=group, category="software", fields=fields)
    assert send(way, OPEN) == NUMBER
    one = record(vendors)
    assert one["short_description"] == "CloudWatch alarm: errors-alarm-prod, high in alpha (us-east-1)"
    assert (one["impact"], one["urgency"], one["category"]) == ("2", "1", "software")
    assert (one["assignment_group"], one["caller_id"]) == (group, fields["caller_id"])
    assert one["correlation_id"] == "obsgen-0123456789abcdef"
    for words in ("The shop is logging errors", "Value: Errors Sum 12 > 5", "Alarm: https://us-east-1.console"):
        assert words in one["description"]
    for report in (EVIDENCE, REMINDER, UPDATED):
        assert send(way, report, NUMBER) == NUMBER
    assert (one["state"], len(one["work_notes"])) == ("1", 2)
    assert send(way, RESOLVE, NUMBER) == NUMBER
    assert (one["state"], one["close_code"]) == ("6", "Solution provided")
    assert one["close_notes"] == "Recovered: errors-alarm-prod\nOK, since 2026-11-20T10:20:00Z"
    assert send(way, REPEAT, NUMBER) == NUMBER
    assert (one["state"], one["history"], len(one["work_notes"])) == ("1", ["1", "6", "1"], 4)
    assert len(vendors.servicenow.incidents_by_id) == 1
    assert vendors.violations == []


def test_severities_and_resolution_are_the_channels(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow", impact={"high": 1}, urgency={"high": 3}, close_code="Resolved by change")
    send(way, OPEN)
    send(way, RESOLVE, NUMBER)
    one = record(vendors)
    assert (one["impact"], one["urgency"], one["close_code"]) == ("1", "3", "Resolved by change")


def test_without_resolve_on_ok_the_record_stays_where_people_put_it(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow", resolve_on_ok=False)
    send(way, OPEN)
    record(vendors)["state"] = "2"
    for report in (RESOLVE, REPEAT):
        assert send(way, report, NUMBER) == NUMBER
    assert (record(vendors)["state"], len(record(vendors)["work_notes"])) == ("2", 2)


def test_what_people_work_on_is_not_moved_back(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    record(vendors)["state"] = "3"
    send(way, REPEAT, NUMBER)
    assert record(vendors)["state"] == "3"


@pytest.mark.parametrize("state", ["7", "8", "deleted"])
def test_what_is_closed_for_good_is_opened_anew_by_an_alarm_only(vendors: Vendors, state: str) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    if state == "deleted":
        vendors.servicenow.incidents_by_id.clear()
    else:
        record(vendors)["state"] = state
    for report in (RESOLVE, EVIDENCE, NOTICE):
        assert send(way, report, NUMBER) == NUMBER
    assert send(way, REPEAT, NUMBER) == "INC0000002"
    assert vendors.violations == []


def test_whoever_takes_it_on_needs_no_reminder(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    attempt = Attempt(NUMBER, acknowledge=("ticket",))
    assert way.advance(REMINDER, attempt, deadline()).acknowledged_by == ""
    record(vendors)["state"] = "2"
    assert way.advance(REMINDER, attempt, deadline()).acknowledged_by == f"{NUMBER} is In Progress"


@pytest.mark.parametrize("fault", ["500-after", "drop-after"])
@pytest.mark.parametrize("report", [OPEN, REPEAT, RESOLVE, EVIDENCE], ids=lambda report: report.step)
def test_what_may_have_been_done_is_looked_up_and_not_done_again(vendors: Vendors, report: Any, fault: str) -> None:
    way = sink_to(vendors, "servicenow")
    ref = None if report.step is Step.OPEN else send(way, OPEN)
    vendors.fault = once(fault, "POST" if ref is None else "PATCH")
    one = sending(way, report, ref)
    with pytest.raises(SinkFailed) as first:
        one.run()
    assert first.value.unsure
    assert one.run() == NUMBER
    assert len(vendors.servicenow.incidents_by_id) == 1
    assert len(record(vendors)["work_notes"]) == (0 if ref is None else 1)
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500", "429:7"])
@pytest.mark.parametrize("report", [OPEN, REPEAT, RESOLVE, EVIDENCE], ids=lambda report: report.step)
def test_what_was_not_done_is_done_once(vendors: Vendors, report: Any, fault: str) -> None:
    way = sink_to(vendors, "servicenow")
    ref = None if report.step is Step.OPEN else send(way, OPEN)
    vendors.fault = once(fault, "POST" if ref is None else "PATCH")
    one = sending(way, report, ref)
    with pytest.raises(SinkFailed):
        one.run()
    assert one.run() == NUMBER
    assert len(record(vendors)["work_notes"]) == (0 if ref is None else 1)
    assert record(vendors)["state"] == ("6" if report.step is Step.RESOLVE else "1")


def test_a_search_that_finds_nothing_is_believed_only_when_some_time_has_gone(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    with pytest.raises(SinkFailed) as early:
        way.advance(OPEN, Attempt(unsure_since=5, unsure_ms=60_000), deadline())
    assert (early.value.blame, early.value.retry_after, early.value.unsure) == (Blame.DELIVERY, 120, False)
    late = way.advance(OPEN, Attempt(unsure_since=5, unsure_ms=180_000), deadline())
    assert (late.reference, late.finished) == (None, False)
    # A creation that is unsure again begins with a search again, whatever was searched before.
    way.advance(OPEN, Attempt(None, late.progress, unsure_since=9, unsure_ms=180_000), deadline())
    assert vendors.servicenow.incidents_by_id == {}
    made = way.advance(OPEN, Attempt(None, late.progress, unsure_since=5, unsure_ms=181_000), deadline())
    assert (made.reference, made.finished) == (NUMBER, True)


def test_an_end_finds_what_may_have_been_created(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    vendors.fault = once("drop-after")
    with pytest.raises(SinkFailed):
        send(way, OPEN)
    assert send(way, RESOLVE, unsure=True) == NUMBER
    assert record(vendors)["state"] == "6"


def test_of_two_records_for_one_incident_the_younger_is_resolved_with_a_note(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    assert [send(way, OPEN) for _ in range(3)] == [NUMBER, "INC0000002", "INC0000003"]
    assert send(way, OPEN, unsure=True) == NUMBER
    assert [record(vendors, n)["state"] for n in range(3)] == ["1", "6", "6"]
    assert record(vendors, 2)["work_notes"] == [servicenow_text.duplicate(NUMBER)]
    assert vendors.violations == []


def test_records_of_others_are_never_touched(vendors: Vendors) -> None:
    """An instance that does not understand a query answers with whatever there is."""
    way = sink_to(vendors, "servicenow")
    send(way, replace(OPEN, episode="fedcba9876543210"))
    vendors.servicenow.ignores_query = True
    before = dict(record(vendors))
    assert send(way, OPEN, unsure=True) == "INC0000002"
    for report in (RESOLVE, REPEAT):
        assert send(way, report, "INC0000002") == "INC0000002"
    assert record(vendors) == before


def test_a_page_of_a_hibernating_instance_is_no_answer(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    vendors.servicenow.hibernates = True
    assert HIBERNATING.startswith("<html>")
    error = failure(way, replace(OPEN, episode="fedcba9876543210"))
    assert error.unsure
    assert "does not hibernate" in str(error)
    for report in (REPEAT, RESOLVE, EVIDENCE):
        assert not failure(way, report, NUMBER).unsure
        change = Attempt(NUMBER, {"sys_id": f"{1:032x}", "state": "1", "looked_at": str(9**15)})
        with pytest.raises(SinkFailed) as page:
            way.advance(report, change, deadline())
        assert page.value.unsure
    vendors.servicenow.hibernates = False
    assert record(vendors)["work_notes"] == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"result": {}}', b'{"result": [{"sys_id": "a^b"}]}'])
def test_only_a_record_is_a_record(body: bytes) -> None:
    with Vendors() as running:
        channel, secret = channel_of(running, "servicenow")
    way = servicenow.Sink(channel, replace(tools(secret), http=Always(Answer(200, {}, body))))
    assert failure(way, OPEN).unsure


def test_a_deleted_record_found_by_a_change_only(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    stale = {"sys_id": f"{9:032x}", "state": "1", "looked_at": str(9**15)}
    assert way.advance(RESOLVE, Attempt(NUMBER, stale), deadline()).finished


def test_what_a_look_found_is_looked_up_again_after_a_while(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    vendors.requests.clear()
    stale = {"sys_id": f"{9:032x}", "state": "1", "looked_at": "1000"}
    one = sending(way, RESOLVE, NUMBER)
    one.attempt = replace(one.attempt, progress=stale)
    assert one.run() == NUMBER
    assert [method for method, _ in vendors.requests] == ["GET", "PATCH"]
    assert record(vendors)["state"] == "6"


def test_a_token_is_fetched_once_and_again_when_it_ends(vendors: Vendors) -> None:
    channel, _ = channel_of(vendors, "servicenow")
    clock = [1_000.0]
    way = servicenow.Sink(channel, replace(tools(OAUTH), now=lambda: clock[0]))
    assert send(way, OPEN) == NUMBER
    assert send(way, RESOLVE, NUMBER) == NUMBER
    assert len(vendors.servicenow.tokens) == 1
    clock[0] += 1_799
    assert send(way, REPEAT, NUMBER) == NUMBER
    assert len(vendors.servicenow.tokens) == 2
    vendors.servicenow.tokens.clear()
    refused = failure(way, RESOLVE, NUMBER)
    assert (refused.blame, refused.unsure) == (Blame.CHANNEL, False)
    assert TOKEN not in str(refused)
    assert send(way, RESOLVE, NUMBER) == NUMBER
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500", "drop-after", "429:4"])
def test_a_token_that_was_not_granted_leaves_nothing_unsure(vendors: Vendors, fault: str) -> None:
    way = sink_to(vendors, "servicenow", OAUTH)
    vendors.fault = once(fault)
    assert not failure(way, OPEN).unsure
    wrong = failure(sink_to(vendors, "servicenow", {**OAUTH, "client_secret": "another-secret"}), OPEN)
    assert "check client_id and client_secret in the secret drill/servicenow" in str(wrong)
    assert "another-secret" not in str(wrong)
    assert vendors.servicenow.incidents_by_id == {}


def test_who_may_not_come_in_is_told_what_to_check(vendors: Vendors) -> None:
    wrong = failure(sink_to(vendors, "servicenow", {"username": "bot@example.com", "password": "wrong-one"}), OPEN)
    assert "refused (401): check the credentials in the secret drill/servicenow" in str(wrong)
    assert "check" in str(failure(sink_to(vendors, "servicenow", {"value": "wrong-key"}), OPEN))
    assert "has no api_key and no password" in str(failure(sink_to(vendors, "servicenow", {"username": "x"}), OPEN))
    vendors.servicenow.mandatory = {"caller_id"}
    refused = failure(sink_to(vendors, "servicenow"), OPEN)
    assert "fields are mandatory: caller_id" in str(refused)
    assert "set what is mandatory in `fields`" in str(refused)
    assert (refused.blame, refused.unsure) == (Blame.CHANNEL, False)
    vendors.servicenow.forbidden = True
    assert "needs the role itil" in str(failure(sink_to(vendors, "servicenow"), OPEN))


def test_a_rule_against_one_record_holds_up_no_other(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow", close_code="")
    send(way, OPEN)
    record(vendors)["state"] = "2"
    vendors.fault = lambda _path, method: "503:5" if method == "PATCH" else None
    assert failure(way, RESOLVE, NUMBER).blame is Blame.CHANNEL
    vendors.fault = lambda _path, _method: None
    vendors.servicenow.forbidden = True
    change = Attempt(NUMBER, {"sys_id": f"{1:032x}", "state": "2", "looked_at": str(9**15)})
    with pytest.raises(SinkFailed) as refused:
        way.advance(RESOLVE, change, deadline())
    assert (refused.value.blame, refused.value.unsure) == (Blame.DELIVERY, False)


def test_a_field_that_may_not_be_written_is_noticed(vendors: Vendors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    vendors.servicenow.read_only = {"state", "correlation_id"}
    way = sink_to(vendors, "servicenow")
    assert send(way, OPEN) == NUMBER
    assert send(way, RESOLVE, NUMBER) == NUMBER
    assert [r.message for r in caplog.records] == ["correlation_id was not stored", "the state did not change"]
    assert len(record(vendors)["work_notes"]) == 1


def test_what_is_worse_is_written_over_and_noted(vendors: Vendors) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, GROUP)
    one = record(vendors)
    assert "errors-0-alarm-prod" in one["description"]
    assert one["description"].endswith("more alarms not listed.")
    send(way, WORSE, NUMBER)
    assert (one["impact"], one["urgency"]) == ("1", "1")
    assert one["short_description"].startswith("CloudWatch alarm: errors-alarm-prod, critical in alpha")
    assert "New: errors-2-alarm-prod in alpha" in one["work_notes"][0]
    send(way, replace(GROUP, step=Step.UPDATED, total=41), NUMBER)
    assert len(one["work_notes"]) == 1
    assert "40 more alarms" in one["short_description"]
    assert vendors.violations == []


@pytest.mark.parametrize("step", list(Step))
def test_whatever_an_alarm_is_called_it_is_taken(vendors: Vendors, step: Step) -> None:
    way = sink_to(vendors, "servicenow")
    send(way, OPEN)
    mean = "[code]<img src=x onerror=alert(1)>[/code] [CODE] [ /code ] 🚨"
    for report in (nasty(step), replace(OPEN, step=step, alarm=mean, summary=mean, reason=mean, lines=(mean,) * 9)):
        send(way, report, None if step is Step.OPEN else NUMBER)
    assert vendors.violations == []


@pytest.mark.parametrize("report", STEPS, ids=lambda report: report.step)
@pytest.mark.parametrize("unsure", [False, True])
def test_the_sink_makes_one_call_at_a_time(vendors: Vendors, report: Any, unsure: bool) -> None:
    way = sink_to(vendors, "servicenow")
    ref = None if report.step is Step.OPEN else send(way, OPEN)
    vendors.requests.clear()
    one = sending(way, report, ref, unsure=unsure)
    one.run()
    assert len(vendors.requests) == one.calls
