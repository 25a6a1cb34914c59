"""Which actions are executed when: the guide's examples of suppression in our own words, and what follows from them.

A wait of 2 and an extension of 3, as in the guide. A row is: changes of the composite, of its suppressor, then what is
executed and what is never.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.evaluate.alarms.suppression import ActionOutcome, StateChange, Suppressor, Window, action_outcomes

A, O, I = "ALARM", "OK", "INSUFFICIENT_DATA"  # noqa: E741
SHARED = Path(__file__).parents[3] / "shared" / "vectors" / "composite.yaml"
WAIT, EXTENSION = 2, 3


def changes(*given: tuple[int, str]) -> list[StateChange]:
    return [StateChange(at, state) for at, state in given]  # type: ignore[arg-type]


def suppressor(*given: tuple[int, str], before: str = O, wait: int = WAIT, extension: int = EXTENSION) -> Suppressor:
    return Suppressor(changes(*given), wait, extension, before)  # type: ignore[arg-type]


def executed(found: tuple[ActionOutcome, ...]) -> list[tuple[int, str]]:
    return [(one.executed, one.change.state) for one in found if one.executed is not None]


# --- the guide's six examples ------------------------------------------------------------------------------------


def test_after_the_wait_actions_are_executed() -> None:
    (fate,) = action_outcomes(changes((2, A)), suppressor())
    assert (fate.executed, fate.held) == (4, ("WaitPeriod",))


def test_a_suppressor_that_follows_within_the_wait_holds_them() -> None:
    (fate,) = action_outcomes(changes((2, A)), suppressor((3, A)))
    assert (fate.executed, fate.held) == (None, ("WaitPeriod", "Alarm"))


def test_a_change_within_the_wait_begins_a_new_one_and_only_it_is_told() -> None:
    found = action_outcomes(changes((2, A), (3, O)), suppressor())
    assert [one.executed for one in found] == [None, 5]


def test_a_suppressor_that_is_in_alarm_already_holds_them() -> None:
    (fate,) = action_outcomes(changes((2, A)), suppressor(before=A))
    assert (fate.executed, fate.held) == (None, ("Alarm",))


def test_after_the_extension_what_was_held_is_executed() -> None:
    (fate,) = action_outcomes(changes((2, A)), suppressor((3, A), (6, O)))
    assert (fate.executed, fate.held) == (9, ("WaitPeriod", "Alarm", "ExtensionPeriod"))


def test_a_change_within_the_extension_waits_instead() -> None:
    found = action_outcomes(changes((2, A), (7, O)), suppressor((3, A), (6, O)))
    assert executed(found) == [(9, O)]
    assert found[1].held == ("WaitPeriod",)


# --- what follows ------------------------------------------------------------------------------------------------


def test_without_a_suppressor_nothing_waits() -> None:
    assert executed(action_outcomes(changes((2, A), (3, O)))) == [(2, A), (3, O)]


def test_with_periods_of_nothing_only_the_suppressor_holds() -> None:
    found = action_outcomes(changes((1, A), (2, O), (4, A)), suppressor((3, A), (6, O), wait=0, extension=0))
    assert executed(found) == [(1, A), (2, O), (6, A)]


def test_at_the_very_end_of_the_wait_a_suppressor_is_not_too_late() -> None:
    assert executed(action_outcomes(changes((2, A)), suppressor((4, A)))) == []


def test_a_suppressor_that_comes_after_the_wait_takes_nothing_back() -> None:
    found = action_outcomes(changes((2, A)), suppressor((5, A), (6, O)))
    assert executed(found) == [(4, A)]  # and is not executed again when the extension ends


def test_a_suppressor_that_comes_back_within_the_extension_goes_on_holding() -> None:
    found = action_outcomes(changes((2, A)), suppressor((3, A), (6, O), (8, A), (20, O)))
    assert executed(found) == [(23, A)]
    assert found[0].held == ("WaitPeriod", "Alarm", "ExtensionPeriod", "Alarm", "ExtensionPeriod")


def test_a_suppressor_without_sufficient_data_holds_nothing() -> None:
    assert executed(action_outcomes(changes((2, A)), suppressor((1, I)))) == [(4, A)]
    assert executed(action_outcomes(changes((2, A)), suppressor((3, A), (6, I)))) == [(9, A)]


def test_without_a_change_nothing_is_executed() -> None:
    assert action_outcomes([], suppressor((3, A), (6, O)), [(0, 9)]) == ()


# --- mute windows ------------------------------------------------------------------------------------------------
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html


def test_what_a_mute_window_held_is_executed_at_its_end() -> None:
    (fate,) = action_outcomes(changes((12, A)), mutes=[(10, 20)])
    assert (fate.executed, fate.held) == (20, ("Mute",))


def test_what_has_ended_within_a_mute_window_is_never_told_but_its_end_is() -> None:
    assert executed(action_outcomes(changes((12, A), (15, O)), mutes=[(10, 20)])) == [(20, O)]


def test_what_came_before_a_mute_window_is_not_told_again() -> None:
    assert executed(action_outcomes(changes((5, A)), mutes=[(10, 20)])) == [(5, A)]


def test_a_mute_window_holds_from_its_first_moment_and_no_longer_at_its_end() -> None:
    assert executed(action_outcomes(changes((10, A), (20, O)), mutes=[(10, 20)])) == [(20, O)]
    assert executed(action_outcomes(changes((20, A)), mutes=[(10, 20)])) == [(20, A)]


def test_mute_windows_that_overlap_or_touch_are_one() -> None:
    assert executed(action_outcomes(changes((12, A)), mutes=[(10, 20), (15, 25), (25, 30), (40, 40)])) == [(30, A)]


def test_a_mute_window_goes_before_suppression() -> None:
    found = action_outcomes(changes((12, A)), suppressor((13, A), (30, O)), [(10, 20)])
    assert executed(found) == [(33, A)]
    assert found[0].held == ("Mute", "Alarm", "ExtensionPeriod")


def test_a_wait_runs_on_inside_a_mute_window() -> None:
    assert executed(action_outcomes(changes((12, A)), suppressor(), [(10, 20)])) == [(20, A)]
    assert executed(action_outcomes(changes((19, A)), suppressor(), [(10, 20)])) == [(21, A)]


# --- the shared vectors, where they are ----------------------------------------------------------------------------


def shared() -> list[dict[str, Any]]:
    rows = yaml.safe_load(SHARED.read_text()) if SHARED.exists() else []
    return [row for row in rows if row["kind"] == "suppression"]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize("row", shared(), ids=lambda row: row["name"])
def test_the_shared_vectors(row: dict[str, Any]) -> None:
    periods = {"wait": row["wait"], "extension": row["extension"]}
    by = suppressor(*map(tuple, row["suppressor"]), before=row.get("suppressor_initial", O), **periods)
    found = action_outcomes(changes(*map(tuple, row["composite"])), by)
    assert executed(found) == [tuple(one) for one in row["actions"]]


# --- any course of events --------------------------------------------------------------------------------------------

TIMES = st.integers(0, 40)
COURSES = st.lists(st.tuples(TIMES, st.sampled_from([A, O, I])), max_size=8).map(sorted)
WINDOWS = st.lists(st.tuples(TIMES, TIMES), max_size=3)


def in_any(at: int, windows: list[Window]) -> bool:
    return any(start <= at < end for start, end in windows)


def is_free(at: int, since: int, by: Suppressor) -> bool:
    """Whether a suppressor lets the action of a change at `since` go at a moment: told from the whole course."""
    befores = [O, *(one.state for one in by.changes)]
    past = [(one.at, before, one.state) for one, before in zip(by.changes, befores, strict=False) if one.at <= at]
    if past and past[-1][2] == A:
        return False
    was_in_alarm = next((now for when, _, now in reversed(past) if when <= since), O) == A
    to_alarm = [when for when, _, now in past if now == A and when > since]
    leaving = [when for when, before, now in past if before == A and now != A and when > since]
    waits = not was_in_alarm and not to_alarm and at < since + by.wait
    extends = bool(leaving) and at < leaving[-1] + by.extension
    return not waits and not extends


@given(COURSES, COURSES, WINDOWS, st.integers(0, 5), st.integers(0, 5))
def test_any_course_of_events(
    course: list[tuple[int, str]], other: list[tuple[int, str]], mutes: list[Window], wait: int, extension: int
) -> None:
    by = suppressor(*other, wait=wait, extension=extension)
    found = action_outcomes(changes(*course), by, mutes)

    ends = [at for at, _state in course[1:]] + [60]
    expected = [
        next((t for t in range(at, end) if not in_any(t, mutes) and is_free(t, at, by)), None)
        for (at, _state), end in zip(course, ends, strict=False)
    ]
    assert [one.change for one in found] == changes(*course)
    assert [one.executed for one in found] == expected


@given(COURSES, WINDOWS)
def test_mutes_alone_hold_what_is_within_them(course: list[tuple[int, str]], mutes: list[Window]) -> None:
    for one in action_outcomes(changes(*course), mutes=mutes):
        assert one.held in ((), ("Mute",))
        assert not one.held or in_any(one.change.at, mutes)
