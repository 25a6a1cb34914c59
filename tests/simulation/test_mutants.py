"""Three of the planted defects; `python -m tests.simulation.mutants` plants them all."""

from __future__ import annotations

import pytest

from tests.simulation import group_mutants
from tests.simulation.mutants import MUTANTS, Mutant, found, planted

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


# Seeds that show it first, and others where they do not any more.
@pytest.mark.parametrize(("name", "first"), [("one key", 4), ("identity decided anew", 0), ("the missed are paged", 7)])
def test_a_planted_defect_is_found(name: str, first: int) -> None:
    assert found(BY_NAME[name].patches, 40, first) is not None


@pytest.mark.parametrize("mutant", [*MUTANTS, *group_mutants.MUTANTS], ids=lambda mutant: mutant.name)
def test_every_defect_can_be_planted(mutant: Mutant) -> None:
    """What it replaces exists, under the name that it has today."""
    with planted(mutant.patches):
        pass


def test_what_was_planted_is_gone_afterwards() -> None:
    assert found((), 3) is None
