"""One worker for each channel: what is owed is sent, in order, once, however calls and workers end."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import pytest

from handlers.incident.records import Kind, Rank, Status
from handlers.incident.report import Step
from handlers.incident.sinks.sink import Blame, SinkFailed
from handlers.incident.table import Due
from tests.handlers.delivery_world import START, Chat, FakeSink, Killed, Place, most_in_a_minute

PAGER: dict[str, dict[str, Any]] = {"pager": {"type": "pagerduty", "secret": "shop/pager"}}
JIRA: dict[str, dict[str, Any]] = {"tickets": {"type": "jira", "secret": "shop/jira"}}
SLACK: dict[str, dict[str, Any]] = {"chat": {"type": "slack", "secret": "shop/slack"}}
MAIL: dict[str, dict[str, Any]] = {"mail": {"type": "email"}}
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


def test_severity_first_and_nothing_starves() -> None:
    place = Place(PAGER)
    for number in range(300):
        place.open(f"low{number:03}", "pager", severity="low")
    for number in range(60):
        at = START + 1_000 + number * 3_000
        place.clock.call(at, lambda number=number: place.open(f"crit{number}", "pager", severity="critical") and None)
    place.run("pager", 400)
    opened = {name: at for at, name, _ in place.sinks["pager"].sent}
    waits = [opened[f"crit{number}"] - (START + 1_000 + number * 3_000) for number in range(60)]
    # One call that is under way, the oldest delivery's turn, and their tokens of 0.6 s each.
    assert max(waits) <= 2_600
    assert len(opened) == 360
    assert most_in_a_minute(place.sinks["pager"].calls) <= 110


def test_a_flood_of_criticals_leaves_every_fifth_call_to_the_oldest() -> None:
    place = Place(PAGER)
    place.open("low", "pager", severity="low")
    place.clock.go(10)
    for number in range(100):
        place.open(f"crit{number:02}", "pager", severity="critical")
    place.work("pager")
    assert "low" in [name for _, name, _ in place.sinks["pager"].sent[:5]]


def test_pages_that_are_over_have_a_fifth_of_the_calls() -> None:
    place = Place(PAGER)
    for number in range(20):
        place.open(f"old{number:02}", "pager")
    place.run("pager", 60)
    for number in range(1000):
        place.open(f"new{number:03}", "pager")
    for number in range(20):
        place.end(f"old{number:02}")
    started = place.clock.ms
    place.run("pager", 120)
    ended = [at for at, _, step in place.sinks["pager"].sent if step is Step.RESOLVE]
    assert len(ended) == 20
    assert ended[-1] - started <= 75_000


def test_a_multi_call_step_lets_a_critical_in_between() -> None:
    place = Place(JIRA)
    tickets = place.sinks["tickets"]
    place.open("a", "tickets")
    place.work("tickets")
    place.end("a")
    tickets.latency_ms = 4_000
    place.clock.call(place.clock.ms + 100, lambda: place.open("crit", "tickets", severity="critical") and None)
    place.work("tickets")
    comment = next(at for at, name, step in tickets.sent if name == "a" and step is Step.RESOLVE)
    critical = next(at for at, name, _ in tickets.sent if name == "crit")
    assert critical - comment <= 5_000
    assert len(tickets.calls) == 4


def test_a_critical_that_was_never_tried_probes_a_channel_that_is_down() -> None:
    place = Place(PAGER)
    pager = place.sinks["pager"]
    pager.fault = down
    place.open("a", "pager")
    place.run("pager", 7_200)
    while place.state("pager").probe_at - place.clock.ms < 200_000:
        place.run("pager", 20)
    pager.fault = fine
    place.clock.go(31_000)
    started = place.clock.ms
    place.open("crit", "pager", severity="critical")
    place.work("pager")
    assert next(at for at, name, _ in pager.sent if name == "crit") - started <= 1_000


def test_a_critical_that_was_tried_waits_for_the_probes_like_all_others() -> None:
    place = Place(PAGER)
    place.sinks["pager"].fault = down
    place.open("crit", "pager", severity="critical")
    place.run("pager", 7_200)
    assert len(place.sinks["pager"].calls) <= 32


def test_criticals_probe_once_in_thirty_seconds_at_most() -> None:
    place = Place(PAGER)
    pager = place.sinks["pager"]
    pager.fault = down
    for number in range(40):
        place.open(f"crit{number:02}", "pager", severity="critical")
    place.run("pager", 3_600)
    later = [at for at in pager.calls if at > START + 60_000]
    assert min(after - before for before, after in zip(later, later[1:], strict=False)) >= 29_900
    # Once each was attempted, they wait for the probes like all others.
    assert len([at for at in later if at > START + 2_700_000]) <= 4


def test_a_delivery_is_given_up_after_its_time_and_comes_back_with_news() -> None:
    place = Place(PAGER)
    pager = place.sinks["pager"]
    pager.fault = down
    place.open("a", "pager")
    place.run("pager", 90_000)
    assert place.table.of("a", "pager").status is Status.GIVEN_UP
    assert [line for line in place.metrics if "DeliveriesGivenUp" in line]
    pager.fault = fine
    place.again("a")
    place.run("pager", 900)
    assert pager.steps() == ["open"]
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
    assert place.table.channels() == set()
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
    assert not place.work("tickets", 1.8, inline=True).more_due  # in 20 seconds, which a tick finds
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
    due = Due("a", "tickets", Rank.HIGH, place.clock.now())
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


def test_kinds_of_sinks_in_these_tests_are_what_they_stand_for() -> None:
    assert Chat.tickets is False
    assert FakeSink.takes_evidence is False
    assert MAIL["mail"]["type"] == "email"
