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
from generator.spec.dashboard_annotations import AnnotationsSpec, HorizontalSpec, VerticalSpec
from generator.spec.dashboard_graphs import AxesSpec, AxisSpec, MetricWidgetSpec, TableSpec
from generator.spec.dashboard_widgets import AlarmMatrixWidget, ContributorsWidgetSpec
from generator.spec.placements import PlacedSpec
from generator.spec.slos import LatencySpec, SloSpec, WindowsSpec
from generator.spec.strict import Strict
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


def keys_in(value: Any) -> set[str]:
    """All keys of a value, however deep."""
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys_in(inner)}
    return {key for inner in value for key in keys_in(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        ("slos", (SloSpec, LatencySpec, WindowsSpec)),
        ("dashboards", (MetricWidgetSpec, AlarmMatrixWidget, ContributorsWidgetSpec, AxesSpec, AxisSpec, TableSpec)),
        ("dashboards", (AnnotationsSpec, HorizontalSpec, VerticalSpec)),
    ],
)
def test_every_key_of_a_section_is_in_an_example(section: str, parts: tuple[type[Strict], ...]) -> None:
    # Placement, and texts that alarms have as well, are in examples of other sections.
    usual = {*PlacedSpec.model_fields, "runbook", "owner", "missing_data", "environments", "unit", "height", "width"}
    files = (*SPECS, ROOT / "observability.yaml")
    used = {key for path in files for key in keys_in(spec_of(path).get(section, {}))}
    known = {field.alias or name for part in parts for name, field in part.model_fields.items()} - usual
    assert known - used == set()
