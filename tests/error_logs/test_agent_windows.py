"""Windows: every line is counted in exactly one, whatever is late, doubled, in another order or killed."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from handlers.error_logs.insights import OutOfTime
from handlers.error_logs.windows import Window, due
from tests.insights_server import NOON, Agent, agent

HOUR = 3_600_000
SHAPES = ("ledger timeout", "cannot reach the bank", "order was rejected", "stock exhausted", "template missing")


def text(kind: int, number: int) -> str:
    return f"ERROR {SHAPES[kind]} for order {10_000_000 + number}"


class Killed(Exception):
    """The function ends here."""


def final_counts(agent: Agent) -> dict[int, Counter[str]]:
    """Counts by start of the window, as the hub has them: a later pass replaces an earlier one, never the other way."""
    order = {"first": 1, "final": 2}
    passes: dict[int, int] = {}
    parts: dict[tuple[int, int], dict[int, list[dict[str, object]]]] = {}
    for kind, detail in agent.bus.sent:
        if kind != "Error Log Window":
            continue
        start, pass_ = detail["window"]["start"], order[detail["pass"]]
        passes[start] = max(passes.get(start, 0), pass_)
        parts.setdefault((start, pass_), {})[detail["part"]] = detail["errors"]
    return {
        start: Counter({one["title"]: one["count"] for part in parts[start, pass_].values() for one in part})
        for start, pass_ in passes.items()
    }


def test_a_window_follows_from_the_scheduled_time_alone() -> None:
    found = due(NOON, 300, 15)
    assert found.first.window == Window(NOON - 315_000, NOON - 15_000)
    assert found.final.window == Window(NOON - 615_000, NOON - 315_000)
    assert due(NOON + 300_000, 300, 15).final.window == found.first.window


@pytest.mark.parametrize("seed", [1, 2])
def test_every_line_of_a_day_is_counted_once(seed: int) -> None:
    chance = random.Random(seed)
    period = 2 * HOUR
    with agent(every=period // 1000) as one:
        wanted: dict[int, Counter[str]] = {}
        first = due(NOON, one.settings.every, one.settings.delivery_latency).first.window.start
        for number in range(800):
            # Some at the very borders of windows.
            at = first + chance.randrange(12) * period + chance.choice((0, period - 1, chance.randrange(period)))
            kind = chance.randrange(len(SHAPES))
            late = chance.choice((0, 500, 14_000, 60_000, period - 60_000))
            one.place.write(f"/app/{kind}", f"s/{number % 3}", at, text(kind, number), at + late)
            wanted.setdefault(at - (at - first) % period, Counter())[SHAPES[kind]] += 1
        # The queue hands messages out late, twice, and not in their order; a run is killed before, or after it sent.
        messages = [NOON + period * index for index in range(13)]
        queue = [at for at in messages for _ in range(chance.choice((1, 1, 2)))]
        queue.sort(key=lambda at: at + chance.choice((0, 0, 3 * period)))
        kills = 0
        while queue:
            at = queue.pop(0)
            one.clock.now = max(one.clock.now, at / 1000)
            kills += run_or_kill(one, at, chance, queue)
        assert kills
    got = {
        start: Counter({shape: sum(n for title, n in counts.items() if shape in title) for shape in SHAPES})
        for start, counts in final_counts(one).items()
    }
    for start, counts in wanted.items():
        assert got[start] == counts, start


def run_or_kill(one: Agent, at: int, chance: random.Random, queue: list[int]) -> int:
    """1 where the run was killed, and its message came back."""
    calls = chance.choice((1, 3, 99, 99))

    def pause(seconds: float) -> None:
        nonlocal calls
        calls -= 1
        if not calls:
            raise Killed
        one.clock.sleep(seconds)

    try:
        one.count(at, pause=pause)
    except Killed:
        queue.insert(chance.randrange(len(queue) + 1), at)
        assert not one.place.running, "its queries were stopped"
        return 1
    return 0


def test_a_line_of_the_last_millisecond_and_one_of_the_next_are_in_two_windows() -> None:
    with agent() as one:
        end = NOON - 15_000
        for at in (end - 300_001, end - 300_000, end - 1, end):
            one.place.write("/app", "s", at, "ERROR stock exhausted")
        one.count()
        assert [error["count"] for error in one.bus.windows()[0]["errors"]] == [2]
        assert [error["count"] for error in one.bus.windows("final")[0]["errors"]] == [1]
        assert one.bus.windows()[0]["errors"][0]["last"] == end - 1


def test_a_run_without_time_stops_its_queries_and_is_tried_again() -> None:
    with agent() as one:
        one.place.write("/app", "s", NOON - 20_000, "ERROR stock exhausted")
        one.place.seconds = 1_000.0
        with pytest.raises(OutOfTime):
            one.count()
        assert one.place.stopped == 1
        assert one.bus.sent == []
        one.place.seconds = 1.0
        one.count()
        assert len(one.bus.windows()) == 1


def test_a_trace_across_a_border_is_one_event_of_the_window_that_it_began_in() -> None:
    lines = ("Traceback (most recent call last):", '  File "/var/task/post.py", line 3, in post', "ValueError: bad")
    with agent() as one:
        end = NOON - 15_000
        for index, line in enumerate(lines):
            one.place.write("/app", "s", end - 1 + index, line)
        one.count()
        one.clock.now = (NOON + 300_000) / 1000
        one.count(NOON + 300_000)
        first, second = one.bus.windows()
        assert [error["count"] for error in first["errors"]] == [1]
        assert "ValueError" in first["errors"][0]["title"]
        assert second["errors"] == []
