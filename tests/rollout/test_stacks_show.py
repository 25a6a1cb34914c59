"""The workload over several stacks, from nothing to nothing, small enough for every run.

`python -m bench.stacks` does the same with 2,000 alarms.
"""

from __future__ import annotations

import pytest

from bench.stacks import Show, play
from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import Team

ALARMS = 20


def test_built_deployed_changed_and_destroyed(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    said = play(Show(with_small_stacks(team, monkeypatch, room=9), ALARMS, ("us-east-1",)))
    assert said[0] == "6 stacks and stack sets, 21 alarms in each account and Region", said
    assert said[1].startswith("one threshold: 0 alarms gone, 0 new"), said
    assert said[2].startswith("2 removed: 2 alarms gone, 0 new"), said
    assert said[3].startswith("3 added: 0 alarms gone, 3 new"), said
