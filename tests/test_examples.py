"""The files of examples/: each is accepted, each of their tests passes, and together they have every type of channel.

Build and tests are those of the commands, without cfn-lint, which `obsgen check -f examples/<file>` adds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from generator.cli.main import group
from generator.findings import Severity
from generator.spec.channel_types import channel_types
from tests.support import ROOT, built

FOLDER = ROOT / "examples"
TESTS = sorted(FOLDER.glob("*.tests.yaml"))
SPECS = sorted(set(FOLDER.glob("*.yaml")) - set(TESTS))


def spec_of(path: Path) -> dict[str, Any]:
    """What a file says."""
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_an_example_is_accepted(path: Path) -> None:
    made = built(path.read_text(encoding="utf-8"), name=path.name)
    assert [one for one in made.findings if one.severity is not Severity.INFO] == []
    assert made.templates


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".tests.yaml"))
def test_its_plays_are_as_they_are_expected(path: Path, tmp_path: Path) -> None:
    file = path.with_name(path.name.replace(".tests.yaml", ".yaml"))
    result = CliRunner().invoke(group, ["test", "-f", str(file), "-o", str(tmp_path), str(path)])
    assert (result.exit_code, result.stdout) == (0, f"{len(spec_of(path)['tests'])} passed\n"), result.output


def test_the_page_has_every_example() -> None:
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert [path.name for path in (*SPECS, *TESTS) if f"(../examples/{path.name})" not in page] == []


def test_every_type_of_channel_is_in_an_example() -> None:
    files = (*SPECS, ROOT / "observability.yaml")
    used = {channel["type"] for path in files for channel in spec_of(path)["channels"].values()}
    assert used == set(channel_types())
