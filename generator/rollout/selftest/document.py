"""selftest.json: what a run saw, as data to send back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from generator.rollout.selftest.state import RunState
from generator.rollout.selftest.types import UNTRIED, Experiment, ExperimentOutcome

FORMAT = 1


def document(state: RunState, experiments: Sequence[Experiment], version: str, ended_ms: int) -> dict[str, Any]:
    """The data of the file. experiments: all of the run; those without an outcome were not reached."""
    rows = [_row(experiment, state.outcomes.get(experiment.name)) for experiment in experiments]
    return {
        "format": FORMAT,
        "obsgen": version,
        "run": state.run,
        "region": state.region,
        "started": _time(state.started_ms),
        "ended": _time(ended_ms),
        "experiments": rows,
    }


def _row(experiment: Experiment, outcome: ExperimentOutcome | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": experiment.name,
        "question": experiment.question,
        "expected": experiment.expected,
        "verdict": outcome.verdict if outcome else UNTRIED,
    }
    if outcome is None:
        return {**row, "observations": {}, "errors": ["the run ended before"]}
    times = {"started": _time(outcome.started_ms), "ended": _time(outcome.ended_ms)}
    return {**row, **times, "observations": dict(outcome.observations), "errors": list(outcome.errors)}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
