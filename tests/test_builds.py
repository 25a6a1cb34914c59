"""Builds that tests share: the same as one that is made anew, and nobody's changes are seen by others."""

from __future__ import annotations

import pytest

from generator.blueprints import hub
from generator.build import HUB_TEMPLATE, Inputs, build
from generator.workspace import PackFiles
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
