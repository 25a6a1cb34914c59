"""Worlds are deterministic, keep what is guaranteed, and find what is broken."""

from __future__ import annotations

import hashlib
import logging
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import handlers.incident.app
from handlers.incident.message.report import Step
from tests.simulation import mutes, removals, system, targets
from tests.simulation.generate import script
from tests.simulation.mutants import Patch, found
from tests.simulation.run import run
from tests.simulation.script import Script, from_json, to_json
from tests.simulation.seams import code
from tests.simulation.simulation import Outcome, simulate
from tests.support import ROOT

# Enough for nine tenths of all fault points; `python -m tests.simulation.run --worlds 10000` is the night's run.
WORLDS = int(os.environ.get("SIMULATION_WORLDS", "20"))

PLATFORM = tuple(point for point in system.POINTS if not point.startswith(("vendor.", "jira.")))


def test_worlds_keep_what_is_guaranteed() -> None:
    summary = run(0, WORLDS)
    assert summary.broken == []
    assert len(summary.reached) > len(system.POINTS) * 0.9, summary.missing()


def test_worlds_with_mutes_keep_what_is_guaranteed() -> None:
    summary = run(0, 3, mutes.script)
    assert summary.broken == []
    assert summary.reached["people.mute"] > 0


def test_worlds_whose_alarms_leave_the_file_keep_what_is_guaranteed() -> None:
    summary = run(0, 1, removals.script)
    assert summary.broken == []


@pytest.mark.parametrize(
    ("defect", "code"),
    [
        (Patch("decision.removals", "Removals._reported_at", lambda _real: lambda *_given: 0), "S24"),
        (Patch("service", "Service.end_removed", lambda _real: lambda *_given: 0), "L9"),
    ],
    ids=["an alarm that reports is ended", "never ended"],
)
def test_a_broken_end_of_what_left_the_file_is_found(defect: Patch, code: str) -> None:
    seen = found((defect,), 2, 1, removals.script)
    assert seen is not None
    assert code in seen


def test_worlds_with_telephones_topics_and_event_buses_keep_what_is_guaranteed() -> None:
    summary = run(0, 1, targets.script)
    assert summary.broken == []


def test_a_key_that_is_the_same_for_every_step_is_found() -> None:
    """The receiver takes what comes later for a repetition, and the end of an incident is lost."""
    defects = tuple(
        Patch(f"sinks.{kind}", "step_key", lambda _real: lambda report, _attempt, _channel: str(report.episode))
        for kind in ("sns", "event_bus")
    )
    assert found(defects, 4, 0, targets.script) is not None


def test_a_telephone_that_is_never_rung_is_found() -> None:
    assert found((Patch("sinks.sms", "QUIET", lambda _real: tuple(Step)),), 4, 0, targets.script) is not None


@pytest.mark.parametrize(
    "defect",
    [
        Patch("decision.withholding", "apply_mutes", lambda _real: lambda incident, *_given: incident),
        Patch("decision.withholding", "recheck_at", lambda _real: lambda held_until, *_given: held_until),
    ],
    ids=["nothing is withheld", "what is withheld is never looked at again"],
)
def test_a_broken_mute_is_found(defect: Patch) -> None:
    assert found((defect,), 4, 0, mutes.script) is not None


@cache
def outcome(seed: int) -> Outcome:
    """A world of this process, for the tests that compare another one with it."""
    return simulate(script(seed, system.POINTS))


def test_a_seed_is_a_world_to_the_last_byte() -> None:
    """In a process of its own, with another hash seed: nothing may depend on the order of a set."""
    text = (
        "from tests.simulation.run import worlds\nimport hashlib\n"
        "for _, outcome in worlds(0, 4): print(hashlib.sha256('\\n'.join(outcome.log).encode()).hexdigest())"
    )
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    elsewhere = subprocess.run(
        [sys.executable, "-c", text],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    here = [hashlib.sha256("\n".join(outcome(seed).log).encode()).hexdigest() for seed in range(4)]
    assert elsewhere.split() == here


def test_a_script_survives_its_json() -> None:
    for seed in range(20):
        made = script(seed, system.POINTS)
        assert from_json(to_json(made)) == made


def test_the_faults_that_happened_make_the_same_world_again() -> None:
    for seed in range(4):
        again = simulate(replace(script(seed, system.POINTS), only=tuple(outcome(seed).fired)))
        assert again.log == outcome(seed).log


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


def test_a_lost_write_is_found() -> None:
    lost = Patch("state.dynamo", "DynamoTable.commit", lambda _commit: lambda *_given, **_more: None)
    assert found((lost,), 10) is not None


def test_a_secret_in_the_log_is_found() -> None:
    shown = Patch("delivery.sender", "Sender._log", _talkative)
    plain = Patch("notifier", "_secret", _remembered)
    assert found((shown, plain), 10) is not None


_SECRETS: list[str] = []


def _remembered(secret: Any) -> Any:
    def read(name: str) -> Any:
        value = secret(name)
        _SECRETS.extend(value.values())
        return value

    return read


def _talkative(log: Any) -> Any:
    return lambda self, message, job, **more: log(self, message, job, **more, debug=_SECRETS[-1:])


@pytest.mark.parametrize("points", [(), PLATFORM], ids=["no faults", "faults of AWS alone"])
def test_without_vendors_that_fail_nothing_is_violated(points: tuple[str, ...]) -> None:
    """Alarms that go up and down, one deployment, vendors that work: what is found here is the oracle's mistake."""
    for seed in range(300, 306):
        assert simulate(plain(script(seed, points))).codes() == set(), seed


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


@pytest.mark.parametrize("seed", [30520, 30711])
def test_worlds_that_found_something_stay_clean(seed: int) -> None:
    """A decision during a step of several calls was settled with it, and the end was never sent."""
    assert run(seed, 1).broken == []
