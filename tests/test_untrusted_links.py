"""Symbolic links of somebody else's pull request: nothing is read or written through them outside of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import obsgen
from tests.support import spec


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "observability.yaml").write_text(spec(), encoding="utf-8")
    (tmp_path / "private.yaml").write_text("password: hunter2\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", ["check", "build", "diff"])
def test_a_spec_that_leads_out_is_refused_and_not_shown(repository: Path, command: str) -> None:
    (repository / "observability.yaml").unlink()
    (repository / "observability.yaml").symlink_to(repository.parent / "private.yaml")
    shown = obsgen(repository, command)
    assert shown.returncode == 2
    assert "outside of its folder" in shown.stderr
    assert "hunter2" not in shown.stdout + shown.stderr


@pytest.mark.parametrize("link", ["packs", "packs/own.yaml", "event_packs", "event_packs/own.yaml"])
def test_packs_that_lead_out_are_refused(repository: Path, link: str) -> None:
    target = repository.parent / "private.yaml" if link.endswith("yaml") else repository.parent
    (repository / link).parent.mkdir(exist_ok=True)
    (repository / link).symlink_to(target)
    shown = obsgen(repository, "check", "--no-lint")
    assert shown.returncode == 2
    assert "hunter2" not in shown.stdout + shown.stderr


def test_a_link_within_the_folder_is_followed(repository: Path) -> None:
    (repository / "observability.yaml").rename(repository / "real.yaml")
    (repository / "observability.yaml").symlink_to("real.yaml")
    assert obsgen(repository, "check", "--no-lint").returncode == 0


def test_nothing_is_written_through_a_link(repository: Path) -> None:
    elsewhere = repository.parent / "elsewhere"
    elsewhere.mkdir()
    (repository / "out").mkdir()
    (repository / "out" / "prod").symlink_to(elsewhere)
    shown = obsgen(repository, "build", "--no-lint")
    assert shown.returncode == 2
    assert "write elsewhere" in shown.stderr
    assert not list(elsewhere.iterdir())
