"""The figures of the path at its worst, in small; `python -m tests.simulation.figures` has them whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation import figures
from tests.simulation.figures import Figure

CASES: dict[str, Callable[[], list[Figure]]] = {
    "a storm": lambda: figures.storm(300, 1.0),
    "Jira down": lambda: figures.outage(40, 1.0),
    "Slack down": lambda: figures.silence(0.2, 15),
    "Jira slow": lambda: figures.slow_jira(8),
    "a joined route": lambda: figures.joined_route(12),
    "findings at once": lambda: figures.findings_at_once(300, 10),
    "an aged alarm": lambda: figures.aged_alarm(30),
}


@pytest.mark.parametrize("case", CASES)
def test_it_holds(case: str) -> None:
    assert [str(figure) for figure in CASES[case]() if not figure.holds] == []
