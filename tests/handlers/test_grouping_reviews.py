"""Reminders, escalation and acknowledgement: what follows from nobody having done anything."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.incident.events import Key
from handlers.incident.state.records import Acknowledgement, Kind
from tests.handlers.alarm_world import NO_DATA, OK, A
from tests.handlers.group_world import MINUTE, T0, Crash, Estate, alarm, assert_whole, routing

FATAL, HIGH, LOW, ALONE = (alarm(f"{name}-alarm-prod") for name in ("fatal", "high", "low", "alone"))
ALARMS: dict[str, dict[str, Any]] = {
    FATAL.alarm: {"severity": "critical", "service": "shop"},
    HIGH.alarm: {"service": "shop"},
    LOW.alarm: {"severity": "low", "service": "shop"},
    ALONE.alarm: {"severity": "critical"},
}


def estate(key: Key, **more: Any) -> Estate:
    """With an alarm that went to ALARM and was sent to everybody."""
    place = Estate(routing(ALARMS, **more))
    place.state(key, A)
    place.sent(place.root.id)
    return place


def minutes(place: Estate) -> dict[str, tuple[str, float]]:
    """Channel to rank and minutes since the beginning."""
    return {name: (rank, (at - T0) / MINUTE) for name, (rank, at) in place.owed(place.root.id).items()}


@pytest.mark.parametrize("key", [FATAL, ALONE])
def test_what_nobody_acknowledges_is_escalated_and_reminded_of(key: Key) -> None:
    place = estate(key)
    place.pass_minutes(19)
    assert minutes(place) == {}
    place.pass_minutes(1)
    assert minutes(place) == {"lead": ("0", 20)}
    assert (place.root.recipients, place.root.escalated_at) == (("pager", "jira", "bot", "lead"), place.now)
    place.sent(place.root.id)
    place.pass_minutes(9)
    assert minutes(place) == {}
    place.pass_minutes(1)
    # A ticket and a message that people react to can tell that somebody is at it, and go first.
    assert minutes(place) == {"jira": ("3", 30), "bot": ("3", 30), "pager": ("3", 31), "lead": ("3", 31)}
    assert place.root.reminded_at == place.now
    before = place.root.revision
    place.sent(place.root.id)
    place.pass_minutes(29)
    assert minutes(place) == {}
    place.pass_minutes(1)
    assert len(minutes(place)) == 4
    assert place.root.revision > before
    assert place.woken[-1] == ("pager", "jira", "bot", "lead")


def test_without_anybody_who_can_tell_all_are_reminded_at_once() -> None:
    place = estate(FATAL, incidents={"acknowledge": ["command"], "escalate": {}})
    place.pass_minutes(30)
    assert {at for _, at in minutes(place).values()} == {30}


def test_what_is_over_is_neither_and_one_that_comes_back_is() -> None:
    place = estate(FATAL)
    place.now += 10 * MINUTE
    place.state(FATAL, OK, before=A, since=T0)
    place.sent(place.root.id)
    place.pass_minutes(60)
    assert (minutes(place), place.root.reminded_at, place.root.escalated_at) == ({}, 0, 0)
    assert place.table.next_review() is None
    place.state(FATAL, A)
    fresh = next(root for root in place.roots if root.is_open)
    assert fresh.opened == place.now
    place.pass_minutes(20)
    assert {root.id: root.escalated_at for root in place.roots if root.escalated_at} == {fresh.id: place.now}


def test_a_severity_without_a_time_is_never_reminded_of_until_it_is_worse() -> None:
    place = estate(LOW)
    assert place.table.next_review() is None
    place.now += MINUTE
    place.state(FATAL, A)
    assert place.table.next_review() == T0 + 21 * MINUTE


def test_missing_data_alone_reminds_nobody() -> None:
    place = Estate(routing(ALARMS))
    place.state(ALONE, NO_DATA)
    assert (place.root.kind, place.table.next_review()) == (Kind.NO_DATA, None)


def acknowledge(place: Estate, severity: str, until: int | None = None) -> None:
    said = Acknowledgement("OPS-1 is In Progress", place.now, severity, until)
    place.table.acknowledge(place.root.id, said, place.now)


def test_an_acknowledgement_ends_reminders_and_escalation() -> None:
    place = estate(FATAL)
    acknowledge(place, "critical")
    place.pass_minutes(120)
    assert minutes(place) == {}
    assert place.table.next_review() is None


def test_one_with_an_end_is_looked_at_then() -> None:
    place = estate(FATAL)
    acknowledge(place, "critical", T0 + 120 * MINUTE)
    place.pass_minutes(30)
    assert place.table.next_review() == T0 + 120 * MINUTE
    place.pass_minutes(89)
    assert minutes(place) == {}
    place.pass_minutes(1)
    assert set(minutes(place)) == {"lead", "jira", "bot", "pager"}


def test_it_does_not_count_for_what_has_become_worse() -> None:
    place = estate(HIGH)
    acknowledge(place, "high")
    place.now += MINUTE
    place.state(FATAL, A)
    place.sent(place.root.id)
    place.pass_minutes(20)
    assert set(minutes(place)) == {"lead"}


def test_channels_that_were_removed_are_not_escalated_to() -> None:
    place = estate(FATAL)
    del place.routing.data["channels"]["lead"]
    place.pass_minutes(21)
    assert minutes(place) == {}
    assert place.root.escalated_at == T0 + 20 * MINUTE


def test_old_events_are_not_reminded_of_before_anybody_could_read_of_them() -> None:
    place = Estate(routing(ALARMS))
    place.state(FATAL, A, at=T0 - 300 * MINUTE)
    assert place.table.next_review() == T0 + 20 * MINUTE


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_review_that_dies_is_made_again_and_says_nothing_twice(moment: str) -> None:
    for call in range(1, 9):
        place = estate(FATAL)
        place.now += 20 * MINUTE
        place.table.armed, place.table.crashes = True, {call: moment}
        try:
            place.tick()
        except Crash:
            pass
        finally:
            place.table.armed, place.table.crashes = False, {}
        place.pass_minutes(2)
        assert set(minutes(place)) == {"lead"}
        assert_whole(place)


def test_a_member_that_changes_during_a_review_is_not_lost() -> None:
    place = estate(FATAL)
    place.now += 20 * MINUTE
    commit, done = place.table.commit_review, []

    def contended(*args: Any, **more: Any) -> None:
        if not done:
            done.append(1)
            place.state(HIGH, A)
        commit(*args, **more)

    place.table.commit_review = contended  # type: ignore[method-assign]
    place.tick()
    assert (place.root.members, place.root.escalated_at) == (2, place.now)
    assert minutes(place)["lead"] == ("0", 20)
    assert_whole(place)
