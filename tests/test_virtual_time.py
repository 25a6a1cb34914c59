"""The clock of `obsgen drill`: one thing at a time, in a certain order, and what goes wrong is raised."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.drill.virtual_time import VirtualTime


def played(*things: tuple[int, Callable[[VirtualTime], object]], until: int = 100_000) -> VirtualTime:
    time = VirtualTime(0)
    for at, function in things:
        time.at(at, lambda function=function: function(time))
    time.run(lambda: (following := time.next_at()) is not None and following <= until)
    return time


def test_what_is_due_at_the_same_time_is_run_in_the_order_given_and_sleepers_among_it() -> None:
    order: list[tuple[str, int]] = []

    def worker(name: str, *sleeps: float) -> Callable[[VirtualTime], object]:
        def work(time: VirtualTime) -> None:
            order.append((name, time.now()))
            for seconds in sleeps:
                time.sleep(seconds)
                order.append((name, time.now()))

        return work

    played((5, worker("a", 0.01, 0)), (5, worker("b", 0.005, 0.005)), (15, worker("c")), (1, worker("d", 0.0001)))
    assert order == [
        ("d", 1), ("d", 2), ("a", 5), ("b", 5), ("b", 10), ("c", 15), ("a", 15), ("a", 15), ("b", 15)
    ]  # fmt: skip


@pytest.mark.parametrize("is_asleep", [False, True])
def test_what_one_raises_ends_the_run_while_others_sleep(is_asleep: bool) -> None:
    ran: list[int] = []

    def fail(time: VirtualTime) -> None:
        time.sleep(1 if is_asleep else 0)
        raise SystemExit("broken")

    with pytest.raises(SystemExit, match="broken"):
        played((0, lambda time: time.sleep(50)), (1, fail), (5_000, lambda time: ran.append(time.now())))
    assert ran == []


def test_what_the_preparation_raises_is_raised_too() -> None:
    time = VirtualTime(0)
    time.at(1, lambda: time.sleep(1))
    calls: list[int] = []

    def prepare() -> bool:
        calls.append(time.now())
        if len(calls) == 2:
            raise ValueError("broken")
        return True

    with pytest.raises(ValueError, match="broken"):
        time.run(prepare)


def test_after_a_run_no_one_sleeps() -> None:
    """Nobody would wake whoever slept then, such as the one that sleeps beyond the end."""
    time = played((0, lambda time: time.sleep(200)), (10, lambda time: None))
    assert time.now() == 10
    time.sleep(5)
    assert time.now() == 10
    time.at(20, lambda: None)
    time.run(lambda: time.next_at() == 20)
    assert time.now() == 20
