"""Builds that tests share: the same as one that is made anew, and nobody's changes are seen by others."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.blueprints import hub
from generator.build import Inputs, build
from generator.manifest import HUB_TEMPLATE
from generator.shards.text import SHARDS
from generator.workspace import PackFiles
from tests.command import obsgen
from tests.support import TODAY, built, handlers, spec


def test_what_one_changes_another_does_not_see() -> None:
    anew = build(Inputs(spec().encode(), "observability.yaml", handlers(), TODAY, lint=False, packs=PackFiles()))
    one = built(spec())
    one.templates["prod"][HUB_TEMPLATE]["Resources"].clear()
    one.artifacts.clear()
    one.packages["prod"].clear()
    one.findings.append(None)  # type: ignore[arg-type]
    other = built(spec())
    assert (other.templates, other.artifacts, other.packages) == (anew.templates, anew.artifacts, anew.packages)
    assert (other.findings, other.estates, other.environments) == (anew.findings, anew.estates, anew.environments)


def test_a_blueprint_that_a_test_replaces_is_another_build(monkeypatch: pytest.MonkeyPatch) -> None:
    assert built(spec()).templates["prod"][HUB_TEMPLATE]["Resources"]
    monkeypatch.setattr(hub, "assemble", lambda *_: {"Resources": {}})
    assert built(spec()).templates["prod"][HUB_TEMPLATE]["Resources"] == {}


def test_a_build_after_another_is_not_the_first_one(tmp_path: Path) -> None:
    """A map of stacks that was broken in a merge is an error, also where the same file was built before."""
    (tmp_path / "observability.yaml").write_text(spec(), encoding="utf-8")
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    (tmp_path / "out" / "prod" / SHARDS).write_text("<<<<<<< HEAD\n", encoding="utf-8")
    done = obsgen(tmp_path, "build", "--no-lint")
    assert done.returncode == 1
    assert "error M01: this line is not part of a map of stacks" in done.stderr
