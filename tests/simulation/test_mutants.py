"""Three of the planted defects; `python -m tests.simulation.mutants` plants them all."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS, found

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


@pytest.mark.parametrize("name", ["one key", "identity decided anew", "the missed are paged"])
def test_a_planted_defect_is_found(name: str) -> None:
    assert found(BY_NAME[name].patches, 40) is not None


def test_what_was_planted_is_gone_afterwards() -> None:
    assert found((), 3) is None
