"""Threads of a simulated process: pools, futures, locks, and what becomes of them when the process is killed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.threads import Lock, Pool, as_completed
from tests.simulation.world import SECOND, Process, World


def ran(body: Any) -> tuple[World, Process]:
    """A world in which a process has run a body, for at most an hour."""
    world = World(1)
    process = Process(world, "p", {})
    task = process.spawn("t", lambda: body(world))
    world.run(world.now + 3_600 * SECOND)
    if task.error:
        raise task.error
    return world, process


def test_the_calls_of_a_pool_run_side_by_side_and_end_in_their_own_order() -> None:
    order: list[int] = []

    def body(world: World) -> None:
        begun = world.now

        def wait(seconds: int) -> int:
            world.pause(seconds * SECOND)
            return seconds

        with Pool(world) as pool:
            futures = [pool.submit(wait, seconds) for seconds in (3, 1, 2)]
            order.extend(future.result() for future in as_completed(world, futures))
        assert world.now - begun == 3 * SECOND

    ran(body)
    assert order == [1, 2, 3]


def test_a_pool_runs_no_more_than_its_workers() -> None:
    most: list[int] = []

    def body(world: World) -> None:
        running: list[int] = []

        def work(number: int) -> None:
            running.append(number)
            most.append(len(running))
            world.pause(SECOND)
            running.remove(number)

        with Pool(world, 2) as pool:
            for number in range(7):
                pool.submit(work, number)

    ran(body)
    assert max(most) == 2
    assert len(most) == 7


def test_a_future_raises_what_its_call_raised() -> None:
    def body(world: World) -> None:
        def fails() -> None:
            raise KeyError("x")

        with Pool(world) as pool:
            pool.submit(fails).result()

    with pytest.raises(KeyError):
        ran(body)


def test_a_lock_is_held_by_one() -> None:
    inside: list[int] = []

    def body(world: World) -> None:
        lock = Lock(lambda: world)

        def work(number: int) -> None:
            with lock:
                inside.append(number)
                world.pause(SECOND)
                assert inside[-1] == number

        with Pool(world) as pool:
            for future in [pool.submit(work, number) for number in range(3)]:
                future.result()

    ran(body)
    assert inside == [0, 1, 2]


def test_a_process_that_is_killed_does_nothing_more() -> None:
    world = World(1)
    process = Process(world, "p", {})
    after: list[str] = []

    def body() -> None:
        def thread() -> None:
            world.pause(10 * SECOND)
            after.append("thread")

        with Pool(world) as pool:
            pool.submit(thread)
            world.pause(20 * SECOND)
            after.append("main")
        after.append("end")

    process.spawn("t", body)
    world.at(world.now + SECOND, process.kill)
    world.run(world.now + 3_600 * SECOND)
    assert after == []
