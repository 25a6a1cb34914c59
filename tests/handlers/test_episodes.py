"""Episodes by timestamps: whatever the order, however often, the same tickets; and what is held is told in time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.incident import holds
from handlers.incident.episodes import MOST_POINTS, absorb, forget
from handlers.incident.events import Change, Held, Key
from handlers.incident.history import History, Point, from_json, to_json
from handlers.incident.plan import CLAIM, failed, plan, record, said
from handlers.incident.report import Step

KEY = Key("222222222222", "us-east-1", "errors-alarm-prod")
WINDOW = 60
CHANNELS = {"jira": True, "slack": False}
LATE = 10_000_000


def changes(*at: tuple[str, int]) -> list[Change]:
    """State changes as CloudWatch tells them: each says what ended, and since when it had held."""
    made = []
    before = ("INSUFFICIENT_DATA", -1_000_000)
    for state, moment in at:
        made.append(Change(KEY, state, moment, f"{state} at {moment}", *before))
        before = (state, moment)
    return made


def deliver(history: History, change: Change, now: int = LATE) -> tuple[History, list[tuple[str, str, Step]]]:
    """Take a change in, and say at once whatever is to be said, successfully."""
    history = absorb(history, change, WINDOW)
    said_now = []
    while (planned := plan(history, KEY, "high", CHANNELS, now)).todo:
        history = planned.history
        for item in planned.todo:
            said_now.append((item.channel, item.episode.id, item.step))
            history = record(history, item.episode, item.channel, said(item, f"ref-{item.episode.id}"))
    return from_json(to_json(history)), said_now


def steps(*moments: Change) -> list[Step]:
    """What Jira is told when the changes arrive in this order."""
    history, told = History(), []
    for change in moments:
        history, said_now = deliver(history, change)
        told += [step for channel, _, step in said_now if channel == "jira"]
    return told


A, OK, REPEAT, OPEN, RESOLVE = "ALARM", "OK", Step.REPEAT, Step.OPEN, Step.RESOLVE


def test_from_alarm_to_ok_is_one_ticket() -> None:
    assert steps(*changes((A, 10), (OK, 20))) == [OPEN, RESOLVE]


def test_a_duplicate_says_nothing_new() -> None:
    first, second = changes((A, 10), (OK, 20))
    assert steps(first, first, second, first, second, second) == [OPEN, RESOLVE]


def test_alarm_again_within_the_window_reopens() -> None:
    assert steps(*changes((A, 10), (OK, 20), (A, 80), (OK, 90))) == [OPEN, RESOLVE, REPEAT, RESOLVE]


def test_alarm_again_after_the_window_is_another_ticket() -> None:
    assert steps(*changes((A, 10), (OK, 20), (A, 81), (OK, 90))) == [OPEN, RESOLVE, OPEN, RESOLVE]


def test_an_ok_that_overtook_its_alarm_still_makes_the_ticket() -> None:
    first, second = changes((A, 10), (OK, 20))
    assert steps(second, first) == [OPEN, RESOLVE]


def test_what_is_late_is_decided_by_its_time() -> None:
    a1, o1, a2, o2 = changes((A, 10), (OK, 20), (A, 100), (OK, 110))
    assert Counter(steps(a2, o1, o2, a1)) == {OPEN: 2, RESOLVE: 2}


def test_an_old_alarm_does_not_open_what_is_over() -> None:
    a1, o1, a2, o2 = changes((A, 10), (OK, 20), (A, 30), (OK, 40))
    assert steps(a2, o2, a1, o1) == [OPEN, RESOLVE]


def test_no_data_in_an_episode_is_told_and_does_not_end_it() -> None:
    assert steps(*changes((A, 10), ("INSUFFICIENT_DATA", 20), (A, 30), (OK, 40)))[:2] == [OPEN, Step.NOTICE]
    assert steps(*changes((A, 10), ("INSUFFICIENT_DATA", 20), (A, 30), (OK, 40)))[-1] == RESOLVE
    assert steps(*changes((A, 10), ("INSUFFICIENT_DATA", 20), (A, 30), (OK, 40))).count(OPEN) == 1


def test_no_data_without_an_episode_is_told_where_people_read_and_makes_no_ticket() -> None:
    history, told = deliver(History(), changes((OK, 10), ("INSUFFICIENT_DATA", 20))[1])
    assert [(channel, step) for channel, _, step in told] == [("slack", Step.NOTICE)]
    assert deliver(history, changes((OK, 10), ("INSUFFICIENT_DATA", 20))[1])[1] == []


def test_a_first_ok_is_no_news() -> None:
    assert steps(*changes((OK, 10))) == []


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[tuple[str, int]], list[int]]:
    """An alarm's life, and the order in which its changes arrive, each one to three times."""
    count = draw(st.integers(1, 9))
    moment, life = 0, []
    for index in range(count):
        moment += draw(st.integers(1, 130))
        life.append((A if index % 2 == 0 else OK, moment))
    arrivals = [index for index in range(count) for _ in range(draw(st.integers(1, 3)))]
    return life, draw(st.permutations(arrivals))


def true_starts(life: list[tuple[str, int]]) -> list[int]:
    """The ALARMs that begin an episode, straight from the definition."""
    starts = []
    for index, (state, moment) in enumerate(life):
        if state == A and (index == 0 or moment - life[index - 1][1] > WINDOW):
            starts.append(moment)
    return starts


@settings(max_examples=400)
@given(lives())
def test_any_order_of_arrival_ends_in_one_ticket_for_each_episode(
    case: tuple[list[tuple[str, int]], list[int]],
) -> None:
    life, order = case
    every = changes(*life)
    history: History = History()
    opened: list[str] = []
    for index in order:
        history, said_now = deliver(history, every[index])
        opened += [episode for channel, episode, step in said_now if (channel, step) == ("jira", OPEN)]
    assert len(opened) == len(set(opened)) == len(true_starts(life)) == len(history.episodes)
    states = [episode.told["jira"].state for episode in history.episodes]
    assert states == ["OK"] * (len(states) - 1) + [life[-1][0]]


def test_a_claim_keeps_others_out_and_is_not_for_ever() -> None:
    history = absorb(History(), changes((A, 10))[0], WINDOW)
    first = plan(history, KEY, "high", CHANNELS, 1_000)
    assert [item.channel for item in first.todo] == ["jira", "slack"]
    second = plan(first.history, KEY, "high", CHANNELS, 1_001)
    assert second.todo == ()
    assert {channel for channel, _ in second.busy} == {"jira", "slack"}
    third = plan(first.history, KEY, "high", CHANNELS, 1_001 + CLAIM)
    assert [(item.channel, item.told.unsure) for item in third.todo] == [("jira", True), ("slack", True)]


def test_one_sink_that_fails_is_tried_again_and_the_other_is_left_alone() -> None:
    planned = plan(absorb(History(), changes((A, 10))[0], WINDOW), KEY, "high", CHANNELS, 1_000)
    jira, slack = planned.todo
    history = record(planned.history, slack.episode, "slack", said(slack, "thread"))
    history = record(history, jira.episode, "jira", failed(jira, unsure=True, wait=5_000))
    waiting = plan(history, KEY, "high", CHANNELS, 4_999)
    assert (waiting.todo, waiting.busy) == ((), (("jira", 5_000),))
    again = plan(history, KEY, "high", CHANNELS, 5_000)
    assert [(item.channel, item.step, item.told.unsure, item.told.failures) for item in again.todo] == [
        ("jira", OPEN, True, 1)
    ]


def test_a_reopening_in_doubt_is_undone_when_it_turns_out_to_be_another_episodes() -> None:
    a1, o1, a2, o2 = changes((A, 10), (OK, 20), (A, 50), (OK, 70))
    history, _ = deliver(deliver(History(), a1)[0], o1)
    # Taken for a repeat of the first, for nothing is known of what lies between; the attempt breaks off half-way.
    planned = plan(absorb(history, replace(a2, before_at=15), WINDOW), KEY, "high", {"jira": True}, LATE)
    assert [item.step for item in planned.todo] == [REPEAT]
    (item,) = planned.todo
    history = record(planned.history, item.episode, "jira", failed(item, unsure=True, wait=0))
    # Then it is learnt that the ALARM at 50 began an episode of its own.
    points = tuple(replace(point, new=True) if point.at == 50 else point for point in history.points)
    history = absorb(replace(history, points=points), o2, WINDOW)
    again = plan(history, KEY, "high", {"jira": True}, LATE)
    assert sorted((todo.episode.at, todo.step) for todo in again.todo) == [(10, RESOLVE), (50, OPEN)]


def test_a_channel_that_is_no_longer_routed_to_hears_the_end() -> None:
    first, second = changes((A, 10), (OK, 20))
    history, _ = deliver(History(), first)
    planned = plan(absorb(history, second, WINDOW), KEY, "high", {"jira": True}, LATE)
    assert [(item.channel, item.step) for item in planned.todo] == [("jira", RESOLVE), ("slack", RESOLVE)]


def muted(change: Change, until: int) -> Change:
    return replace(change, held=Held(mute=until))


def test_a_muted_alarm_is_told_when_the_window_ends() -> None:
    (alarm,) = changes((A, 10))
    history, told = deliver(History(), muted(alarm, 5_000), now=100)
    assert told == []
    assert holds.look_at(history, None, 100) == 10_000
    assert plan(history, KEY, "high", CHANNELS, 5_000).todo


def test_a_muted_alarm_that_recovered_in_the_window_is_not_told() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    history, _ = deliver(History(), muted(alarm, 5_000), now=100)
    _, told = deliver(history, muted(recovery, 5_000), now=LATE)
    assert told == []


def test_a_recovery_is_told_in_a_mute_window_too() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    history, _ = deliver(History(), alarm)
    assert {step for _, _, step in deliver(history, muted(recovery, 5_000), now=30)[1]} == {RESOLVE}


def suppressed(change: Change, by: str, until: int | None = None) -> Change:
    return replace(change, held=Held(by=by, until=until))


def test_the_event_at_the_end_of_a_wait_is_the_first_that_is_told() -> None:
    waiting = suppressed(changes((A, 10))[0], "WaitPeriod", 120_010)
    after = Change(KEY, A, 120_010, "still", A, 10, "WaitPeriod")
    assert steps(waiting) == []
    assert steps(waiting, after, waiting, after) == [OPEN]
    assert steps(after, waiting, after) == [OPEN]


def test_without_that_event_the_wait_ends_by_the_clock() -> None:
    waiting = suppressed(changes((A, 10))[0], "WaitPeriod", 120_010)
    history, _ = deliver(History(), waiting)
    again = holds.look_at(history, None, 20)
    assert again == 120_010 + holds.MARGIN
    assert holds.released(history, None, again - 1) == history
    assert plan(holds.released(history, None, again), KEY, "high", CHANNELS, again).todo


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_a_suppression_ends_some_time_after_the_suppressor(state: str) -> None:
    history, _ = deliver(History(), suppressed(changes((A, 10))[0], "Alarm"))
    over = holds.Suppressor(state, 1_000_000, 300_000)
    assert holds.look_at(history, holds.Suppressor(A, 5, 300_000), 20) == 20 + holds.BACKSTOP
    assert holds.look_at(history, over, 1_000_000) == 1_300_000 + holds.MARGIN
    assert holds.released(history, over, 1_300_000) == history
    released = holds.released(history, over, 1_300_000 + holds.MARGIN)
    assert plan(released, KEY, "high", CHANNELS, LATE).todo


def test_while_the_suppressor_is_in_alarm_even_a_wait_goes_on() -> None:
    history, _ = deliver(History(), suppressed(changes((A, 10))[0], "WaitPeriod", 120_010))
    assert holds.released(history, holds.Suppressor(A, 5, 0), LATE) == history


def test_a_suppressed_alarm_that_recovered_is_not_told() -> None:
    alarm, recovery = changes((A, 10), (OK, 20))
    assert steps(suppressed(alarm, "Alarm"), replace(recovery, before_by="Alarm")) == []
    assert steps(replace(recovery, before_by="Alarm"), suppressed(alarm, "Alarm")) == []


def test_an_alarm_that_flaps_for_ever_stays_small_and_keeps_its_ticket() -> None:
    life = [(A if index % 2 == 0 else OK, 10 * index + 10) for index in range(4 * MOST_POINTS)]
    history, opened = History(), 0
    for change in changes(*life):
        history, told = deliver(history, change)
        history = forget(history, LATE)
        opened += sum(1 for channel, _, step in told if (channel, step) == ("jira", OPEN))
    assert opened == 1
    assert len(history.points) <= MOST_POINTS
    assert len(to_json(history)) < 100_000


def test_what_is_over_told_and_old_is_forgotten_and_not_opened_again() -> None:
    month = 30 * 86_400_000
    first, second, third = changes((A, 10), (OK, 20), (A, 2 * month))
    history, _ = deliver(History(), first)
    history, _ = deliver(history, second)
    history, _ = deliver(history, third, now=2 * month)
    history = forget(history, 2 * month)
    assert [episode.at for episode in history.episodes] == [2 * month]
    assert deliver(history, first, now=2 * month)[1] == []


def test_a_history_survives_being_written_down() -> None:
    history, _ = deliver(History(), muted(changes((A, 10))[0], 50))
    assert from_json(to_json(history)) == history
    assert from_json(to_json(History())) == History()
    assert '"mute":50' in to_json(history)
    assert Point(1, A) == from_json(to_json(History(points=(Point(1, A),)))).points[0]
