"""Quiet hours: what can wait for the morning waits, and nothing is lost. And ends that nobody is to read of."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from generator.model.time_zones import time_zone_rules
from handlers.incident.decision.quiet import Quiet, quiet_hours
from handlers.incident.events import Key
from handlers.incident.state.records import Kind, Member, Summary
from tests.handlers.delivery_world import START, Place
from tests.handlers.group_world import INCIDENTS

HOUR = 3_600_000
BERLIN = base64.b64encode(time_zone_rules("Europe/Berlin")).decode()
NIGHT = Quiet(frozenset({"low", "medium"}), 22 * 60, 7 * 60, "Europe/Berlin", BERLIN)
NOON = Quiet(frozenset({"low"}), 12 * 60, 13 * 60 + 30, "Europe/Berlin", BERLIN)


def at(text: str) -> int:
    return round(1000 * datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp())


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2026-11-20T21:59:59", None),
        (NIGHT, "2026-11-20T22:00", "2026-11-21T07:00"),
        (NIGHT, "2026-11-21T06:59", "2026-11-21T07:00"),
        (NIGHT, "2026-11-21T07:00", None),
        (NIGHT, "2026-12-31T23:30", "2027-01-01T07:00"),
        (NIGHT, "2026-03-28T23:00", "2026-03-29T07:00"),  # the night that has an hour less
        (NIGHT, "2026-10-24T23:00", "2026-10-25T07:00"),  # and the one that has an hour more
        (NOON, "2026-11-20T11:59", None),
        (NOON, "2026-11-20T12:15", "2026-11-20T13:30"),
        (NOON, "2026-11-20T13:30", None),
    ],
)
def test_when_they_end(quiet: Quiet, now: str, until: str | None) -> None:
    assert quiet.until("low", at(now)) == (at(until) if until else 0)
    assert quiet.until("critical", at(now)) == 0


def test_the_night_of_a_change_of_clocks_is_shorter_or_longer() -> None:
    spring, autumn = (at("2026-03-28T22:00"), at("2026-10-24T22:00"))
    assert (NIGHT.until("low", spring) - spring, NIGHT.until("low", autumn) - autumn) == (8 * HOUR, 10 * HOUR)


def test_hours_that_end_within_the_hour_that_comes_twice() -> None:
    """02:15 is quiet both times, and the end is the one that is still to come. PEP 495, fold."""
    late = Quiet(frozenset({"low"}), 22 * 60, 150, "Europe/Berlin", BERLIN)
    first = at("2026-10-25T02:15")
    assert late.until("low", first) == first + HOUR // 4
    assert late.until("low", first + HOUR) == first + HOUR + HOUR // 4


@pytest.mark.parametrize("now", ["2026-03-28T23:00", "2026-03-29T01:30"])
def test_hours_that_end_within_the_hour_that_does_not_come(now: str) -> None:
    """At 02:00 the clock shows 03:00, so 02:30 is over by then. PEP 495, gap."""
    late = Quiet(frozenset({"low"}), 22 * 60, 150, "Europe/Berlin", BERLIN)
    assert late.until("low", at(now)) == at("2026-03-29T03:00")
    assert late.until("low", at("2026-03-29T03:00")) == 0


def test_a_time_zone_that_nobody_knows_is_utc() -> None:
    quiet = Quiet(frozenset({"low"}), 0, 60, "Mars/Olympus")
    assert quiet.until("low", START - START % 86_400_000) == START - START % 86_400_000 + HOUR
    assert quiet_hours(None) is None


# -- the worker; it starts at 10:00 UTC

CHANNELS: dict[str, dict[str, Any]] = {
    "chat": {"type": "slack"},
    "pager": {"type": "pagerduty"},
    "tickets": {"type": "jira"},
}
MORNING = {"severities": ["medium", "low"], "begins_minute": 540, "ends_minute": 720, "time_zone": "UTC"}
ALL = tuple(CHANNELS)
NOON_AT = START + 2 * HOUR


def world(**more: Any) -> Place:
    place = Place(CHANNELS)
    place.data["incidents"] = {**INCIDENTS, "quiet": MORNING}
    place.data |= more
    return place


def run(place: Place, seconds: int) -> dict[str, list[str]]:
    for name in ALL:
        place.run(name, seconds)
    return {name: place.sinks[name].steps() for name in ALL}


def test_people_hear_in_the_morning_and_the_ticket_is_there_at_once() -> None:
    place = world()
    place.open("a", *ALL, severity="medium")
    assert run(place, 60) == {"chat": [], "pager": [], "tickets": ["open"]}
    assert place.table.of("a", "chat").not_before == NOON_AT
    place.clock.go(NOON_AT - place.clock.now())
    assert run(place, 60) == {"chat": ["open"], "pager": ["open"], "tickets": ["open"]}


def test_what_is_severe_does_not_wait() -> None:
    place = world()
    place.open("a", *ALL, severity="high")
    assert run(place, 60) == {"chat": ["open"], "pager": ["open"], "tickets": ["open"]}


def test_what_gets_worse_does_not_wait_any_longer() -> None:
    place = world()
    place.open("a", *ALL, severity="medium")
    run(place, 60)
    now = place.clock.now()
    place.change("a", severity="critical", alarm_at=now, severity_at=now)
    assert run(place, 60)["pager"] == ["open"]


def test_what_is_over_by_the_morning_pages_nobody_and_is_listed_in_chat() -> None:
    place = world()
    place.open("a", *ALL, severity="medium")
    run(place, 60)
    place.end("a")
    assert run(place, 60) == {"chat": [], "pager": [], "tickets": ["open", "resolve"]}
    place.clock.go(NOON_AT - place.clock.now())
    run(place, 180)
    assert place.sinks["pager"].steps() == []
    assert not place.table.owed()
    assert any("a" in str(sent) for sent in place.sinks["chat"].digests)


def test_a_page_is_taken_back_in_quiet_hours_too() -> None:
    place = world()
    place.clock.ms = START - 2 * HOUR
    place.open("a", *ALL, severity="medium")
    run(place, 60)
    place.clock.go(START - place.clock.now())
    place.end("a")
    assert run(place, 60) == {"chat": ["open"], "pager": ["open", "resolve"], "tickets": ["open", "resolve"]}


def member(name: str, severity: str, ended: int | None = None) -> Member:
    state = "ALARM" if ended is None else "OK"
    key = Key("2" * 12, "us-east-1", name)
    return Member(name, key, Kind.ALONE, severity, state, START, START, START, 1, START, ended)


def group(place: Place, *members: Member, **changes: Any) -> None:
    """An incident of several alarms, as critical as the worst that it ever had."""
    several = {"kind": Kind.GROUP, "members": len(members), "summary": Summary(members), "severity": "critical"}
    now = place.clock.now()
    place.change("a", updated_at=now, joined_at=now, **several, **changes)


def test_of_several_alarms_the_worst_that_still_fires_decides_whether_it_waits() -> None:
    place = world()
    place.open("a", *ALL, severity="critical")
    group(place, member("down", "critical"), member("lag", "low"))
    assert run(place, 60)["chat"] == ["open"]
    place.end("a")
    assert run(place, 60)["chat"] == ["open", "resolve"]
    again = {"ended": None, "state": "ALARM", "alarm_at": place.clock.now(), "again_at": place.clock.now()}
    group(place, member("down", "critical", ended=START), member("lag", "low"), **again)
    assert run(place, 60)["chat"] == ["open", "resolve"]
    assert place.table.of("a", "chat").not_before == NOON_AT
    group(place, member("down", "critical"), member("lag", "low"), alarm_at=place.clock.now())
    assert run(place, 60)["chat"] == ["open", "resolve", "repeat"]


def test_what_was_critical_and_was_not_sent_yet_does_not_wait() -> None:
    place = world()
    place.open("a", *ALL, severity="critical")
    group(place, member("down", "critical", ended=START), member("lag", "low"))
    assert run(place, 60)["chat"] == ["open"]


@pytest.mark.parametrize(
    "more",
    [
        {"alarms": {"errors": {"severity": "high", "ok": False}}},
        {"rules": [{"when": {"severity": ["high"]}, "to": ["chat"], "ok": False}]},
    ],
)
def test_the_end_that_nobody_is_to_read_of_closes_what_is_open(more: dict[str, Any]) -> None:
    place = world(**more)
    place.open("a", *ALL)
    run(place, 60)
    place.end("a")
    assert run(place, 60) == {"chat": ["open"], "pager": ["open", "resolve"], "tickets": ["open", "resolve"]}
    assert not place.table.owed()
    now = place.clock.now()
    place.change("a", ended=None, state="ALARM", alarm_at=now)
    assert run(place, 60)["chat"] == ["open", "repeat"]


def test_another_alarm_says_its_end() -> None:
    place = world(rules=[{"when": {"severity": ["low"]}, "to": ["chat"], "ok": False}])
    place.open("a", *ALL)
    run(place, 60)
    place.end("a")
    assert run(place, 60)["chat"] == ["open", "resolve"]
