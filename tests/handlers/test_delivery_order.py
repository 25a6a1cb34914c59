"""Criticals first, nothing starves, and a channel that is down is probed."""

from __future__ import annotations

from typing import Any

from handlers.incident.message.report import Step
from handlers.incident.sinks.sink import SinkFailed
from handlers.incident.state.records import Status
from tests.handlers.delivery_world import START, Place, most_in_a_minute

PAGER: dict[str, dict[str, Any]] = {"pager": {"type": "pagerduty", "secret": "shop/pager"}}
JIRA: dict[str, dict[str, Any]] = {"tickets": {"type": "jira", "secret": "shop/jira"}}


def down(*_sent: Any) -> SinkFailed:
    return SinkFailed("no answer")


def fine(*_sent: Any) -> None:
    return None


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


def test_criticals_that_were_never_attempted_probe_a_channel_that_is_down_each_four_seconds_at_most() -> None:
    place = Place(PAGER)
    pager = place.sinks["pager"]
    pager.fault = down
    for number in range(40):
        place.open(f"crit{number:02}", "pager", severity="critical")
    place.run("pager", 3_600)
    later = [at for at in pager.calls if at > START + 60_000]
    assert min(after - before for before, after in zip(later, later[1:], strict=False)) >= 3_900
    # Once each was attempted, they wait for the probes like all others.
    assert len([at for at in later if at > START + 2_700_000]) <= 4


def test_what_is_over_is_given_up_after_its_time_and_comes_back_with_the_next_alarm() -> None:
    day = {"rate_per_minute": 60, "retry_seconds": 86_400, "missed": "each", "time_limit_seconds": 30}
    place = Place({"tickets": {**JIRA["tickets"], "delivery": {**day, "digest": None, "private": False}}})
    tickets = place.sinks["tickets"]
    tickets.fault = down
    place.open("a", "tickets")
    place.end("a")
    place.run("tickets", 90_000)
    assert place.table.of("a", "tickets").status is Status.GIVEN_UP
    assert [line for line in place.metrics if "DeliveriesGivenUp" in line]
    tickets.fault = fine
    place.again("a")
    place.run("tickets", 900)
    assert tickets.steps() == ["open"]
    assert place.table.owed() == []


def test_what_is_open_is_attempted_for_as_long_as_it_is() -> None:
    place = Place(PAGER)
    pager = place.sinks["pager"]
    pager.fault = down
    place.open("a", "pager")
    place.run("pager", 10 * 86_400)
    assert place.table.of("a", "pager").status is Status.OWED
    pager.fault = fine
    place.run("pager", 900)
    assert pager.steps() == ["open"]
