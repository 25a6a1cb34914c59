"""Stacks with room for a few things only, so that a small file has several."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import pytest

from generator import build
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
    monkeypatch.setattr("tests.rollout.team._built", lambda inputs, _cache: build.build(replace(inputs, lint=False)))
    shutil.rmtree(team.folder / "out")
    return team
