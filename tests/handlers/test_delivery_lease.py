"""Leases, the index, log lines, channels that were removed, and the pass within the deciding function."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.incident.sinks.sink import SinkFailed
from handlers.incident.state.records import Rank
from handlers.incident.state.table import DueDelivery
from tests.handlers.delivery_world import START, Place

PAGER: dict[str, dict[str, Any]] = {"pager": {"type": "pagerduty", "secret": "shop/pager"}}
JIRA: dict[str, dict[str, Any]] = {"tickets": {"type": "jira", "secret": "shop/jira"}}
SLACK: dict[str, dict[str, Any]] = {"chat": {"type": "slack", "secret": "shop/slack"}}
HOOK: dict[str, dict[str, Any]] = {"hook": {"type": "webhook"}}


def test_evidence_follows_the_ticket_within_its_time() -> None:
    place = Place({**JIRA, **SLACK}, lines=("ERROR x",))
    place.open("a", "tickets", "chat", alarm="logs")
    place.work("tickets"), place.work("chat")
    assert place.sinks["tickets"].steps() == ["open", "evidence"]
    assert place.sinks["tickets"].reports[-1].lines == ("ERROR x",)
    assert place.sinks["chat"].steps() == ["open"]
    late = Place(JIRA, lines=("ERROR x",))
    late.open("a", "tickets", alarm="logs")
    late.clock.go(1_000_000)
    late.work("tickets")
    assert late.sinks["tickets"].steps() == ["open"]
    assert late.table.owed() == []


def test_no_lines_and_nothing_is_owed() -> None:
    place = Place(JIRA)
    place.open("a", "tickets", alarm="logs")
    place.work("tickets")
    assert place.sinks["tickets"].steps() == ["open"]
    assert place.table.owed() == []


def test_a_lease_is_one_workers() -> None:
    place = Place(PAGER)
    place.open("a", "pager")
    inner: list[Any] = []
    place.clock.call(START + 100, lambda: inner.append(place.work("pager")))
    place.work("pager")
    assert [outcome.leased for outcome in inner] == [False]
    assert place.sinks["pager"].steps() == ["open"]


def test_a_wake_up_that_found_the_lease_taken_is_not_lost() -> None:
    place = Place(PAGER)
    place.open("a", "pager")
    saves = [0]

    def between_the_last_look_and_the_release(name: str) -> None:
        saves[0] += name == "save_channel"
        if name == "save_channel" and saves[0] == 2:
            place.open("b", "pager")
            assert not place.work("pager").leased

    place.table.fault = between_the_last_look_and_the_release
    place.work("pager")
    assert place.sinks["pager"].steps() == ["open", "open"]


def test_what_the_index_lists_late_is_found_by_the_pass_that_was_woken_for_it() -> None:
    place = Place(PAGER)
    place.table.lag_ms = 1_500
    place.open("a", "pager")
    place.work("pager")
    assert place.sinks["pager"].steps() == ["open"]


def test_a_step_that_the_time_cuts_in_two_is_not_uncertain() -> None:
    place = Place(JIRA)
    place.open("a", "tickets")
    place.work("tickets")
    place.end("a")
    place.work("tickets", 3.1)
    half = place.table.of("a", "tickets")
    assert half.progress["comment"] == "yes"
    assert half.claim == 0
    place.work("tickets")
    assert place.sinks["tickets"].issues["a"][0]["comments"] == ["resolve"]
    assert place.table.owed() == []


def test_a_decision_during_a_step_of_several_calls_stays_owed() -> None:
    place = Place(JIRA)
    tickets = place.sinks["tickets"]
    place.open("a", "tickets")
    place.work("tickets")
    place.end("a")
    place.work("tickets")
    place.again("a")
    calls: list[Any] = []

    def over_at_the_first_call(content: Any, _attempt: Any) -> None:
        calls.append(content.step)
        if len(calls) == 1:
            place.end("a")

    tickets.fault = over_at_the_first_call
    place.work("tickets")
    place.work("tickets")
    assert place.table.owed() == []
    assert place.table.of("a", "tickets").state == "OK"
    assert str(calls[0]) == "repeat"
    assert str(calls[-1]) == "resolve"


def test_an_index_that_lags_repeats_nothing() -> None:
    place = Place({**PAGER, **JIRA})
    place.table.lag_ms = 2_500
    for number in range(20):
        place.open(f"i{number:02}", "pager", "tickets")
    place.run("pager", 120), place.run("tickets", 120)
    for number in range(20):
        place.end(f"i{number:02}")
    place.run("pager", 120), place.run("tickets", 120)
    assert sorted(place.sinks["pager"].steps()) == ["open"] * 20 + ["resolve"] * 20
    assert {len(issues) for issues in place.sinks["tickets"].issues.values()} == {1}
    assert place.table.owed() == []


def test_a_channel_that_was_removed_is_owed_nothing_any_more(caplog: pytest.LogCaptureFixture) -> None:
    place = Place({**PAGER, **HOOK})
    place.open("a", "pager", "hook")
    place.work("hook")
    place.open("b", "hook")
    del place.data["channels"]["hook"]
    place.work("hook")
    assert place.table.owed("hook") == []
    # A tick forgets it.
    assert place.table.channels() == {"hook"}
    assert "channel removed" in caplog.text


def test_inline_only_where_it_is_likely_to_fit() -> None:
    place = Place(JIRA)
    place.open("a", "tickets", alarm="logs")
    outcome = place.work("tickets", 1.8, inline=True)
    assert outcome.leased
    assert place.sinks["tickets"].steps() == ["open"]
    place.open("older", "tickets")
    place.clock.go(1_000)
    place.open("newer", "tickets")
    place.work("tickets", 1.8, inline=True)
    assert place.sinks["tickets"].steps() == ["open"]
    place.run("tickets", 60)
    place.sinks["tickets"].latency_ms = 2_000
    for number in range(5):
        place.open(f"slow{number}", "tickets")
        place.run("tickets", 60)
    calls = len(place.sinks["tickets"].calls)
    place.open("next", "tickets")
    place.work("tickets", 1.8, inline=True)
    assert len(place.sinks["tickets"].calls) == calls


def test_an_inline_pass_that_leaves_something_says_so() -> None:
    place = Place(JIRA)
    place.open("a", "tickets")
    place.sinks["tickets"].fault = lambda *_sent: SinkFailed("no answer")
    outcome = place.work("tickets", 1.8, inline=True)
    assert outcome.more_due
    assert 10 <= outcome.wait_s <= 20
    place.open("b", "tickets")
    place.clock.go(30_000)
    outcome = place.work("tickets", 1.8, inline=True)
    assert outcome.more_due
    assert outcome.calls == 0


def test_a_table_that_fails_in_the_middle_keeps_no_lease() -> None:
    place = Place(PAGER)
    place.open("a", "pager")

    def fail(name: str) -> None:
        if name == "load_delivery":
            raise RuntimeError("ThrottlingException")

    place.table.fault = fail
    with pytest.raises(RuntimeError):
        place.work("pager")
    assert place.state("pager").lease_until == 0
    place.table.fault = lambda _name: None
    place.work("pager")
    assert place.sinks["pager"].steps() == ["open"]


def test_a_fresh_delivery_need_not_wait_for_the_index() -> None:
    place = Place(JIRA)
    place.table.lag_ms = 3_000
    place.open("a", "tickets")
    due = DueDelivery("a", "tickets", Rank.HIGH, place.clock.now())
    place.work("tickets", 1.8, inline=True, fresh=[due])
    assert place.sinks["tickets"].steps() == ["open"]
    place.run("tickets", 120)
    assert place.sinks["tickets"].steps() == ["open"]


def test_no_call_is_begun_without_the_time_for_it() -> None:
    place = Place(JIRA)
    place.open("a", "tickets")
    outcome = place.work("tickets", 2.5)
    assert place.sinks["tickets"].calls == []
    assert outcome.more_due
