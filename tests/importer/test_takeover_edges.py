"""A takeover that goes on for weeks: files that people edit, alarms that are stuck, names that a shell would read."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.importer.beside.removals import removals
from generator.importer.beside.takeover import BadMap, TakenOver, read_takeover
from tests.captures import ALPHA, REGION, composite_alarm, metric_alarm, write_capture
from tests.command import obsgen
from tests.importer.test_takeover import OLD, ROW, TOPIC, Row, capture, imported, new_rows

FILE = "observability.yaml"


def retired(folder: Path, alarms: list[Row], *words: str, history: list[Row] | None = None) -> tuple[int, Any]:
    """The exit code and the report of a retirement by a capture of these alarms."""
    capture(folder, "friday", alarms, history)
    done = obsgen(folder, "import", "--retire", "friday", "--format", "json", *words)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def data(folder: Path) -> Any:
    """The file as it is."""
    return yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))


def edit(folder: Path, before: str, after: str) -> None:
    """An edit of a person."""
    text = (folder / FILE).read_text(encoding="utf-8")
    assert text.count(before) == 1, text
    (folder / FILE).write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(("old", "new"), [("ALARM", "INSUFFICIENT_DATA"), ("ALARM", "OK"), ("OK", "INSUFFICIENT_DATA")])
def test_alarms_that_never_change_and_are_in_other_states_do_not_agree(tmp_path: Path, old: str, new: str) -> None:
    imported(tmp_path)
    since = "2026-10-01T00:00:00.000Z"
    rows = [{**row, "StateValue": new} if row.get("Threshold") == 80 else row for row in new_rows(tmp_path)]
    cpu, *others = OLD
    code, report = retired(tmp_path, [{**cpu, "StateValue": old, "StateUpdatedTimestamp": since}, *others, *rows])
    reasons = [reason for listed in report["refused"].values() for reason in listed]
    assert code == 1 and f"CPU > 80 %: the old alarm is {old}, the new one {new}" in reasons
    done = obsgen(tmp_path, "import", "--compare-with", "friday")
    assert done.returncode == 1 and f"  at the end the old alarm is {old}, the new one {new}" in done.stdout
    # One that has changed within the last minutes may be ahead of the other.
    late = {**cpu, "StateValue": old, "StateUpdatedTimestamp": "2026-11-29T23:59:30.000Z"}
    assert retired(tmp_path, [late, *others, *rows])[0] == 0


def test_a_new_alarm_that_does_not_say_since_when_it_exists_is_not_proven(tmp_path: Path) -> None:
    imported(tmp_path)
    rows = [{key: value for key, value in row.items() if "Configuration" not in key} for row in new_rows(tmp_path)]
    code, report = retired(tmp_path, [*OLD, *rows])
    assert code == 1 and report["proven"] == []


def test_a_takeover_in_two_steps_comes_to_its_end(tmp_path: Path) -> None:
    imported(tmp_path)
    rows = new_rows(tmp_path)
    cpu = next(row for row in OLD if row["AlarmName"] == "errors-alarm-prod")
    young = [
        {**row, "AlarmConfigurationUpdatedTimestamp": "2026-11-28T00:00:00.000Z"}
        if "errors" in row["AlarmName"]
        else row
        for row in rows
    ]
    code, report = retired(tmp_path, [*OLD, *young])
    assert code == 1 and len(report["proven"]) == 3 and len(report["refused"]) == 1
    assert data(tmp_path)["metric_filters"]["errors"]["metric"]["name"] == "Errors-beside"
    # Their owners have removed three old alarms.
    code, report = retired(tmp_path, [cpu, *rows])
    assert (code, report["refused"]) == (0, {})
    listed = {row["name"] for row in report["old"]}
    assert "errors-alarm-prod" in listed and not listed & {"CPU > 80 %", "restart", "web-down"}
    assert data(tmp_path)["metric_filters"]["errors"]["metric"]["name"] == "Errors"
    # Nothing is left to do.
    assert retired(tmp_path, rows) == (0, {"proven": [], "refused": {}, "old": []})


def test_an_old_alarm_that_was_removed_too_early_is_said(tmp_path: Path) -> None:
    imported(tmp_path)
    code, report = retired(tmp_path, [*OLD[1:], *new_rows(tmp_path)])
    reasons = [reason for listed in report["refused"].values() for reason in listed]
    expected = "CPU > 80 %: the old alarm CPU > 80 % is not in the capture; if it was removed, nothing calls: switch"
    assert code == 1 and any(reason.startswith(expected) for reason in reasons)


def test_a_renamed_entry_is_not_written_a_second_time(tmp_path: Path) -> None:
    imported(tmp_path)
    rows = new_rows(tmp_path)
    (key,) = [key for key, entry in data(tmp_path)["alarms"].items() if entry["threshold"] == "> 95"]
    edit(tmp_path, f"\n  {key}:", "\n  renamed:")
    text = (tmp_path / FILE).read_text(encoding="utf-8").replace(f"or {key}", "or renamed")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    code, report = retired(tmp_path, [*OLD, *rows])
    assert code == 1 and "has no alarms." in report["refused"][f"alarms.{key}"][0]
    assert key not in data(tmp_path)["alarms"] and obsgen(tmp_path, "check", "--no-lint").returncode == 0


def test_severities_go_to_their_own_overrides_and_what_people_wrote_stays(tmp_path: Path) -> None:
    imported(tmp_path)
    rows = new_rows(tmp_path)
    (key,) = [key for key, entry in data(tmp_path)["alarms"].items() if entry["threshold"] == "> 80"]
    path = tmp_path / "observability.map.json"
    takeover = json.loads(path.read_text(encoding="utf-8"))
    of_override = {"key": f"alarms.{key}", "path": ["alarms", key, "overrides", 0, "severity"], "value": "low"}
    takeover["restored"].append(of_override)
    path.write_text(json.dumps(takeover), encoding="utf-8")
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if 'threshold: "> 80"' in line)
    silent = "{where: {region: us-east-1}, severity: none}"
    added = '{where: {account: shop}, threshold: "> 81"}'
    (tmp_path / FILE).write_text(
        text.replace(line, f"{line}\n    overrides: [{added}, {silent}]" if line.startswith("    t") else line)
    )
    code, report = retired(tmp_path, [*OLD, *rows])
    assert code == 1 and "overrides[1].severity is none and not in the map" in str(report["refused"][f"alarms.{key}"])
    assert data(tmp_path)["alarms"][key]["overrides"][0] == {"where": {"account": "shop"}, "threshold": "> 81"}


def test_a_severity_that_a_person_gave_is_not_replaced_by_the_one_that_was_guessed(tmp_path: Path) -> None:
    imported(tmp_path)
    rows = new_rows(tmp_path)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    before, composites, after = text.partition("composites:")
    (tmp_path / FILE).write_text(
        before + composites + after.replace("severity: none", "severity: low"), encoding="utf-8"
    )
    assert retired(tmp_path, [*OLD, *rows])[0] == 0
    assert [entry["severity"] for entry in data(tmp_path)["composites"].values()] == ["low"]


def test_composites_that_others_name_are_removed_after_these(tmp_path: Path) -> None:
    alarms = [
        metric_alarm("cpu", AlarmActions=[TOPIC]),
        composite_alarm("a-inner", "ALARM(cpu)", AlarmActions=[TOPIC]),
        composite_alarm("b-middle", "ALARM(a-inner)", AlarmActions=[TOPIC]),
        composite_alarm("c-outer", "ALARM(b-middle) OR ALARM(cpu)", AlarmActions=[TOPIC]),
    ]
    capture(tmp_path, "monday", alarms)
    done = obsgen(tmp_path, "import", "monday", "--beside")
    assert done.returncode in (0, 1), done.stderr
    capture(tmp_path, "friday", [*alarms, *new_rows(tmp_path)])
    done = obsgen(tmp_path, "import", "--retire", "friday", "--keep-names")
    assert done.returncode == 0, done.stdout
    order = [line.split("--alarm-names ")[1] for line in done.stdout.splitlines() if "--alarm-names" in line]
    assert order == ["c-outer", "b-middle", "a-inner", "cpu"]
    # With the old names, the old alarms have to go first.
    assert "Let their owners remove the old alarms, then deploy" in done.stdout and "Build and" not in done.stdout


def test_an_alarm_that_suppresses_a_composite_that_stays_is_not_deleted(tmp_path: Path) -> None:
    imported(tmp_path)
    cpu = f"arn:aws:cloudwatch:{REGION}:{ALPHA}:alarm:CPU > 80 %"
    theirs = composite_alarm("theirs", "ALARM(other)", ActionsSuppressor=cpu)
    code, report = retired(tmp_path, [*OLD, theirs, metric_alarm("other"), *new_rows(tmp_path)])
    assert code == 1 and "CPU > 80 %" not in {row["name"] for row in report["old"]}


@pytest.mark.parametrize(
    ("names", "as_json"),
    [
        (["plain", "x'; rm -rf /"], False),
        (["größer > 5"], False),
        (["[Critical] CPU"], True),
        (["--cli-input-json"], True),
        (["file:///etc/passwd"], True),
        (["$(id)", "`id`"], True),
        (["zero\u200bwidth"], True),
    ],
)
def test_a_command_means_exactly_the_names(names: list[str], as_json: bool) -> None:
    rows = [
        TakenOver(ALPHA, REGION, "AWS::CloudWatch::Alarm", name, "n", "alarms.n", "capture", "f", "x") for name in names
    ]
    (line,) = [line for line in removals(rows) if "delete-alarms" in line]
    words = shlex.split(line.partition("--alarm-names")[2])
    assert (json.loads(words[0]) if as_json else words) == sorted(names) and len(words) == (
        1 if as_json else len(names)
    )
    assert line.isprintable()


@pytest.mark.parametrize(("name", "value"), [("region", "us-east-1; id"), ("account", "1\n$(id)"), ("region", "a b")])
def test_a_map_with_a_place_that_is_none_is_refused(name: str, value: str) -> None:
    row = {key: getattr(ROW, key) for key in ROW.__slots__} | {name: value}
    with pytest.raises(BadMap):
        read_takeover(json.dumps({"format": 1, "file": "f", "environment": "prod", "resources": [row]}))


def test_what_others_call_an_alarm_moves_no_cursor() -> None:
    kind = "AWS::CloudWatch::Alarm"
    row = TakenOver(ALPHA, REGION, kind, "a", "b", "alarms.b", "terraform", "s\x1b[2J", "aws_x.y\x1b[2J\nrm", "")
    assert all(line.isprintable() for line in removals([row]))


def test_alarms_of_one_name_in_the_hub_and_in_a_member_do_not_become_one(tmp_path: Path) -> None:
    """Routes and incidents go by the name: one would have the severity of the other."""
    hub = "111111111111"
    of_hub = metric_alarm("cpu", Threshold=90.0, AlarmArn=f"arn:aws:cloudwatch:{REGION}:{hub}:alarm:cpu")
    of_member = metric_alarm("cpu", Threshold=70.0, AlarmActions=[TOPIC])
    parts = {(hub, REGION): {"alarms": [of_hub]}, (ALPHA, REGION): {"alarms": [of_member]}}
    write_capture(tmp_path / "monday", parts, names={ALPHA: "shop"})
    done = obsgen(tmp_path, "import", "monday")
    assert "2 alarms: 2 equal" in done.stdout and "another entry has the name" in done.stdout
    entries = data(tmp_path)["alarms"].values()
    assert sorted(entry.get("name", "") for entry in entries) == ["", "cpu"]
    assert obsgen(tmp_path, "check", "--no-lint").returncode == 0
