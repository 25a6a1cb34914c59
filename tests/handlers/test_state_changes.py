"""State changes are a set: any order, any repetition, the same episodes; and it stays small."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.incident.decision.state_changes import (
    KEPT,
    MOST_CHANGES,
    absorb,
    current_incident,
    episodes,
    ordered,
    pruned,
)
from handlers.incident.events import Change, Suppression
from handlers.incident.state.records import Alarm, StateChange
from tests.handlers.alarm_world import KEY, NO_DATA, OK, WINDOW, A, arrivals, changes, true_starts, unknown_before


def absorbed(events: list[Change]) -> Alarm:
    alarm = Alarm(KEY)
    for change in events:
        alarm = absorb(alarm, change)
    return alarm


def starts(alarm: Alarm) -> list[list[int]]:
    return [[change.at for change in episode] for episode in episodes(alarm.changes, WINDOW)]


@settings(max_examples=300, deadline=None)
@given(arrivals(), st.randoms(use_true_random=False))
def test_episodes_are_a_function_of_the_set(case: tuple[list[Change], list[Change]], random: object) -> None:
    _, events = case
    shuffled = list(events) * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert starts(absorbed(events)) == starts(absorbed(shuffled))
    plain = [(c.at, c.state, c.before, c.before_at, c.implied) for c in absorbed(events).changes]
    assert plain == [(c.at, c.state, c.before, c.before_at, c.implied) for c in absorbed(shuffled).changes]


@settings(max_examples=300, deadline=None)
@given(arrivals())
def test_they_are_the_true_ones_once_everything_is_there(case: tuple[list[Change], list[Change]]) -> None:
    true, events = case
    assert [episode[0] for episode in starts(absorbed(events))] == true_starts(true)


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        ([(A, 10), (OK, 20), (A, 80)], [[10, 80]]),
        ([(A, 10), (OK, 20), (A, 81)], [[10], [81]]),
        ([(A, 10), (NO_DATA, 20), (A, 200)], [[10, 200]]),
        ([(A, 10), (OK, 20), (NO_DATA, 70), (A, 81)], [[10], [81]]),
        ([(A, 10), (OK, 20), (NO_DATA, 30), (OK, 70), (A, 81)], [[10, 81]]),
        ([(OK, 10), (A, 20)], [[20]]),
        ([(NO_DATA, 10)], []),
    ],
)
def test_where_an_episode_ends(life: list[tuple[str, int]], expected: list[list[int]]) -> None:
    assert starts(absorbed(changes(*life))) == expected


def test_of_one_millisecond_whoever_names_the_other_is_later() -> None:
    alarm, recovery = changes((A, 10), (OK, 10))
    for events in permutations([alarm, recovery]):
        assert [c.state for c in absorbed(list(events)).changes if c.at == 10] == [A, OK]
    recovery, alarm = changes((OK, 10), (A, 10), before=(A, 3))
    for events in permutations([alarm, recovery]):
        assert [c.state for c in absorbed(list(events)).changes if c.at == 10] == [OK, A]


def test_without_a_proof_it_is_alarm_at_the_end_of_the_millisecond() -> None:
    alarm, recovery = changes((A, 10), (OK, 10))
    both = [unknown_before(Change(KEY, A, 10, before=OK)), unknown_before(Change(KEY, OK, 10, before=A))]
    for events in (*permutations(both), [Change(KEY, A, 10), Change(KEY, OK, 10)]):
        assert absorbed(list(events)).changes[-1].state == A
    # Only one of them names the other.
    assert absorbed([Change(KEY, A, 10), unknown_before(recovery)]).changes[-1].state == OK


@given(st.permutations(changes((OK, 10), (NO_DATA, 10), (A, 10), before=(A, 3))))
def test_three_of_one_millisecond_have_one_order(events: list[Change]) -> None:
    assert [c.state for c in absorbed(events).changes if c.at == 10] == [OK, NO_DATA, A]


def test_an_events_own_word_replaces_what_another_implied() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    for events in permutations([alarm, recovery, recovery]):
        first = next(c for c in absorbed(list(events)).changes if c.state == A)
        assert (first.implied, first.reason) == (False, "ALARM at 10")


def test_a_hold_is_kept_whichever_form_of_the_event_comes_first() -> None:
    (alarm,) = changes((A, 10))
    held = Change(KEY, A, 10, before=OK, before_at=1, suppression=Suppression(mute=50, by="Alarm", until=70))
    for events in permutations([alarm, held]):
        change = absorbed(list(events)).changes[-1]
        assert (change.mute, change.by, change.until) == (50, "Alarm", 70)


def test_what_is_forgotten_is_not_learnt_again() -> None:
    alarm = pruned(Alarm(KEY, tuple(StateChange(at, OK) for at in range(100, 200))), 300)
    assert len(alarm.changes) == MOST_CHANGES
    assert alarm.horizon == alarm.changes[0].at - 1
    assert absorb(alarm, Change(KEY, A, alarm.horizon, before=OK, before_at=1)) == alarm


def test_only_the_latest_keep_their_reasons_and_a_duplicate_brings_none_back() -> None:
    events = changes((A, 10), (OK, 20), (A, 30), (OK, 40))
    alarm = pruned(absorbed(events), 50)
    assert [change.reason for change in alarm.changes if change.reason] == ["ALARM at 30", "OK at 40"]
    assert pruned(absorb(alarm, events[0]), 50) == alarm


def test_what_proves_the_open_incident_outlives_any_number_of_changes() -> None:
    shown = StateChange(10, A, incident="0123456789abcdef")
    alarm = Alarm(KEY, (shown, *(StateChange(20 + at, NO_DATA if at % 2 else A) for at in range(500))))
    alarm = pruned(alarm, 1_000)
    assert current_incident(alarm.changes) == shown.incident
    assert len(alarm.changes) == MOST_CHANGES
    assert alarm.changes == ordered(alarm.changes)


def test_what_is_older_than_any_replay_is_forgotten_and_the_last_word_never() -> None:
    alarm = absorbed(changes((A, 10), (OK, 20)))
    assert [change.at for change in pruned(alarm, KEPT + 1_000).changes] == [20]
