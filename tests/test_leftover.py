"""Environments that left the spec, and what another version of obsgen wrote."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest
import yaml

from tests.command import obsgen
from tests.rollout.team import Team
from tests.rollout.team import team as a_team
from tests.support import spec

TWO = "environments: {prod: null, staging: {accounts: [alpha, gamma]}}\naccess: {owned_by: prod}"


def write(folder: Path, change: str = "") -> None:
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")


@pytest.fixture(name="shop")
def fixture_shop(tmp_path: Path) -> Path:
    write(tmp_path, TWO)
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    return tmp_path


def test_a_removed_environment_is_said_with_its_accounts_and_keeps_its_folder(shop: Path) -> None:
    before = (shop / "out/staging/manifest.yaml").read_bytes()
    write(shop)
    said = obsgen(shop, "build", "--no-lint")
    assert said.returncode == 0
    assert "out/staging: the environment is no longer in the spec" in said.stderr
    assert "its accounts alpha (222222222222), gamma (444444444444) go on being watched" in said.stderr
    assert "= help: obsgen destroy -e staging, which needs out/staging; then delete that folder" in said.stderr
    assert (shop / "out/staging/manifest.yaml").read_bytes() == before
    checked = obsgen(shop, "build", "--check", "--no-lint")
    assert (checked.returncode, "no longer in the spec" in checked.stderr) == (0, True)


def test_a_folder_that_nobody_can_read_is_said_too(shop: Path) -> None:
    write(shop)
    (shop / "out/staging/manifest.yaml").write_text("# Written by `obsgen build`.\nstack_sets: [{groups: 3}]")
    assert "its accounts go on being watched" in obsgen(shop, "build", "--no-lint").stderr


def test_destroy_still_finds_it(tmp_path: Path) -> None:
    with a_team(tmp_path) as team:
        both(team)
        team.write()
        shown = team.run("destroy", "-e", "staging", "--plan")
        assert "Hub, observability-hub-staging:" in shown.out
        done = team.run("destroy", "-e", "staging", "--yes")
        assert (done.code, done.last) == (0, "staging is gone, and nothing is left")


def both(team: Team) -> None:
    team.write(TWO)
    for name in ("prod", "staging"):
        done = team.run("deploy", "-e", name, "--yes")
        assert done.code == 0, done.err


def test_the_manifest_says_which_version_wrote_it(shop: Path) -> None:
    version = f"obsgen {importlib.metadata.version('obsgen')}"
    path = shop / "out/prod/manifest.yaml"
    assert yaml.safe_load(path.read_text())["written_by"] == version
    path.write_text(path.read_text().replace(version, "obsgen 0.0.9"))
    said = obsgen(shop, "build", "--check", "--no-lint")
    assert said.returncode == 1
    assert f"out/prod was written by obsgen 0.0.9, and this is {version}\n" in said.stdout
    assert "out/staging was written" not in said.stdout
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.startswith("written_by")))
    assert "out/prod was written by an earlier obsgen, and this is" in obsgen(shop, "build", "--check").stdout
