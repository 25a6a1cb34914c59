"""One worker for each channel: what is owed is sent once, however calls and workers end."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import pytest

from handlers.incident.message.report import Step
from handlers.incident.sinks.sink import Blame, SinkFailed
from handlers.incident.state.records import Kind, Status
from tests.handlers.delivery_world import START, Killed, Place, most_in_a_minute

PAGER: dict[str, dict[str, Any]] = {"pager": {"type": "pagerduty", "secret": "shop/pager"}}
JIRA: dict[str, dict[str, Any]] = {"tickets": {"type": "jira", "secret": "shop/jira"}}
SLACK: dict[str, dict[str, Any]] = {"chat": {"type": "slack", "secret": "shop/slack"}}
HOOK: dict[str, dict[str, Any]] = {"hook": {"type": "webhook"}}


def down(*_sent: Any) -> SinkFailed:
    return SinkFailed("no answer")


def fine(*_sent: Any) -> None:
    return None


def test_open_then_resolve_then_nothing() -> None:
    place = Place(PAGER)
    place.open("a", "pager")
    place.work("pager")
    place.end("a")
    place.work("pager")
    place.work("pager")
    assert place.sinks["pager"].steps() == ["open", "resolve"]
    assert place.table.owed() == []
    assert place.table.of("a", "pager").delivered == 2


def test_a_repeat_and_no_data_where_people_read() -> None:
    place = Place({**JIRA, **SLACK})
    place.open("a", "tickets", "chat")
    place.work("chat"), place.work("tickets")
    place.again("a")
    place.work("chat"), place.work("tickets")
    place.change("a", state="INSUFFICIENT_DATA", no_data_at=place.clock.now())
    place.work("chat"), place.work("tickets")
    assert place.sinks["chat"].steps() == ["open", "repeat", "notice"]
    assert place.sinks["tickets"].steps() == ["open", "repeat"]
    assert place.table.owed() == []


def test_an_alarm_without_data_is_one_notice_and_nothing_at_its_end() -> None:
    place = Place({**PAGER, **SLACK})
    place.open("a", "pager", "chat", kind=Kind.NO_DATA)
    place.open("b", "chat", kind=Kind.NO_DATA)
    place.end("b")
    place.work("pager"), place.work("chat")
    place.end("a")
    place.work("pager"), place.work("chat")
    assert place.sinks["pager"].steps() == []
    assert place.sinks["chat"].steps() == ["notice"]
    assert place.table.owed() == []


@pytest.mark.parametrize(("channels", "steps"), [(PAGER, []), (JIRA, ["open", "resolve"]), (HOOK, ["open", "resolve"])])
def test_what_ended_before_it_was_sent(channels: dict[str, dict[str, Any]], steps: list[str]) -> None:
    (name,) = channels
    place = Place(channels)
    place.open("a", name)
    place.end("a")
    place.work(name)
    assert place.sinks[name].steps() == steps
    assert place.table.owed() == []


def test_fault_2_a_ticket_system_away_for_hours_gets_everything_afterwards() -> None:
    place = Place({**JIRA, **PAGER})
    tickets = place.sinks["tickets"]
    tickets.fault = down
    for number in range(500):
        place.open(f"i{number:03}", "tickets", severity="medium")
        if number % 10 == 0:
            place.run("tickets", 432)
    for number in range(0, 500, 2):
        place.end(f"i{number:03}")
    probes = len(tickets.calls)
    assert probes < 200
    assert [line for line in place.metrics if '"ChannelDown": 1.0' in line]
    tickets.fault = fine
    healed = place.clock.ms
    place.run("tickets", 3600)
    assert place.table.owed() == []
    assert {len(issues) for issues in tickets.issues.values()} == {1}
    assert len(tickets.issues) == 500
    assert all(issue["open"] is (int(name[1:]) % 2 == 1) for name, (issue,) in tickets.issues.items())
    first = next(at for at, _, _ in tickets.sent)
    calls = 250 + 250 * 3
    assert first - healed <= 300_000
    assert tickets.sent[-1][0] - healed <= calls * 1000 + 300_000 + 120_000
    assert most_in_a_minute(tickets.calls) <= 66
    assert [line for line in place.metrics if '"ChannelDown": 0.0' in line]
    assert not [line for line in place.metrics if "DeliveriesGivenUp" in line]


def test_fault_3_five_seconds_a_call_are_enough() -> None:
    place = Place(JIRA)
    place.sinks["tickets"].latency_ms = 5_000
    place.open("a", "tickets")
    place.work("tickets")
    place.end("a")
    place.work("tickets")
    ((issue,),) = place.sinks["tickets"].issues.values()
    assert issue["open"] is False
    assert place.table.owed() == []


def test_parts_that_are_done_are_not_done_again() -> None:
    place = Place(JIRA)
    tickets = place.sinks["tickets"]
    place.open("a", "tickets")
    place.work("tickets")
    place.end("a")
    failures = iter([None, SinkFailed("no answer"), None])
    tickets.fault = lambda *_sent: next(failures)
    place.run("tickets", 120)
    ((issue,),) = tickets.issues.values()
    assert issue["comments"] == ["resolve"]
    assert issue["open"] is False


def test_fault_6_an_uncertain_create_is_looked_for_before_anything_else_is_said() -> None:
    place = Place(JIRA)
    tickets = place.sinks["tickets"]
    place.open("a", "tickets")
    tickets.fault = lambda report, _attempt: SinkFailed("504", unsure=True) if report.step is Step.OPEN else None
    tickets.index_lag_ms = 100_000
    place.work("tickets", 10)
    assert len(tickets.calls) == 1
    tickets.fault = fine
    uncertain = place.clock.ms
    place.again("a")  # the next event of the same alarm comes at once
    place.work("tickets", 10)
    assert len(tickets.calls) == 1
    place.run("tickets", 600)
    assert len(tickets.issues["a"]) == 1
    assert tickets.calls[1] - uncertain >= 50_000
    assert tickets.steps() == ["repeat"]
    assert place.table.owed() == []


def test_an_uncertain_create_that_was_not_made_is_made_after_the_second_search() -> None:
    place = Place(JIRA)
    tickets = place.sinks["tickets"]
    place.open("a", "tickets")
    tickets.fault = lambda *_sent: SinkFailed("504", unsure=True)
    place.work("tickets", 10)
    tickets.issues.clear()
    tickets.fault = fine
    place.run("tickets", 600)
    assert len(tickets.issues["a"]) == 1
    assert tickets.sent[0][0] - START >= 180_000


def test_a_page_that_may_have_been_sent_is_resolved_though_it_is_over() -> None:
    place = Place(PAGER)
    pager = place.sinks["pager"]
    place.open("a", "pager", severity="critical")
    pager.fault = lambda *_sent: SinkFailed("504", unsure=True)
    place.work("pager", 10)
    pager.fault = fine
    uncertain = place.clock.ms
    place.end("a")
    place.run("pager", 300)
    assert pager.steps() == ["resolve"]
    assert pager.sent[0][0] - uncertain >= 50_000


@pytest.mark.parametrize("point", ["save_delivery", "saved_delivery", "call"])
def test_a_worker_that_dies_leaves_an_uncertain_attempt_and_no_double_ticket(point: str) -> None:
    for nth in range(1, 4):
        place = Place(JIRA)
        tickets, table = place.sinks["tickets"], place.table
        place.open("a", "tickets")
        count = [0]

        def die(name: str, nth: int = nth, count: list[int] = count) -> None:
            if name == point:
                count[0] += 1
                if count[0] == nth:
                    raise Killed

        table.fault = die
        if point == "call":
            tickets.fault = lambda *_sent: Killed()
        with suppress(Killed):
            place.work("tickets")
        table.fault, tickets.fault = lambda _name: None, fine
        place.clock.go(1)
        place.run("tickets", 900)
        assert len(tickets.issues["a"]) == 1, (point, nth)
        assert table.owed() == []
        assert table.states["tickets"].lease_until < place.clock.ms


def test_fault_13_a_throttled_save_repeats_nothing() -> None:
    place = Place(SLACK)
    place.open("a", "chat")
    left = [3]

    def throttle(name: str) -> None:
        if name == "save_delivery" and place.sinks["chat"].sent and left[0]:
            left[0] -= 1
            raise RuntimeError("ProvisionedThroughputExceededException")

    place.table.fault = throttle
    place.work("chat")
    place.run("chat", 300)
    assert place.sinks["chat"].steps() == ["open"]
    assert place.table.owed() == []


def test_a_save_whose_answer_is_lost_repeats_nothing() -> None:
    place = Place(SLACK)
    place.open("a", "chat")
    left = [1]

    def lose(name: str) -> None:
        if name == "saved_delivery" and place.sinks["chat"].sent and left[0]:
            left[0] -= 1
            raise RuntimeError("EndpointConnectionError")

    place.table.fault = lose
    assert not place.work("chat").more_due
    assert place.table.owed() == []
    place.run("chat", 300)
    assert place.sinks["chat"].steps() == ["open"]


def test_a_save_that_never_succeeds_is_uncertain_and_repeated_once_later() -> None:
    place = Place(SLACK)
    place.open("a", "chat")

    def refuse(name: str) -> None:
        if name == "save_delivery" and place.sinks["chat"].sent:
            raise RuntimeError("ProvisionedThroughputExceededException")

    place.table.fault = refuse
    outcome = place.work("chat")
    assert outcome.more_due
    place.table.fault = lambda _name: None
    place.run("chat", 300)
    sent = [at for at, _, _ in place.sinks["chat"].sent]
    assert len(sent) == 2
    assert sent[1] - sent[0] >= 60_000


def test_a_change_while_a_call_is_under_way_stays_owed() -> None:
    place = Place(PAGER)
    place.open("a", "pager")
    place.clock.call(START + 150, lambda: place.end("a") and None)
    place.work("pager")
    assert place.sinks["pager"].steps() == ["open", "resolve"]
    assert place.table.owed() == []


def test_content_that_is_refused_is_sent_plainly_and_then_not_at_all() -> None:
    place = Place(HOOK)
    hook = place.sinks["hook"]
    refused = SinkFailed("400", blame=Blame.CONTENT)
    hook.fault = lambda report, attempt: None if attempt.plain and report.episode == "a" else refused
    place.open("a", "hook"), place.open("b", "hook")
    place.run("hook", 120)
    assert hook.steps("a") == ["open"]
    assert place.table.of("b", "hook").status is Status.REFUSED
    assert len(hook.calls) == 4
    assert place.state("hook").failures == 0


def test_a_limit_of_one_issue_makes_only_that_one_wait() -> None:
    place = Place(HOOK)
    hook = place.sinks["hook"]
    wait = SinkFailed("429", retry_after=90, blame=Blame.DELIVERY)
    hook.fault = lambda report, _attempt: wait if report.episode == "a" and place.clock.ms < START + 60_000 else None
    place.open("a", "hook"), place.open("b", "hook")
    place.run("hook", 300)
    (b_at,) = (at for at, name, _ in hook.sent if name == "b")
    (a_at,) = (at for at, name, _ in hook.sent if name == "a")
    assert b_at < START + 2_000
    assert a_at >= START + 90_000


def test_a_channel_that_asks_to_wait_is_left_alone_and_then_called_less() -> None:
    place = Place(HOOK)
    hook = place.sinks["hook"]
    asked = [SinkFailed("429", retry_after=30)]
    hook.fault = lambda *_sent: asked.pop() if asked else None
    place.open("a", "hook"), place.open("b", "hook", severity="critical")
    place.run("hook", 60)
    assert hook.calls[1] - hook.calls[0] >= 30_000
    assert 60 <= place.state("hook").rate < 120


def test_a_defect_in_a_sink_holds_up_only_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    place = Place(HOOK, secrets=["s3cr3t"])
    hook = place.sinks["hook"]
    hook.fault = lambda report, _attempt: RuntimeError("with s3cr3t") if report.episode == "a" else None
    place.open("a", "hook", severity="critical"), place.open("b", "hook")
    place.work("hook")
    assert hook.steps() == ["open"]
    assert place.table.of("a", "hook").unsure_since
    assert "s3cr3t" not in str([record.__dict__ for record in caplog.records])


def test_fault_18_a_secret_is_hidden_before_it_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "handlers")
    place = Place(PAGER)
    place.secrets = ["s3cr3t"]
    object.__setattr__(place.ports, "forget_secret", lambda _name: place.secrets.clear())
    place.sinks["pager"].fault = lambda *_sent: SinkFailed("401: bad key s3cr3t")
    place.open("a", "pager")
    place.work("pager", 5)
    assert place.table.of("a", "pager").reason == "401: bad key [secret]"
    assert "s3cr3t" not in str([record.__dict__ for record in caplog.records])
    assert "s3cr3t" not in str(place.state("pager"))
