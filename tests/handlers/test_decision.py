"""The decision: which incident an ALARM belongs to, when it is open, who is owed what; in any order of arrival."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings

from handlers.incident import holds
from handlers.incident.decision import CRITICAL_SETTLES_WITHIN, OLD, SETTLES_WITHIN
from handlers.incident.events import Change
from handlers.incident.records import Kind, Rank
from tests.handlers.alarm_world import (
    KEY,
    LATE,
    NO_DATA,
    OK,
    A,
    Life,
    arrivals,
    changes,
    muted,
    suppressed,
    true_starts,
    unknown_before,
)


def owed(life: Life, change: Change | None, now: int = LATE) -> list[tuple[str, str, str, int]]:
    """Channel, rank, the incident's state and its revision, of each delivery that a message made owed."""
    return [
        (one.channel, one.rank, changed.incident.state, changed.incident.revision)
        for changed in life.decide(change, now)
        for one in changed.owed
    ]


def test_from_alarm_to_ok_is_one_incident_that_everybody_is_owed_twice() -> None:
    life, (alarm, recovery) = Life(), changes((A, 10), (OK, 20))
    assert owed(life, alarm) == [("jira", Rank.HIGH, A, 1), ("slack", Rank.HIGH, A, 1)]
    assert owed(life, recovery) == [("jira", Rank.ENDED, OK, 2), ("slack", Rank.ENDED, OK, 2)]
    (incident,) = life.alone
    assert (incident.opened, incident.ended, incident.reason) == (10, 20, "OK at 20")
    assert (incident.alarm_at, incident.alarm_reason) == (10, "ALARM at 10")


def test_a_duplicate_changes_nothing() -> None:
    life, (alarm, recovery) = Life(), changes((A, 10), (OK, 20))
    life.deliver([alarm, recovery])
    before = life.alarm
    for change in (alarm, recovery, alarm):
        assert life.decide(change) == ()
    assert life.alarm == before


def test_alarm_again_within_the_window_reopens() -> None:
    a1, o1, a2, o2 = changes((A, 10), (OK, 20), (A, 80), (OK, 90))
    life = Life().deliver([a1, o1])
    assert owed(life, a2) == [("jira", Rank.HIGH, A, 3), ("slack", Rank.HIGH, A, 3)]
    (incident,) = life.deliver([o2]).alone
    assert (incident.opened, incident.ended, incident.alarm_count, incident.revision) == (10, 90, 2, 4)


def test_alarm_again_after_the_window_is_another_incident() -> None:
    life = Life().deliver(changes((A, 10), (OK, 20), (A, 81)))
    assert [incident.ended for incident in life.alone] == [20, None]


def test_a_first_ok_is_nothing_to_hear_of() -> None:
    life = Life().deliver(changes((OK, 10)))
    assert life.incidents == {}


def test_an_ok_that_overtook_its_alarm_makes_an_incident_that_is_over() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    life = Life()
    assert owed(life, recovery) == [("jira", Rank.ENDED, OK, 1), ("slack", Rank.ENDED, OK, 1)]
    life.decide(alarm)
    (incident,) = life.alone
    assert (incident.opened, incident.ended, incident.revision) == (10, 20, 1)
    assert incident.alarm_reason == "ALARM at 10"


def test_an_episode_that_is_learnt_of_late_has_its_own_incident() -> None:
    a1, o1, a2, o2 = changes((A, 10), (OK, 20), (A, 100), (OK, 110))
    for order in permutations([a1, o1, a2, o2]):
        life = Life().deliver(order)
        spans = [(i.opened, i.ended) for i in life.alone]
        # The OK at 110 alone implies an ALARM at 100, and says nothing of an OK since 10; what is decided stays.
        evidence = min(order.index(o1), order.index(a2))
        merged = max(order.index(a1), order.index(o2)) < evidence
        assert spans == ([(10, 110)] if merged else [(10, 20), (100, 110)]), order
        assert ["another episode started" in i.note for i in life.alone] == [merged] * len(spans)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_fault_5_first_sequence(order: tuple[int, ...]) -> None:
    """ALARM@0, ALARM@180 (before: INSUFFICIENT_DATA@120), OK@10, INSUFFICIENT_DATA@120."""
    events = changes((A, 1), (OK, 10), (NO_DATA, 120), (A, 180))
    life = Life().deliver(events[index] for index in order)
    (is_open,) = life.open
    assert (is_open.state, is_open.alarm_at) == (A, 180)
    assert all(i.ended is not None for i in life.alone if i != is_open)
    if len(life.alone) == 1:
        assert "another episode started" in is_open.note
    life.deliver(changes((A, 180), (OK, 200))[1:])
    assert life.open == []


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_fault_5_second_sequence(order: tuple[int, ...]) -> None:
    """OK@-5, ALARM@40 (before: INSUFFICIENT_DATA@2), ALARM@1, INSUFFICIENT_DATA@2."""
    events = changes((OK, -5), (A, 1), (NO_DATA, 2), (A, 40), before=(NO_DATA, -1_000))
    life = Life().deliver(events[index] for index in order)
    (incident,) = life.alone
    assert (incident.opened, incident.alarm_at, incident.is_open) == (1, 40, True)


@settings(max_examples=500, deadline=None)
@given(arrivals())
def test_an_incident_is_open_if_and_only_if_the_alarm_is_in_alarm(case: tuple[list[Change], list[Change]]) -> None:
    true, events = case
    life = Life().deliver(events)
    states = [change.state for change in true if change.state != NO_DATA]
    assert len(life.open) == (states[-1:] == [A])
    for incident in life.open:
        assert incident.alarm_at == max(change.at for change in true if change.state == A)
    # Every ALARM belongs to exactly one incident, and with all there is, no episode goes unheard.
    assert all(change.incident in life.incidents for change in life.alarm.changes if change.state == A)
    assert all(len([c for c in life.log if c.incident.id == id_]) for id_ in life.incidents)


@settings(max_examples=300, deadline=None)
@given(arrivals())
def test_in_order_there_is_one_incident_for_each_episode(case: tuple[list[Change], list[Change]]) -> None:
    true, _ = case
    life = Life().deliver(true)
    assert [incident.opened for incident in life.alone] == true_starts(true)
    assert all(incident.note == "" for incident in life.alone)


@settings(max_examples=300, deadline=None)
@given(arrivals())
def test_each_channel_can_follow_the_revisions(case: tuple[list[Change], list[Change]]) -> None:
    """What a channel would be sent never says that an incident is open twice in a row without a new ALARM."""
    _, events = case
    life = Life().deliver(events)
    for id_ in life.incidents:
        heard = [changed.incident for changed in life.log if changed.incident.id == id_ and changed.owed]
        for one, next_one in zip(heard, heard[1:], strict=False):
            assert next_one.revision == one.revision + 1
            assert (one.is_open, one.alarm_at, one.no_data_at, one.note) != (
                next_one.is_open,
                next_one.alarm_at,
                next_one.no_data_at,
                next_one.note,
            )


def test_two_incidents_that_turn_out_to_be_one_say_so_and_only_the_current_one_is_open() -> None:
    a1, o1, a2, o2, a3 = changes((A, 10), (OK, 20), (A, 60), (OK, 70), (A, 120))
    life = Life().deliver([a1, o1, unknown_before(a3)])
    assert [i.opened for i in life.open] == [120]
    life.deliver([a2, o2])
    first, second = life.alone
    assert (first.is_open, second.is_open) == (False, True)
    assert f"incident {second.id}" in first.note
    assert f"incident {first.id}" in second.note
    assert second.revision == 2


# -- recipients and severity


def test_a_channel_that_joins_a_route_hears_nothing_of_the_past() -> None:
    life = Life()
    for number in range(20):
        life.deliver(changes((A, 1_000 * number + 10), (OK, 1_000 * number + 20)), now=1_000 * number + 30)
    life.listeners["high"] = ("jira", "slack", "pager")
    events = changes((A, 1_000 * 20 + 10), (OK, 1_000 * 20 + 20))
    assert {one[0] for one in owed(life, events[0], 20_015)} == {"jira", "slack", "pager"}
    assert sum("pager" in i.recipients for i in life.alone) == 1


def test_a_channel_that_joins_an_open_incident_waits_for_its_next_alarm() -> None:
    a1, o1, a2, _ = changes((A, 10), (OK, 20), (A, 30), (OK, 40))
    life = Life().deliver([a1])
    life.listeners["high"] = ("jira", "slack", "pager")
    assert {one[0] for one in owed(life, o1)} == {"jira", "slack"}
    assert {one[0] for one in owed(life, a2)} == {"jira", "slack", "pager"}


def test_a_raised_severity_is_nothing_to_hear_of_until_the_next_alarm_and_never_falls() -> None:
    a1, o1, a2, o2, a3 = changes((A, 10), (OK, 20), (A, 30), (OK, 40), (A, 50))
    life = Life(severity="low").deliver([a1])
    life.severity = "critical"
    assert {one[0] for one in owed(life, o1)} == {"mail"}
    assert {one[:2] for one in owed(life, a2)} == {(name, Rank.CRITICAL) for name in ("mail", "jira", "slack", "pager")}
    life.severity = "low"
    life.deliver([o2, a3])
    assert life.alone[0].severity == "critical"


def test_a_lowered_severity_adds_nobody_of_the_route_that_it_has_left() -> None:
    """The simulation found it: a channel that nothing routes the alarm to any more joined its incident."""
    a1, o1, a2 = changes((A, 10), (OK, 20), (A, 30))
    life = Life(severity="critical").deliver([a1, o1])
    life.listeners["critical"] = ("jira", "slack", "pager", "mail")
    life.severity = "high"
    assert {one[0] for one in owed(life, a2)} == {"jira", "slack", "pager"}


def test_a_late_alarm_of_the_past_adds_nobody() -> None:
    a1, o1, a2 = changes((A, 10), (OK, 20), (A, 30))
    life = Life().deliver([a1, replace(a2, before_at=None)])
    life.listeners["high"] = ("jira", "slack", "pager")
    life.deliver([o1, *changes((A, 15))])
    assert life.alone[0].recipients == ("jira", "slack")


def test_a_channel_that_left_the_route_hears_the_end() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    life = Life().deliver([alarm])
    life.listeners["high"] = ("slack",)
    assert {one[0] for one in owed(life, recovery)} == {"jira", "slack"}
    life.severity = "none"
    assert not life.open


def test_what_nobody_was_to_hear_of_is_never_heard_of_later() -> None:
    a1, o1, a2, o2 = changes((A, 10), (OK, 20), (A, 100), (OK, 110))
    life = Life(severity="none").deliver([a1])
    life.severity = "critical"
    assert owed(life, a1) == owed(life, None) == owed(life, o1) == []
    assert owed(life, a2) != []
    assert [i.opened for i in life.alone] == [100]
    life.deliver([o2])


# -- what is old


@pytest.mark.parametrize(("severity", "wait"), [("high", SETTLES_WITHIN), ("critical", CRITICAL_SETTLES_WITHIN)])
def test_what_is_old_when_it_is_decided_settles_first(severity: str, wait: int) -> None:
    (alarm,) = changes((A, 10))
    for age, expected in ((OLD, 0), (OLD + 1, wait)):
        (changed,) = Life(severity=severity).decide(alarm, 10 + age)
        assert {one.not_before for one in changed.owed} == {10 + age + expected}


# -- no data


def test_no_data_in_an_incident_is_told_and_does_not_end_it() -> None:
    a1, gap, a2, o1 = changes((A, 10), (NO_DATA, 20), (A, 30), (OK, 40))
    life = Life().deliver([a1])
    # In the rank of the ALARM: it may be what a channel hears of first.
    assert owed(life, gap) == [("jira", Rank.HIGH, NO_DATA, 2), ("slack", Rank.HIGH, NO_DATA, 2)]
    assert life.alone[0].no_data_at == 20
    life.deliver([a2])
    assert (life.alone[0].state, life.alone[0].alarm_count) == (A, 1)
    life.deliver([o1])
    assert life.open == []
    assert len(life.incidents) == 1


def test_no_data_outside_of_an_incident_is_for_those_without_tickets_and_ends_when_data_is_back() -> None:
    _, gap, back = changes((OK, 10), (NO_DATA, 20), (OK, 30))
    life = Life()
    assert owed(life, gap) == [("slack", Rank.UPDATE, NO_DATA, 1)]
    (incident,) = life.incidents.values()
    assert (incident.kind, incident.no_data_at, incident.is_open) == (Kind.NO_DATA, 20, True)
    assert owed(life, gap) == []
    assert owed(life, back) == []
    (incident,) = life.incidents.values()
    assert (incident.ended, incident.revision) == (30, 1)


def test_no_data_only_for_ticket_channels_is_nothing_to_hear_of() -> None:
    life = Life(listeners={"high": ("jira",)}).deliver(changes((NO_DATA, 20), before=(OK, 1)))
    life.listeners["high"] = ("jira", "slack")
    assert life.decide(None) == ()
    assert life.incidents == {}


def test_no_data_that_belongs_to_an_incident_after_all_joins_it() -> None:
    alarm, gap = changes((A, 10), (NO_DATA, 20))
    life = Life().deliver([unknown_before(gap)])
    assert [i.kind for i in life.incidents.values()] == [Kind.NO_DATA]
    life.deliver([alarm])
    (incident,) = life.open
    assert incident.no_data_at == 20
    assert all(not i.is_open for i in life.incidents.values() if i.kind is Kind.NO_DATA)


def test_muted_no_data_is_not_told() -> None:
    life = Life()
    life.decide(muted(changes((OK, 10), (NO_DATA, 20))[1], 5_000), 100)
    assert life.incidents == {}


# -- holds


def test_a_muted_alarm_opens_when_the_window_ends_and_not_before() -> None:
    life, (alarm,) = Life(), changes((A, 10))
    assert life.decide(muted(alarm, 5_000), 100) == ()
    assert life.alarm.recheck_at == 5_000 + holds.MUTE_MARGIN
    assert life.decide(None, 4_999) == ()
    (changed,) = life.decide(None, life.alarm.recheck_at or 0)
    assert (changed.incident.opened, changed.incident.is_open) == (10, True)
    assert {one.not_before for one in changed.owed} == {10_000}
    assert life.alarm.recheck_at is None


def test_a_muted_alarm_that_recovered_in_the_window_is_not_told() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    life = Life()
    life.decide(muted(alarm, 5_000), 100)
    assert life.decide(muted(recovery, 5_000), 200) == ()
    assert life.alarm.recheck_at is None
    assert life.decide(None, LATE) == ()


def test_a_recovery_is_told_in_a_mute_window_too() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    life = Life().deliver([alarm], now=15)
    assert owed(life, muted(recovery, 5_000), 30) != []
    assert life.open == []


def test_a_held_alarm_within_the_window_reopens_only_when_the_hold_ends() -> None:
    a1, o1, a2 = changes((A, 10), (OK, 20), (A, 30))
    life = Life().deliver([a1, o1])
    assert life.decide(muted(a2, 500), 40) == ()
    assert life.open == []
    life.decide(None, 500)
    assert [i.opened for i in life.open] == [10]


def test_the_event_at_the_end_of_a_wait_is_the_first_that_is_told() -> None:
    waiting = suppressed(changes((A, 10))[0], "WaitPeriod", 120_010)
    after = Change(KEY, A, 120_010, "still", A, 10, before_by="WaitPeriod")
    for order in ([waiting, after, waiting, after], [after, waiting, after]):
        life = Life().deliver(order, now=120_020)
        assert [(i.opened, i.revision) for i in life.open] == [(120_010, 1)]
        assert life.alarm.recheck_at is None


def test_without_that_event_the_wait_ends_by_the_clock() -> None:
    life = Life()
    assert life.decide(suppressed(changes((A, 10))[0], "WaitPeriod", 120_010), 20) == ()
    again = life.alarm.recheck_at or 0
    assert again == 120_010 + holds.MARGIN
    assert life.decide(None, again - 1) == ()
    life.decide(None, again)
    assert [i.opened for i in life.open] == [120_010]
    assert life.decide(None, again + 1) == ()


@pytest.mark.parametrize("state", [OK, NO_DATA])
def test_a_suppression_ends_some_time_after_the_suppressor(state: str) -> None:
    life = Life(suppressor=holds.Suppressor(A, 5, 300_000))
    life.decide(suppressed(changes((A, 10))[0], "Alarm"), 20)
    assert life.alarm.recheck_at == 20 + holds.BACKSTOP
    life.suppressor = holds.Suppressor(state, 1_000_000, 300_000)
    life.decide(None, 1_000_000)
    assert life.alarm.recheck_at == 1_300_000 + holds.MARGIN
    assert life.open == []
    life.decide(None, 1_300_000 + holds.MARGIN)
    assert [i.opened for i in life.open] == [1_300_000]


def test_while_the_suppressor_is_in_alarm_even_a_wait_goes_on() -> None:
    life = Life(suppressor=holds.Suppressor(A, 5, 0))
    life.decide(suppressed(changes((A, 10))[0], "WaitPeriod", 120_010), 20)
    assert life.decide(None, 1_000_000) == ()


def test_a_suppressed_alarm_that_recovered_is_not_told() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    for order in permutations([suppressed(alarm, "Alarm"), replace(recovery, before_by="Alarm")]):
        assert Life().deliver(order).incidents == {}


def test_deliveries_of_a_suppressed_alarm_share_one_appointment() -> None:
    """Fault 19: each of them had an hourly chain of reminders of its own."""
    life, (alarm,) = Life(suppressor=holds.Suppressor(A, 5, 0)), changes((A, 10))
    appointments = set()
    for now in range(20, 3_000_000, 100_000):
        life.decide(suppressed(alarm, "Alarm"), now)
        appointments.add(life.alarm.recheck_at)
    assert appointments == {20 + holds.BACKSTOP}


def test_an_open_incident_stays_open_while_a_later_alarm_is_suppressed() -> None:
    (alarm,) = changes((A, 10))
    life = Life().deliver([alarm])
    life.decide(suppressed(Change(KEY, A, 30, before=A, before_at=10), "Alarm"))
    assert [i.alarm_at for i in life.open] == [10]


# -- size


def test_an_alarm_that_flaps_for_ever_keeps_its_incident() -> None:
    events = changes(*((A if index % 2 == 0 else OK, 10 * index + 10) for index in range(500)))
    life = Life().deliver(events)
    (incident,) = life.alone
    assert (incident.alarm_count, incident.opened, incident.is_open) == (250, 10, False)


def test_an_incident_whose_alarms_are_forgotten_is_reopened_all_the_same() -> None:
    life = Life().deliver(changes((A, 10), (OK, 20)))
    life.alarm = replace(life.alarm, changes=(), horizon=20)
    life.decide(unknown_before(changes((OK, 20), (A, 80))[1]))
    assert [i.opened for i in life.open] == [10]
    life.deliver(changes((OK, 90), (A, 151), before=(A, 80)))
    assert [i.opened for i in life.open] == [151]
