"""Taking alarms over without a gap: beside the old ones, compared, retired; as people run it, with captures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.cli.import_built import built_text, deployed_of
from generator.evaluate.template.template import read
from generator.importer.beside.removals import removals
from generator.importer.beside.takeover import BadMap, TakenOver, read_takeover, takeover_json
from generator.importer.beside.transitions import CapturedTransition, agreement
from generator.importer.resources import ALARMS, resolved_resources
from generator.importer.types import ImportSource, SourceKind, SourceStack
from tests.captures import ALPHA, REGION, composite_alarm, metric_alarm, state_update, write_capture
from tests.command import obsgen

TOPIC = f"arn:aws:sns:{REGION}:{ALPHA}:critical-pages"
FUNCTION = f"arn:aws:lambda:{REGION}:{ALPHA}:function:restart"
FILTER = {
    "filterName": "errors",
    "filterPattern": '"ERROR"',
    "logGroupName": "/app/prod",
    "metricTransformations": [{"metricName": "Errors", "metricNamespace": "App", "metricValue": "1"}],
}
OLD = [
    metric_alarm("CPU > 80 %", AlarmActions=[TOPIC]),
    metric_alarm("restart", AlarmActions=[FUNCTION], Threshold=95.0),
    metric_alarm(
        "errors-alarm-prod", Namespace="App", MetricName="Errors", Dimensions=[], Statistic="Sum", Threshold=1.0
    ),
    composite_alarm("web-down", 'ALARM("CPU > 80 %") OR ALARM("restart")'),
]
GROUPS = [{"logGroupName": "/app/prod", "retentionInDays": 30}]
Row = dict[str, Any]


def capture(folder: Path, name: str, alarms: list[Row], history: list[Row] | None = None) -> Path:
    """A capture of one account; of thirty days until the end of November."""
    parts: dict[str, list[Row]] = {"alarms": alarms, "metric-filters": [FILTER], "log-groups": GROUPS}
    rows = {(ALPHA, REGION): {**parts, "history": history or []}}
    return write_capture(folder / name, rows, names={ALPHA: "shop"})


def new_rows(folder: Path, created: str = "2026-11-10T00:00:00.000Z") -> list[Row]:
    """The alarms that the file builds in the account, as CloudWatch has them after a deployment."""
    built = built_text((folder / "observability.yaml").read_text(encoding="utf-8"), "observability.yaml")
    stacks = tuple(SourceStack(SourceKind.TEMPLATE, stack, {}) for stack in deployed_of(built))
    rows = []
    for resource in resolved_resources(ImportSource(stacks)).of(*ALARMS):
        if resource.account == ALPHA:
            kind = resource.type.rpartition("::")[2].replace("Alarm", "")
            row = composite_alarm(resource.name, "") if kind == "Composite" else metric_alarm(resource.name)
            plain = {key: value for key, value in row.items() if key not in ("Dimensions", "Statistic", "Namespace")}
            properties = {key: value for key, value in resource.properties.items() if key != "Tags"}
            rows.append({**plain, **properties, "AlarmConfigurationUpdatedTimestamp": created})
    return rows


def in_order(*rows: Row) -> list[Row]:
    """History as a capture has it."""
    return sorted(rows, key=lambda row: (row["Timestamp"], row["AlarmName"]))


def imported(folder: Path) -> dict[str, Any]:
    """The file of an import beside; with its data."""
    capture(folder, "monday", OLD)
    done = obsgen(folder, "import", "monday", "--beside")
    assert done.returncode in (0, 1), done.stderr
    assert "3 alarms: 3 equal" in done.stdout and "1 composite: 1 equal" in done.stdout
    data: dict[str, Any] = yaml.safe_load((folder / "observability.yaml").read_text(encoding="utf-8"))
    return data


def test_alarms_beside_call_nobody_have_other_names_and_count_nothing_twice(tmp_path: Path) -> None:
    data = imported(tmp_path)
    entries = [*data["alarms"].values(), *data["composites"].values()]
    assert {entry["severity"] for entry in entries} == {"none"} and len(entries) == 4
    (restart,) = [entry for entry in entries if entry.get("actions")]
    assert restart["actions_enabled"] is False
    (metric_filter,) = data["metric_filters"].values()
    assert metric_filter["metric"]["name"] == "Errors-beside"
    names = {row["AlarmName"] for row in new_rows(tmp_path)}
    assert not names & {row["AlarmName"] for row in OLD}
    rows = {row["name"]: row for row in json.loads((tmp_path / "observability.map.json").read_text())["resources"]}
    assert {row["AlarmName"] for row in OLD} < {*rows}
    assert {rows[row["AlarmName"]]["new_name"] for row in OLD} <= names
    assert rows["CPU > 80 %"]["kind"] == "capture" and rows["CPU > 80 %"]["address"] == "CPU > 80 %"
    assert obsgen(tmp_path, "check", "--no-lint").returncode == 0
    again = obsgen(tmp_path, "import", "monday", "--beside")
    assert again.returncode == 2 and "already exists" in again.stderr


def test_both_alarms_are_compared_and_what_is_proven_is_switched_on(tmp_path: Path) -> None:
    imported(tmp_path)
    new = {row["AlarmName"]: row for row in new_rows(tmp_path)}
    pairs = {
        row["name"]: row["new_name"]
        for row in json.loads((tmp_path / "observability.map.json").read_text())["resources"]
    }
    cpu, restart = pairs["CPU > 80 %"], pairs["restart"]
    history = in_order(
        state_update("CPU > 80 %", "2026-11-05T00:00:00.000Z", "OK", "ALARM"),
        state_update(cpu, "2026-11-10T00:05:00.000Z", "INSUFFICIENT_DATA", "OK"),
        state_update("CPU > 80 %", "2026-11-20T00:00:00.000Z", "OK", "ALARM"),
        state_update(cpu, "2026-11-20T00:01:10.000Z", "OK", "ALARM"),
        state_update("CPU > 80 %", "2026-11-20T01:00:00.000Z", "ALARM", "OK"),
        state_update(cpu, "2026-11-20T00:59:30.000Z", "ALARM", "OK"),
        state_update("restart", "2026-11-21T00:00:00.000Z", "OK", "ALARM"),
    )
    capture(tmp_path, "friday", [*OLD, *new.values()], history)
    done = obsgen(tmp_path, "import", "--compare-with", "friday")
    assert done.returncode == 1
    assert "4 alarms: 3 agree, 1 differs, 0 not comparable" in done.stdout
    assert f"restart and {restart} ({ALPHA} {REGION})" in done.stdout
    assert "  only the old: OK → ALARM at 2026-11-21T00:00:00Z" in done.stdout

    before = (tmp_path / "observability.yaml").read_text(encoding="utf-8")
    done = obsgen(tmp_path, "import", "--retire", "friday", "--days", "14")
    assert done.returncode == 1 and "restart: the old alarm alone had 1 change, the new one 0 changes" in done.stdout
    data = yaml.safe_load((tmp_path / "observability.yaml").read_text(encoding="utf-8"))
    (switched,) = [entry for entry in data["alarms"].values() if entry["threshold"] == "> 80"]
    assert switched["severity"] == "critical"
    (waiting,) = [entry for entry in data["alarms"].values() if entry.get("actions")]
    assert waiting["actions_enabled"] is False and waiting["severity"] == "none"
    assert data["metric_filters"] == yaml.safe_load(before)["metric_filters"]
    assert "aws cloudwatch delete-alarms --region us-east-1 --alarm-names" in done.stdout
    assert "'CPU > 80 %'" in done.stdout and "--alarm-names restart" not in done.stdout
    assert obsgen(tmp_path, "check", "--no-lint").returncode == 0


def test_once_all_are_proven_everything_is_as_without_beside(tmp_path: Path) -> None:
    imported(tmp_path)
    capture(tmp_path, "later", [*OLD, *new_rows(tmp_path)])
    done = obsgen(tmp_path, "import", "--retire", "later", "--keep-names")
    assert done.returncode == 0, done.stdout
    assert "0 still beside" in done.stdout and "lines are counted twice" in done.stdout
    commands = [line.split("--alarm-names ")[1] for line in done.stdout.splitlines() if "--alarm-names" in line]
    assert commands[0] == "web-down" and "errors-alarm-prod" in commands[1]
    beside = yaml.safe_load((tmp_path / "observability.yaml").read_text(encoding="utf-8"))
    other = tmp_path / "plain"
    other.mkdir()
    capture(other, "monday", OLD)
    obsgen(other, "import", "monday")
    plain = yaml.safe_load((other / "observability.yaml").read_text(encoding="utf-8"))
    added = ("severity", "actions_enabled", "name")
    for section in ("alarms", "composites"):
        for key, entry in plain[section].items():
            expected = {name: value for name, value in entry.items() if name not in added}
            assert {name: value for name, value in beside[section][key].items() if name not in added} == expected
            assert beside[section][key]["severity"] == entry.get("severity", "medium")
            assert beside[section][key].get("actions_enabled") is not False
    assert {entry["name"] for entry in beside["alarms"].values()} == {row["AlarmName"] for row in OLD[:3]}
    assert beside["metric_filters"]["errors"]["metric"] == plain["metric_filters"]["errors"]["metric"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Threshold": 81.0}, "fires: > 80 of the old alarm, > 81 of the new one"),
        ({"TreatMissingData": "missing"}, "missing data: breaching of the old alarm, missing of the new one"),
        ({"AlarmConfigurationUpdatedTimestamp": "2026-11-28T00:00:00.000Z"}, "both have been there for 2.0 of 7 days"),
        (None, "is not in the capture"),
    ],
)
def test_a_new_alarm_that_is_not_equal_new_or_missing_stays_beside(
    tmp_path: Path, change: Mapping[str, Any] | None, reason: str
) -> None:
    imported(tmp_path)
    rows = new_rows(tmp_path)
    chosen = next(row for row in rows if row.get("Threshold") == 80)
    rows.remove(chosen)
    capture(tmp_path, "friday", [*OLD, *rows, *([{**chosen, **change}] if change else [])])
    done = obsgen(tmp_path, "import", "--retire", "friday")
    assert done.returncode == 1 and reason in done.stdout and "builds nothing there" not in done.stdout
    data = yaml.safe_load((tmp_path / "observability.yaml").read_text(encoding="utf-8"))
    assert next(entry for entry in data["alarms"].values() if entry["threshold"] == "> 80")["severity"] == "none"


def test_children_of_a_composite_that_stays_are_not_deleted(tmp_path: Path) -> None:
    imported(tmp_path)
    theirs = composite_alarm("theirs", f"ALARM(arn:aws:cloudwatch:{REGION}:{ALPHA}:alarm:errors-alarm-prod)")
    change = state_update("web-down", "2026-11-21T00:00:00.000Z", "OK", "ALARM", kind="CompositeAlarm")
    capture(tmp_path, "friday", [*OLD, theirs, *new_rows(tmp_path)], [change])
    done = obsgen(tmp_path, "import", "--retire", "friday", "--format", "json")
    data = json.loads(done.stdout)
    assert done.returncode == 1 and data["old"] == [] and data["proven"] == []
    reasons = {reason for listed in data["refused"].values() for reason in listed}
    assert "the composite web-down, which names it, stays" in reasons
    assert "the composite theirs, which names it, stays" in reasons


ROW = TakenOver(ALPHA, REGION, "AWS::CloudWatch::Alarm", "old", "new", "alarms.new", "capture", "f", "old")
MINUTE, DAY = 60_000, 86_400_000


@pytest.mark.parametrize(
    ("old", "new", "both", "only_old", "only_new"),
    [
        ([10 * DAY], [10 * DAY + 2 * MINUTE], 1, 0, 0),
        ([10 * DAY], [10 * DAY + 2 * MINUTE + 1], 0, 1, 1),
        ([DAY], [], 0, 0, 0),
        ([6 * DAY], [], 0, 1, 0),
        ([10 * DAY, 10 * DAY + MINUTE], [10 * DAY], 1, 1, 0),
        ([30 * DAY], [], 0, 0, 0),
    ],
)
def test_changes_of_both_are_within_two_minutes(
    old: list[int], new: list[int], both: int, only_old: int, only_new: int
) -> None:
    changes = {
        name: [CapturedTransition(at, "ALARM", "OK") for at in times] for name, times in (("old", old), ("new", new))
    }
    found = agreement(ROW, changes, {"new": 5 * DAY}, (0, 30 * DAY))
    assert (found.matching, len(found.only_old), len(found.only_new)) == (both, only_old, only_new)
    assert found.days == 25


def test_owners_of_old_alarms_are_named(tmp_path: Path) -> None:
    rows = [
        ROW,
        TakenOver(ALPHA, REGION, "AWS::CloudWatch::Alarm", "a", "b", "alarms.b", "template", "t.yaml", "Age", "orders"),
        TakenOver(ALPHA, REGION, "AWS::CloudWatch::Alarm", "c", "d", "alarms.d", "terraform", "s.json", "aws_x.y[0]"),
        TakenOver(ALPHA, REGION, "AWS::CloudWatch::Alarm", "x'; rm -rf /", "e", "alarms.e", "capture", "f", "x"),
    ]
    text = "\n".join(removals(rows))
    assert f"CloudFormation orders in {ALPHA} {REGION}\n  Age  (a, {ALPHA} {REGION})" in text
    assert "Terraform s.json\n  aws_x.y[0]" in text
    assert """--alarm-names old 'x'"'"'; rm -rf /'""" in text


_HEAD = '{"format": 1, "file": "x", "environment": "prod", '


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2}',
        f'{_HEAD}"resources": [1]}}',
        f'{_HEAD}"resources": 1}}',
        f'{_HEAD}"resources": [{{"account": 1}}]}}',
        f'{_HEAD}"restored": [{{"key": "a", "path": [], "value": "x"}}]}}',
        f'{_HEAD}"restored": [{{"key": "a", "path": ["a"], "value": 1}}]}}',
        f'{_HEAD}"metrics": [["a"]]}}',
        "[" * 100_000,
    ],
)
def test_a_map_that_is_none_is_a_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadMap):
        read_takeover(text)
    capture(tmp_path, "friday", OLD)
    (tmp_path / "observability.map.json").write_text(text, encoding="utf-8")
    done = obsgen(tmp_path, "import", "--compare-with", "friday")
    assert done.returncode == 2 and "observability.map.json: " in done.stderr and "Traceback" not in done.stderr


def test_a_map_is_the_same_for_the_same_resources(tmp_path: Path) -> None:
    imported(tmp_path)
    text = (tmp_path / "observability.map.json").read_text(encoding="utf-8")
    assert takeover_json(read_takeover(text)) == text


@pytest.mark.parametrize(
    "words", [[], ["monday", "--compare-with", "monday"], ["--retire", "a", "--compare-with", "b"]]
)
def test_either_sources_or_a_capture(words: list[str], tmp_path: Path) -> None:
    done = obsgen(tmp_path, "import", *words)
    assert done.returncode == 2 and "Name either sources, or one capture" in done.stderr


def test_the_composite_of_the_file_is_about_the_new_alarms(tmp_path: Path) -> None:
    imported(tmp_path)
    built = built_text((tmp_path / "observability.yaml").read_text(encoding="utf-8"), "observability.yaml")
    rules = [one.rule for stack in deployed_of(built) for one in read(stack).composites]
    assert rules and not any("CPU > 80" in rule for rule in rules)
