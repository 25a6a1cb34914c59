"""Scripts that showed a fault: found for as long as the code does not guarantee otherwise, and never again after that.

A file in regressions/ says what its script violates. system.GUARANTEED decides which of the two is expected.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.simulation import system
from tests.simulation.script import from_data
from tests.simulation.simulation import simulate

FILES = sorted((Path(__file__).parent / "regressions").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_fault_shows_until_the_code_guarantees_otherwise(path: Path) -> None:
    regression = json.loads(path.read_text(encoding="utf-8"))
    violated = regression["violates"]
    outcome = simulate(from_data(regression["script"]))
    if violated in system.GUARANTEED:
        assert not outcome.codes() & system.GUARANTEED, outcome.violations
    else:
        assert violated in outcome.codes(), "it is gone: put its invariant into system.GUARANTEED, if all others agree"
