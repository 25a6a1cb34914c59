"""Incidents of event rules from their beginning to their end, in any order, and how many there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common.deadline import Deadline
from handlers.incident.decision.event_ends import MARGIN
from handlers.incident.decision.state_changes import MOST_CHANGES
from handlers.incident.message.compose import report
from handlers.incident.message.report import Report, Step
from handlers.incident.routing import NO_END_MS, Routing
from handlers.incident.state.records import MOST_LISTED, Incident, Kind
from tests.handlers.event_rule_world import (
    DEPLOYED,
    DEPLOYMENT,
    GUARDDUTY,
    HOUR,
    INSTANCE,
    RULES,
    SERVICE,
    SPOT,
    T0,
    TABLE,
    key,
    message,
)
from tests.handlers.group_world import INCIDENTS, MINUTE, Estate, assert_whole

DAY = 24 * HOUR
ROUTING = Routing({**TABLE, "incidents": INCIDENTS})  # type: ignore[typeddict-item]


def estate(**rules: Any) -> Estate:
    table = {**TABLE, "incidents": INCIDENTS, "event_rules": {**RULES, **rules}}
    return Estate(Routing(table))  # type: ignore[arg-type]


def spot(at: int = T0, number: int = 1) -> str:
    return message("spot-interruption", SPOT, at, number)


def finding(at: int = T0, number: int = 1, count: int = 3, id_: str = "0" * 32) -> str:
    detail = {**GUARDDUTY["detail"], "count": count, "id": id_}  # type: ignore[dict-item]
    return message("guardduty", {**GUARDDUTY, "detail": detail}, at, number)


def told(place: Estate, incident: Incident, step: Step) -> Report:
    return report(incident, step, place.routing, now=place.now)


def test_what_has_no_end_is_over_an_hour_later() -> None:
    place = estate()
    place.receive(spot())
    place.pass_minutes(60)
    assert place.root.is_open
    place.pass_minutes(2)
    root = place.root
    assert root.ended is not None and root.ended // 1_000 == (T0 + HOUR) // 1_000
    assert dict(told(place, root, Step.RESOLVE).facts)["Note"] == "no further event for 60 minutes"
    assert (
        told(place, root, Step.RESOLVE).title == f"CLOSED high: Spot interruption of {INSTANCE} in checkout (eu-west-1)"
    )
    # Nobody who only reads is told of it, and nothing is to be looked at any more.
    assert place.routing.notifies_end(root.key, root.severity) is False
    assert place.table.due_alarms(T0 + DAY, 10) == []


def test_the_same_event_twice_is_nothing() -> None:
    place = estate()
    assert place.receive(spot()).owed
    before = dict(place.table.incidents)
    assert not place.receive(spot()).owed
    assert place.table.incidents == before


def test_further_events_go_on_with_it_and_are_counted() -> None:
    place = estate()
    for number in range(5):
        place.now = T0 + number * 20 * MINUTE
        place.receive(finding(place.now, number, count=number))
    root = place.root
    assert (root.events, root.revision, root.alarm_count) == (5, 5, 1)
    facts = dict(told(place, root, Step.ADDED).facts)
    assert (facts["Events"], facts["Times"]) == ("5, the latest at 2026-11-20T11:20:00Z", "4")
    place.pass_minutes(29)
    assert place.root.is_open
    place.pass_minutes(3)
    assert not place.root.is_open


def test_more_events_than_are_remembered_are_counted_all_the_same() -> None:
    place = estate()
    for number in range(3 * MOST_CHANGES):
        place.now = T0 + number * 1_000
        place.receive(finding(place.now, number))
    assert place.root.events == 3 * MOST_CHANGES
    assert len(place.table.load(key("guardduty", "0" * 32)).alarm.changes) == MOST_CHANGES


def test_an_end_event_ends_it_and_another_beginning_opens_it_again() -> None:
    place = estate()
    place.receive(message("deployment", DEPLOYMENT, T0, 1))
    place.now += 10 * MINUTE
    place.receive(message("deployment", DEPLOYED, place.now, 2, edge="end"))
    root = place.root
    assert not root.is_open
    assert told(place, root, Step.RESOLVE).title.startswith(f"CLOSED high: SERVICE_DEPLOYMENT_COMPLETED: {SERVICE}")
    assert "Note" not in dict(told(place, root, Step.RESOLVE).facts)
    place.now += 10 * MINUTE
    place.receive(message("deployment", DEPLOYMENT, place.now, 3))
    assert (place.root.is_open, place.root.alarm_count, place.root.events) == (True, 2, 2)


def test_an_end_that_does_not_say_what_it_ends_has_the_title_of_the_beginning() -> None:
    place = estate()
    place.receive(message("deployment", DEPLOYMENT, T0, 1))
    place.receive(message("deployment", {**DEPLOYED, "detail": {}}, T0 + MINUTE, 2, edge="end"))
    title = told(place, place.root, Step.RESOLVE).title
    assert title == f"CLOSED high: SERVICE_DEPLOYMENT_FAILED: {SERVICE} in checkout (eu-west-1)"


def test_an_end_that_never_comes_is_not_waited_for_for_ever() -> None:
    place = estate()
    place.receive(message("deployment", DEPLOYMENT))
    place.now = T0 + NO_END_MS - MINUTE
    place.tick()
    assert place.root.is_open
    place.pass_minutes(3)
    assert not place.root.is_open


def test_a_late_event_takes_an_end_back_that_was_only_implied() -> None:
    place = estate()
    place.receive(finding(T0, 1))
    place.now = T0 + 40 * MINUTE
    place.tick()
    assert not place.root.is_open
    place.receive(finding(T0 + 20 * MINUTE, 2))
    assert (place.root.is_open, place.root.events) == (True, 2)
    place.now = T0 + 52 * MINUTE
    place.tick()
    ended = place.root.ended
    assert ended is not None and ended // MINUTE == (T0 + 50 * MINUTE) // MINUTE


def test_what_a_rule_that_is_gone_has_opened_ends_too() -> None:
    place = estate()
    place.receive(message("deployment", DEPLOYMENT))
    # As the build before had appointed it.
    place.deployed(Routing({**TABLE, "event_rules": {}}))  # type: ignore[typeddict-item]
    place.now = T0 + NO_END_MS + 2 * MARGIN
    place.tick()
    root = place.root
    assert not root.is_open
    assert told(place, root, Step.RESOLVE).title.startswith("CLOSED high: SERVICE_DEPLOYMENT_FAILED")


def test_a_muted_severity_and_a_stranger_open_nothing() -> None:
    place = estate(**{"spot-interruption": {**RULES["spot-interruption"], "severity": "none"}})
    place.receive(spot())
    place.receive(message("guardduty", GUARDDUTY, account="999999999999"))
    assert place.incidents == []
    assert [metric["UnknownAlarms"] for metric in place.metrics if "UnknownAlarms" in metric] == [1]


def test_events_of_an_unknown_rule_wait_for_a_build_that_knows_it() -> None:
    place = estate()
    known = place.routing
    place.deployed(Routing({**TABLE, "incidents": INCIDENTS, "event_rules": {}}))  # type: ignore[typeddict-item]
    for number in range(3):
        place.receive(finding(T0 + number, number, count=number))
    assert place.incidents == []
    assert place.service.process_parked(100, Deadline.after(600)) == 0
    place.deployed(known)
    assert place.service.process_parked(100, Deadline.after(600)) == 3
    assert place.root.events == 3
    assert place.service.process_parked(100, Deadline.after(600)) == 0


def test_a_flood_of_events_of_one_rule_is_few_incidents_and_ends_by_itself() -> None:
    number, place = 1_000, estate()
    for index in range(number):
        place.now = T0 + index * MINUTE // number
        place.receive(finding(place.now, index, id_=f"{index:032x}"))
    assert len(place.roots) <= 11
    place.pass_minutes(1)
    storm = max(place.roots, key=lambda root: root.members)
    assert (storm.kind, storm.members) == (Kind.STORM, number - 10)
    said = told(place, replace(storm, summary=place.table._summaries[storm.id]), Step.OPEN)
    assert said.title == f"ALARM critical: {number - 10} alarms in 1 account"
    assert len(said.members) == MOST_LISTED
    assert all(member.alarm.startswith("guardduty: 0") for member in said.members)
    assert "event/" not in " ".join(member.text for member in said.members)
    place.pass_minutes(60)
    assert not any(incident.is_open for incident in place.incidents)
    assert_whole(place)


BEGINS = st.lists(st.integers(0, 400), min_size=1, max_size=7, unique=True)


@settings(max_examples=60, deadline=None)
@given(BEGINS, st.lists(st.integers(0, 400), max_size=2, unique=True), st.data())
def test_events_in_any_order_and_repeated_give_the_same(
    begins: list[int], ends: list[int], data: st.DataObject
) -> None:
    """Minutes of begins and ends; quiet for half an hour is an end. What is true does not depend on the arrival."""
    bodies = [finding(T0 + at * MINUTE, number) for number, at in enumerate(begins)]
    bodies += [
        message("guardduty", GUARDDUTY, T0 + at * MINUTE, 100 + number, edge="end") for number, at in enumerate(ends)
    ]
    late = T0 + data.draw(st.integers(min_value=max([*begins, *ends]), max_value=440), "now") * MINUTE + 1_000
    orders = [sorted(bodies, key=lambda body: bodies.index(body)), data.draw(st.permutations(bodies * 2), "arrival")]
    seen = []
    for order in orders:
        place = estate()
        place.now = late
        for body in order:
            if data.draw(st.booleans(), "crash"):
                place.table.crashes[data.draw(st.integers(1, 6), "call")] = "after"
                place.table.calls.clear()
            place.receive(body)
            place.table.crashes.clear()
        place.tick()
        alarm = place.table.load(key("guardduty", "0" * 32)).alarm
        own = place.of(key("guardduty", "0" * 32))
        latest = max(own, key=lambda incident: incident.alarm_at)
        assert sum(incident.events for incident in own) == len(begins)
        seen.append(
            (
                [(change.at, change.state, change.implied) for change in alarm.changes],
                [incident.is_open for incident in own if incident.is_open],
                (latest.alarm_at, latest.ended, latest.content),
            )
        )
        assert place.table.due_alarms(late + DAY, 10) == ([alarm.key] if alarm.changes[-1].state == "ALARM" else [])
    assert seen[0] == seen[1]
