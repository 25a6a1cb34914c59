"""Worlds are deterministic, keep what is guaranteed, and find what is broken."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

import handlers.incident.app
from tests.simulation import system
from tests.simulation.generate import script
from tests.simulation.run import run
from tests.simulation.script import Script, from_json, to_json
from tests.simulation.seams import code
from tests.simulation.simulation import simulate
from tests.support import ROOT

# CI runs as many as fit into a minute of one core; `python -m tests.simulation.run --worlds 10000` is the night's run.
WORLDS = int(os.environ.get("SIMULATION_WORLDS", "200"))

PLATFORM = tuple(point for point in system.POINTS if not point.startswith(("vendor.", "jira.")))


def test_two_hundred_worlds_keep_what_is_guaranteed() -> None:
    summary = run(0, WORLDS)
    assert summary.broken == []
    assert len(summary.reached) > len(system.POINTS) * 0.9, summary.missing()


def test_a_seed_is_a_world_to_the_last_byte() -> None:
    """In processes of their own, with other hash seeds: nothing may depend on the order of a set."""
    text = (
        "from tests.simulation.run import worlds\nimport hashlib\n"
        "for seed, outcome in worlds(0, 12): print(seed, hashlib.sha256('\\n'.join(outcome.log).encode()).hexdigest())"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", text],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == 12


def test_a_script_survives_its_json() -> None:
    for seed in range(20):
        made = script(seed, system.POINTS)
        assert from_json(to_json(made)) == made


def test_the_faults_that_happened_make_the_same_world_again() -> None:
    for seed in range(6):
        made = script(seed, system.POINTS)
        first = simulate(made)
        again = simulate(replace(made, only=tuple(first.fired)))
        assert again.log == first.log


def test_the_handlers_of_other_tests_stay_as_they_are() -> None:
    before = (
        handlers.incident.app,
        time.time,
        random.random,
        os.environ,
        sys.stdout,
        logging.getLogger("handlers").propagate,
    )
    simulate(script(1, system.POINTS))
    assert sys.modules["handlers.incident.app"] is handlers.incident.app
    after = (
        handlers.incident.app,
        time.time,
        random.random,
        os.environ,
        sys.stdout,
        logging.getLogger("handlers").propagate,
    )
    assert before == after
    assert handlers.incident.app is not code()["handlers.incident.app"]
    assert handlers.incident.app.time is time


def test_no_state_of_a_world_stays_in_a_module() -> None:
    """Environments share the modules; what they remember has to be in functools.cache, or worlds would meet."""
    kinds = (dict, list, set)

    def state() -> dict[str, str]:
        modules = code().modules.items()
        return {f"{m}.{k}": repr(v) for m, module in modules for k, v in vars(module).items() if isinstance(v, kinds)}

    first = {name: text for name, text in state().items() if not name.endswith(("__builtins__", "__annotations__"))}
    simulate(script(2, system.POINTS))
    second = state()
    assert {name: second[name] for name in first} == first


@contextmanager
def defect(module: str, owner: str, name: str, broken: Callable[[Any], Any]) -> Iterator[None]:
    """The handlers with something in them replaced."""
    place = getattr(code()[module], owner) if owner else code()[module]
    original = getattr(place, name)
    setattr(place, name, broken(original))
    try:
        yield
    finally:
        setattr(place, name, original)


def found(worlds: int, violated: str, points: tuple[str, ...] = system.POINTS) -> int | None:
    """The first seed that shows a violation."""
    return next((seed for seed in range(worlds) if violated in simulate(script(seed, points)).codes()), None)


def test_a_lost_write_is_found() -> None:
    def broken(_save: Any) -> Any:
        return lambda self, key, held, history, now: type(held)(history, held.version + 1)

    with defect("handlers.incident.store", "DynamoStore", "save", broken):
        assert found(10, "S8") is not None


def test_a_write_without_its_condition_is_found() -> None:
    """Two invocations that do not see each other: the same incident gets two tickets."""

    def broken(save: Any) -> Any:
        def unconditional(self: Any, key: Any, held: Any, history: Any, now: int) -> Any:
            return save(self, key, self.load(key), history, now) or held

        return unconditional

    assert found(40, "S1", PLATFORM) is None
    with defect("handlers.incident.store", "DynamoStore", "save", broken):
        assert found(40, "S1", PLATFORM) is not None


def test_a_secret_in_the_log_is_found() -> None:
    def talkative(text: str, secrets: Any, limit: int = 300) -> str:
        return " ".join(secrets)

    hides = defect("handlers.common.secrets", "Secrets", "hide", lambda _hide: lambda self, text: text)
    quotes = defect("handlers.incident.sinks.jira", "", "quoted", lambda _quoted: talkative)
    with hides, quotes:
        assert found(60, "S11") is not None


def test_an_order_of_arrival_that_decides_is_found() -> None:
    """The fault that the design's own model could not see, because its oracle read the model's records."""

    def broken(reconcile: Any) -> Any:
        def by_arrival(self: Any, key: Any, change: Any, deadline: Any) -> Any:
            late = replace(change, at=self.now(), before_at=None) if change else None
            return reconcile(self, key, late, deadline)

        return by_arrival

    with defect("handlers.incident.service", "Service", "_reconcile", broken):
        first = found(10, "L2")
    assert first is not None


@pytest.mark.parametrize("points", [(), PLATFORM], ids=["no faults", "faults of AWS alone"])
def test_what_today_s_code_can_do_is_no_violation(points: tuple[str, ...]) -> None:
    """Alarms that go up and down, one deployment, vendors that work: what is found here is the oracle's mistake.

    Only the horizon of the queue's receives is one of the code's own (fault 2 of the issue).
    """
    for seed in range(25):
        assert simulate(plain(script(seed, points))).codes() <= {"S10"}, seed


def plain(made: Script) -> Script:
    """ALARM and OK in turn, and nothing else."""
    last: dict[str, str] = {}
    events = []
    for event in made.events:
        state = event.get("state")
        if state in ("ALARM", "OK") and last.get(event["alarm"], "OK") != state:
            last[event["alarm"]] = state
            events.append(event)
    alarms = {name: made.alarms.get(name, "high") for name in last}
    return replace(made.with_events(events), alarms=alarms)
