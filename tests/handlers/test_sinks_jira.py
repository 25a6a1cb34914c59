"""Jira, both kinds, over HTTP against the stand-in; documents against Atlassian's own schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from generator.drill.vendors.kit import adf
from handlers.common.http import Answer
from handlers.incident.channels import Channel
from handlers.incident.message.report import Step
from handlers.incident.sinks.sink import Attempt, Blame, SinkFailed, sink
from handlers.incident.vendors import jira_text
from handlers.incident.vendors.jira_api import is_cloud
from tests.handlers.sink_world import (
    EVIDENCE,
    NOTICE,
    OPEN,
    POLICY,
    REPEAT,
    RESOLVE,
    STEPS,
    Always,
    deadline,
    failure,
    nasty,
    once,
    send,
    sending,
    sink_to,
    tools,
)
from tests.support import ROOT
from tests.vendors import Vendors

ADF = jsonschema.Draft4Validator(json.loads((ROOT / "tests/schemas/adf-full.json").read_text(encoding="utf-8")))
KINDS = ("jira-cloud", "jira-data-center")


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("report", STEPS, ids=lambda report: report.step)
def test_what_is_said_is_adf(report: Any) -> None:
    for one in (report, nasty(report.step), replace(report, links=(), runbook="", owner="", measured="")):
        document = jira_text.adf(one)
        assert list(ADF.iter_errors(document)) == []
        assert adf.problem(document) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]},
        {"type": "doc", "version": 1, "content": [{"type": "text", "text": "bare"}]},
        {"type": "doc", "version": 1, "content": [{"type": "bulletList", "content": []}]},
        {"type": "doc", "content": []},
    ],
)
def test_the_stand_in_refuses_what_the_schema_refuses(broken: Any) -> None:
    assert list(ADF.iter_errors(broken))
    assert adf.problem(broken)


def test_an_episode_from_beginning_to_end(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind, priority={"high": "High"})
    ref = send(way, OPEN)
    assert ref == "OPS-1"
    issue = vendors.issues[ref]
    assert issue["fields"]["summary"] == "CloudWatch Alarm: errors-alarm-prod, high in alpha (us-east-1)"
    assert issue["fields"]["priority"] == {"name": "High"}
    assert issue["labels"] == ["obsgen-0123456789abcdef", "obsgen", "prod"]
    text = issue["fields"]["description"]
    text = text if isinstance(text, str) else json.dumps(text)
    for words in (
        "The shop is logging errors",
        "Errors Sum 12 > 5",
        "https://runbooks.example.com/errors",
        "#alarmsV2",
    ):
        assert words in text
    for report in (EVIDENCE, NOTICE):
        assert send(way, report, ref) == ref
    assert issue["status"] == "To Do"
    assert send(way, RESOLVE, ref) == ref
    assert (issue["status"], issue["resolution"]) == ("Done", "Done")
    assert send(way, REPEAT, ref) == ref
    assert issue["status"] == "To Do"
    assert len(issue["comments"]) == 4
    assert len(vendors.issues) == 1
    assert vendors.violations == []


def test_without_resolve_on_ok_the_issue_stays_where_people_put_it(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind, resolve_on_ok=False)
    ref = send(way, OPEN)
    assert send(way, RESOLVE, ref) == ref
    assert vendors.issues["OPS-1"]["status"] == "To Do"
    assert len(vendors.issues["OPS-1"]["comments"]) == 1


def test_an_issue_that_somebody_closed_needs_no_transition(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    vendors.issues["OPS-1"]["status"] = "Done"
    assert send(way, RESOLVE, ref) == ref
    assert vendors.issues["OPS-1"]["history"] == ["To Do"]


def test_a_workflow_without_a_resolution_screen_gets_no_resolution(vendors: Vendors, kind: str) -> None:
    vendors.jira.resolution = False
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    send(way, RESOLVE, ref)
    assert vendors.issues["OPS-1"]["status"] == "Done"
    assert vendors.violations == []


def test_a_workflow_that_does_not_lead_there_leaves_the_comment(vendors: Vendors, kind: str) -> None:
    vendors.jira.workflow = {"To Do": ["In Progress"], "In Progress": ["To Do"], "Done": []}
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    assert send(way, RESOLVE, ref) == ref
    assert len(vendors.issues["OPS-1"]["comments"]) == 1


@pytest.mark.parametrize("step", list(Step))
def test_whatever_an_alarm_is_called_jira_takes_it(vendors: Vendors, kind: str, step: Step) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    send(way, nasty(step), None if step is Step.OPEN else ref)
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500-after", "drop-after"])
def test_an_issue_that_may_have_been_made_is_found_and_not_made_again(vendors: Vendors, kind: str, fault: str) -> None:
    way = sending(sink_to(vendors, kind), OPEN)
    vendors.fault = once(fault)
    with pytest.raises(SinkFailed) as first:
        way.run()
    assert first.value.unsure
    assert way.run() == "OPS-1"
    assert len(vendors.issues) == 1
    assert vendors.violations == []


@pytest.mark.parametrize("fault", ["500", "drop"])
def test_an_issue_that_was_not_made_is_made_once(vendors: Vendors, kind: str, fault: str) -> None:
    way = sending(sink_to(vendors, kind), OPEN)
    vendors.fault = once(fault)
    with pytest.raises(SinkFailed):
        way.run()
    assert way.run() == "OPS-1"
    assert len(vendors.issues) == 1


def test_a_search_that_finds_nothing_is_believed_only_when_some_time_has_gone(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    with pytest.raises(SinkFailed) as early:
        way.advance(OPEN, Attempt(unsure_since=5, unsure_ms=60_000), deadline())
    assert (early.value.blame, early.value.retry_after, early.value.unsure) == (Blame.DELIVERY, 120, False)
    assert vendors.issues == {}
    late = way.advance(OPEN, Attempt(unsure_since=5, unsure_ms=180_000), deadline())
    assert (late.reference, late.finished) == (None, False)
    # A creation that is unsure again begins with a search again, whatever was searched before.
    way.advance(OPEN, Attempt(None, late.progress, unsure_since=9, unsure_ms=180_000), deadline())
    assert vendors.issues == {}
    made = way.advance(OPEN, Attempt(None, late.progress, unsure_since=5, unsure_ms=181_000), deadline())
    assert (made.reference, made.finished) == ("OPS-1", True)


def test_of_two_issues_for_one_incident_the_younger_is_closed_with_a_link(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    assert send(way, OPEN) == "OPS-1"
    assert send(way, OPEN) == "OPS-2"
    assert send(way, OPEN, unsure=True) == "OPS-1"
    assert vendors.issues["OPS-1"]["status"] == "To Do"
    assert vendors.issues["OPS-2"]["status"] == "Done"
    assert "OPS-1" in json.dumps(vendors.issues["OPS-2"]["comments"])
    assert vendors.violations == []


@pytest.mark.parametrize("report", STEPS, ids=lambda report: report.step)
@pytest.mark.parametrize("unsure", [False, True])
def test_the_sink_makes_one_call_at_a_time(vendors: Vendors, kind: str, report: Any, unsure: bool) -> None:
    way = sink_to(vendors, kind)
    ref = None if report.step is Step.OPEN else send(way, OPEN)
    vendors.requests.clear()
    one = sending(way, report, ref, unsure=unsure)
    one.run()
    assert len(vendors.requests) == one.calls


@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b'{"transitions": [', b"[]", b"null", b"{}"])
@pytest.mark.parametrize("report", [OPEN, REPEAT, RESOLVE], ids=lambda report: report.step)
def test_a_log_in_page_with_status_200_is_no_answer(kind: str, report: Any, body: bytes) -> None:
    settings = {"url": "https://jira.example.com", "project": "OPS", "api": kind.removeprefix("jira-")}
    channel = Channel("jira", "jira", "s", settings | {"resolve_on_ok": True}, POLICY)
    way = sink(channel, replace(tools({"token": "t0k3n"}), http=Always(Answer(200, {}, body))))
    progress = {"commented": "1"} if report.step is Step.RESOLVE else {}
    for so_far in ({}, {"status": "other"}):
        attempt = Attempt(None if report.step is Step.OPEN else "OPS-1", {**progress, **so_far})
        with pytest.raises(SinkFailed) as found:
            way.advance(report, attempt, deadline())
        assert found.value.unsure is (report.step is Step.OPEN)


@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b"[]", b""])
@pytest.mark.parametrize("report", [REPEAT, RESOLVE], ids=lambda report: report.step)
def test_a_log_in_page_is_no_transition(kind: str, report: Any, body: bytes) -> None:
    """The simulation found it: the ticket stayed closed while the alarm was in ALARM, and nobody knew."""
    settings = {"url": "https://jira.example.com", "project": "OPS", "api": kind.removeprefix("jira-")}
    channel = Channel("jira", "jira", "s", settings | {"resolve_on_ok": True}, POLICY)
    way = sink(channel, replace(tools({"token": "t0k3n"}), http=Always(Answer(200, {}, body))))
    progress = {"status": "other", "transition": '{"transition": {"id": "1"}}'}
    if report.step is Step.RESOLVE:
        progress["commented"] = "1"
    with pytest.raises(SinkFailed) as found:
        way.advance(report, Attempt("OPS-1", progress), deadline())
    assert found.value.unsure


@pytest.mark.parametrize("report", [REPEAT, RESOLVE, NOTICE], ids=lambda report: report.step)
@pytest.mark.parametrize("path", ["/comment", "/transitions"])
@pytest.mark.parametrize("fault", ["500", "500-after", "drop-after", "429:7"])
def test_a_step_that_broke_off_is_finished_and_commented_on_once(
    vendors: Vendors, kind: str, report: Any, path: str, fault: str
) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    if report.step is Step.REPEAT:
        send(way, RESOLVE, ref)
    before = len(vendors.issues["OPS-1"]["comments"])
    vendors.fault = once(fault, path=path)
    one = sending(way, report, ref)
    if path == "/comment" or report.step is not Step.NOTICE:
        with pytest.raises(SinkFailed):
            one.run()
        assert one.run() == ref
    else:
        assert one.run() == ref
    issue = vendors.issues["OPS-1"]
    assert len(issue["comments"]) == before + 1
    assert issue["status"] == ("Done" if report.step is Step.RESOLVE else "To Do")
    assert vendors.violations == []


def test_what_is_done_of_a_step_is_not_done_again(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    one = sending(way, RESOLVE, ref)
    vendors.fault = lambda path, method: "503:2" if "/transitions" in path else None
    for _ in range(5):
        with pytest.raises(SinkFailed):
            one.run()
    vendors.fault = lambda _path, _method: None
    vendors.requests.clear()
    one.run()
    assert [path.split("?")[0].rpartition("/")[2] for _, path in vendors.requests] == ["transitions", "transitions"]
    assert len(vendors.issues["OPS-1"]["comments"]) == 1


def test_an_issue_that_somebody_moved_in_between_is_looked_at_again(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    one = sending(way, RESOLVE, ref)
    stale = {"commented": "1", "status": "other", "transition": '{"transition": {"id": "999"}}'}
    one.attempt = replace(one.attempt, progress=stale)
    assert one.run() == ref
    assert vendors.issues["OPS-1"]["status"] == "Done"


def test_a_search_that_fails_makes_no_second_issue(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    send(way, OPEN)
    vendors.fault = lambda path, method: "500" if method == "GET" else None
    assert not failure(way, OPEN, unsure=True).unsure
    assert len(vendors.issues) == 1


def test_a_deleted_issue_is_opened_anew_by_an_alarm_only(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    vendors.issues.clear()
    for report in (RESOLVE, NOTICE, EVIDENCE):
        assert send(way, report, ref) == ref
    assert vendors.issues == {}
    assert send(way, REPEAT, ref) == "OPS-2"


def test_a_field_that_is_not_on_the_screen_is_named(vendors: Vendors, kind: str) -> None:
    vendors.jira.screen.discard("priority")
    error = failure(sink_to(vendors, kind, priority={"high": "High"}), OPEN)
    assert "priority: Field 'priority' cannot be set" in str(error)
    assert "create screen of OPS, or remove `priority` from the channel" in str(error)
    assert (error.unsure, error.blame) == (False, Blame.CHANNEL)


def test_who_may_not_come_in_is_told_what_to_check(vendors: Vendors, kind: str) -> None:
    wrong = failure(sink_to(vendors, kind, {"email": "a@example.com", "token": "wrong-token"}), OPEN)
    assert f"check the email and the token in the secret drill/{kind}" in str(wrong)
    vendors.jira.forbidden = True
    assert "create issues" in str(failure(sink_to(vendors, kind), OPEN))
    assert "has no token" in str(failure(sink_to(vendors, kind, {"email": "a@example.com"}), OPEN))


def test_jira_may_ask_to_wait(vendors: Vendors, kind: str) -> None:
    vendors.fault = once("429:17")
    error = failure(sink_to(vendors, kind), OPEN)
    assert (error.retry_after, error.unsure) == (17.0, False)


@pytest.mark.parametrize(
    ("url", "api", "cloud"),
    [
        ("https://example.atlassian.net", None, True),
        ("https://example.atlassian.net/", None, True),
        ("https://api.atlassian.com/ex/jira/1", None, True),
        ("https://jira.example.com", None, False),
        ("https://atlassian.net.example.com", None, False),
        ("https://jira.example.com", "cloud", True),
        ("https://example.atlassian.net", "data-center", False),
    ],
)
def test_which_jira_it_is(url: str, api: str | None, cloud: bool) -> None:
    settings = {"url": url, "project": "OPS", **({"api": api} if api else {})}
    assert is_cloud(Channel("jira", "jira", "s", settings, POLICY)) is cloud
