"""docs/requirements.md stays true: its YAML stands in the shipped file, its resources in the templates made from it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT, built, laid_over

LINE = re.compile(r"^- (hub|member) (parameter )?`(\w+)`(?: (AWS::\S+))? ([^=\s]+)(=| contains )(.*)$", re.MULTILINE)
FILE: Path = ROOT / "docs" / "requirements.md"
PAGE = FILE.read_text(encoding="utf-8")
COUNT = re.compile(r"^\| ([^|`]+?) \| (\d+) \|$", re.MULTILINE)
ROWS = LINE.findall(PAGE)
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    return built((ROOT / "observability.yaml").read_text(encoding="utf-8")).templates["prod"]


def value_at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value["Fn::Sub"] if isinstance(value, dict) and "Fn::Sub" in value else value


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[2]} {row[4]}" for row in ROWS])
def test_the_page_says_what_stands_in_the_template(row: tuple[str, ...], templates: dict[str, dict[str, Any]]) -> None:
    side, is_parameter, logical_id, kind, path, how, wanted = row
    section = "Parameters" if is_parameter else "Resources"
    found = templates[f"{side}.template.yaml"][section][logical_id]
    if kind:
        assert found["Type"] == kind
        found = found["Properties"]
    value = str(value_at(found, path))
    assert wanted in value if how == " contains " else value == wanted


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split(":")[0] for block in BLOCKS])
def test_the_yaml_of_the_page_stands_in_the_shipped_file(block: str) -> None:
    shipped = yaml.safe_load((ROOT / "observability.yaml").read_text(encoding="utf-8"))
    assert laid_over(shipped, yaml.safe_load(block)) == shipped


def test_every_line_of_the_page_is_read_and_every_requirement_has_a_heading() -> None:
    assert len(ROWS) == len(re.findall(r"^- (?:hub|member) ", PAGE, re.MULTILINE))
    wanted = [f"A{n}" for n in range(1, 13)] + [f"B{n}" for n in range(1, 11)] + [f"C{n}" for n in range(1, 9)]
    wanted += [f"D{n}" for n in range(1, 11)]
    assert re.findall(r"^## ([ABCD]\d+)", PAGE, re.MULTILINE) == wanted


def numbers(templates: dict[str, dict[str, Any]]) -> dict[str, int]:
    """What the page's tables count, by what they call it."""
    body = templates["hub.template.yaml"]["Resources"]["DashboardOverview"]["Properties"]["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    alarms, on_logs = (
        [
            (resource["Metadata"]["obsgen"]["path"].split(".")[0], resource["Properties"]["TreatMissingData"])
            for side in ("hub", "member")
            for resource in templates[f"{side}.template.yaml"]["Resources"].values()
            if resource["Type"] == f"AWS::CloudWatch::{kind}"
        ]
        for kind in ("Alarm", "LogAlarm")
    )
    silent = Counter(section for section, missing in alarms if missing != "breaching")
    silent_logs = sum(missing != "breaching" for _, missing in on_logs)
    exceptions = silent.total() + silent_logs
    return {
        "widgets": len(widgets),
        "metrics and expressions in them": sum(len(w["properties"].get("metrics", ())) for w in widgets),
        "on metrics": len(alarms),
        "of these breaching": len(alarms) - silent.total(),
        "not breaching: under alarms, each waived by name": silent.pop("alarms", 0),
        "not breaching: under services, by a pack's reason or a waiver": silent.pop("services", 0),
        "not breaching: the alarm path": silent.pop("incidents", 0),
        "not breaching: events, reports, agents and tag compliance": silent.total(),
        "not breaching: on logs, waived by name": silent_logs,
        # tests/test_missing_data.py compares the catalogue with the templates.
        "exceptions that the catalogue lists, each with its reason": exceptions,
    }


def test_the_page_counts_right(templates: dict[str, dict[str, Any]], update: bool) -> None:
    wanted = numbers(templates)
    if update:
        FILE.write_text(COUNT.sub(lambda row: f"| {row[1]} | {wanted[row[1]]} |", PAGE), encoding="utf-8")
        return
    assert {label: int(number) for label, number in COUNT.findall(PAGE)} == wanted
