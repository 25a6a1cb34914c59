"""A team for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rollout.team import Team
from tests.rollout.team import team as a_team


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """Three accounts, a spec that was built, nothing deployed."""
    with a_team(tmp_path) as made:
        yield made
