"""Worlds whose alarms have causes: what is promised of incidents of several alarms holds, defects are found."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

import pytest

from tests.simulation import causes, group_figures, mutes, system
from tests.simulation.figures import Figure
from tests.simulation.group_mutants import MUTANTS
from tests.simulation.mutants import Patch, found
from tests.simulation.run import run
from tests.simulation.script import from_json, to_json
from tests.simulation.simulation import simulate

# `python -m tests.simulation.run --causes --worlds 1000` has more.
WORLDS = int(os.environ.get("SIMULATION_CAUSES", "16"))
FIGURES: dict[str, Callable[[], list[Figure]]] = {
    "a storm": lambda: group_figures.storm(150, 1.0),
    "one cause": lambda: group_figures.one_cause(120, 1.0),
    "a composite": lambda: group_figures.composite(10, 2),
    "silence": lambda: group_figures.silence(50),
    "flapping": lambda: group_figures.flapping(30, 2.0),
    "Jira down": lambda: group_figures.outage(4, 1.0),
}
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


def test_worlds_keep_what_is_guaranteed() -> None:
    summary = run(0, WORLDS, causes.script)
    assert summary.broken == []
    accounting = summary.accounting
    assert accounting.unseen == 0
    # They are worth something: causes of several alarms, incidents of several causes, storms.
    assert accounting.causes > WORLDS / 2
    assert accounting.merged > 0
    assert accounting.storms > 0


def test_worlds_of_groups_and_mutes_keep_what_is_guaranteed() -> None:
    summary = run(1, 9, mutes.of_causes)
    assert summary.broken == []
    assert summary.reached["people.mute"] > 0
    assert summary.accounting.merged > 0


@pytest.mark.parametrize(
    "defect",
    [
        Patch("decision.withholding", "covering", lambda _real: lambda *_given: None),
        Patch("decision.withholding", "recheck_at", lambda _real: lambda held_until, *_given: held_until),
    ],
    ids=["nothing is withheld", "what is withheld is never looked at again"],
)
def test_a_defect_of_mutes_is_found_among_groups(defect: Patch) -> None:
    assert found((defect,), 1, 5, mutes.of_causes) is not None


def test_a_script_with_causes_is_the_same_world_again() -> None:
    made = causes.script(3, system.POINTS)
    assert from_json(to_json(made)) == made
    logs = ["\n".join(simulate(made).log) for _ in range(2)]
    assert len({hashlib.sha256(log.encode()).hexdigest() for log in logs}) == 1


@pytest.mark.parametrize("case", FIGURES)
def test_a_figure_holds(case: str) -> None:
    assert [str(figure) for figure in FIGURES[case]() if not figure.holds] == []


@pytest.mark.parametrize("name", ["no refresh after the commit", "over with the first"])
def test_a_planted_defect_is_found(name: str) -> None:
    assert found(BY_NAME[name].patches, 6, make=causes.script) is not None
