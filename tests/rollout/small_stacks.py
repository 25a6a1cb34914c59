"""Stacks with room for a few things only, so that a small file has several."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from typing import Any

import pytest

from generator import build
from generator.build import Built, Inputs
from generator.shards import assignments as places
from generator.shards.pieces import Pieces
from tests.rollout.team import Team

ROOM = 3


def with_small_stacks(team: Team, monkeypatch: pytest.MonkeyPatch, room: int = ROOM) -> Team:
    """A stack has room for some resources and outputs beside those that have to be in the first.

    All builds read the last one's files.
    """

    def place(taken: Pieces, before: places.ShardAssignments) -> Any:
        fixed = taken.fixed
        limits = replace(places.FILLED, resources=len(fixed.ids) + room, outputs=len(fixed.outputs) + room)
        return places.assign_stacks(taken, before, limits)

    monkeypatch.setattr("generator.shards.spread.assign_stacks", place)
    monkeypatch.setattr("generator.shards.spread.is_full", lambda _template: True)
    known: dict[Any, bytes] = {}

    def build_after(inputs: Inputs, _cache: object) -> Built:
        """As a build that was made of the same text after the same files."""
        before = {name: dict(files) for name, files in inputs.before.items()}
        key = pickle.dumps((inputs.text, inputs.name, inputs.today, inputs.environments, before))
        if key not in known:
            known[key] = pickle.dumps(build.build(replace(inputs, lint=False)), pickle.HIGHEST_PROTOCOL)
        made: Built = pickle.loads(known[key])
        return made

    monkeypatch.setattr("tests.rollout.team._built", build_after)
    shutil.rmtree(team.folder / "out")
    return team
