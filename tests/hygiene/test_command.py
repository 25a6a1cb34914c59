"""`obsgen hygiene` as people run it: its pages of text, options, exit codes, and captures that are wrong or hostile."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.captures import REGION, metric_alarm, minutes, state_update, write_capture
from tests.command import obsgen
from tests.support import BASE, ROOT

SPEC = (
    BASE.partition("alarms:\n")[0]
    + """\
alarms:
  errors:
    metric: {filter: errors}
    statistic: Sum
    threshold: "> 5"                 # agreed with the shop
    severity: high
    owner: shop
    runbook: https://wiki.example.com/errors
  cpu:
    metric: {namespace: AWS/EC2, name: CPUUtilization, dimensions: {AutoScalingGroupName: web}}
    statistic: Average
    period: 5m
    threshold: "> 80"
    owner: platform
"""
)
NAMES = {"222222222222": "alpha", "333333333333": "beta", "444444444444": "gamma"}
DIMENSION = [{"Name": "AutoScalingGroupName", "Value": "web"}]


def alarm(name: str, **keys: Any) -> dict[str, Any]:
    return metric_alarm(name, Tags={"owner": "shop"}, **keys)


def world(folder: Path) -> Path:
    """A capture of three accounts, with the file of its environment beside it."""
    errors = {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": [], "Statistic": "Sum", "Period": 60}
    history = [
        state_update("errors-alarm-prod", f"2026-11-{day:02d}T{hour:02d}:{minute:02d}:00.000Z", *states)
        for day in (9, 17)
        for hour in range(7)
        for minute, states in ((0, ("OK", "ALARM")), (2, ("ALARM", "OK")))
    ]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for number, name in NAMES.items():
        listed = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "OwningAccount": number}
        rows[number, REGION] = {
            "alarms": [
                alarm("errors-alarm-prod", **errors, Threshold=5.0),
                alarm("cpu-alarm-prod", Dimensions=DIMENSION),
            ],
            "history": history if name == "beta" else [],
            "metrics": [] if name == "gamma" else [{**listed, "Dimensions": DIMENSION}],
            "metric-filters": [
                {
                    "filterName": "e",
                    "logGroupName": "l",
                    "metricTransformations": [{"metricNamespace": "Shop", "metricName": "Errors"}],
                }
            ],
            "resources": [],
            "metric-data": minutes(("Shop", "Errors", {}), [0.0] * 90 + [4.0] + [0.0] * 90, account=number),
        }
    rows["222222222222", REGION]["alarms"].append(
        metric_alarm(
            "console-test",
            Dimensions=DIMENSION,
            Threshold=100.0,
            StateValue="ALARM",
            StateUpdatedTimestamp="2026-09-10T00:00:00.000Z",
        )
    )
    write_capture(folder / "captures" / "monday", rows, names=NAMES)
    (folder / "observability.yaml").write_text(SPEC)
    return folder


def test_the_page_begins_with_what_the_command_prints(tmp_path: Path) -> None:
    done = obsgen(world(tmp_path), "hygiene", "captures/monday")
    page = (ROOT / "docs" / "hygiene.md").read_text(encoding="utf-8")
    picture = page.partition("```text\n$ obsgen hygiene captures/monday\n")[2].partition("```")[0]
    assert done.returncode == 1
    assert picture == done.stdout
    assert page.index("```text") < 700


def test_markdown_is_the_same_report(tmp_path: Path) -> None:
    done = obsgen(world(tmp_path), "hygiene", "captures/monday", "--format", "markdown", "--fail-on", "never")
    assert done.returncode == 0
    assert done.stdout.startswith("## Hygiene of prod, 2026-10-31 to 2026-11-30: 7 alarms in 3 accounts")
    assert "- `errors-alarm-prod` (`beta us-east-1, shop`): 7 firings within 24 hours" in done.stdout
    assert "| account `alpha` | 3 | 2 | 66 |" in done.stdout
    assert "````diff\n--- a/observability.yaml\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--fail-on", "never"), 0),
        (("--rule", "no-runbook"), 0),
        (("--rule", "no-runbook", "--fail-on", "notice"), 1),
        (("--rule", "flapping"), 1),
        (("--rule", "flapping", "--flaps", "8", "--fail-on", "notice"), 0),
    ],
)
def test_exit_codes_are_of_the_level(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    assert obsgen(world(tmp_path), "hygiene", "captures/monday", *arguments).returncode == code


def test_without_a_file_there_is_evidence_and_no_patch(tmp_path: Path) -> None:
    (world(tmp_path) / "observability.yaml").unlink()
    done = obsgen(tmp_path, "hygiene", "captures/monday", "--format", "json")
    report = json.loads(done.stdout)
    assert report["diff"] == ""
    assert {row["patch"] for row in report["findings"]} == {None}
    assert "flapping" in {row["rule"] for row in report["findings"]}
    refused = obsgen(tmp_path, "hygiene", "captures/monday", "--apply")
    assert refused.returncode == 2
    assert "--apply changes the file of an environment" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("captures/monday", "--rule", "flaping"), "did you mean `flapping`?"),
        (("captures/monday", "--file", "other.yaml"), "other.yaml: file not found"),
        (("captures/monday", "--environment", "test"), "there is no environment `test`"),
        (("captures/tuesday",), "capture.json: file not found"),
    ],
)
def test_what_is_wrong_with_the_call(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = obsgen(world(tmp_path), "hygiene", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_corrupt_line_is_named(tmp_path: Path) -> None:
    path = world(tmp_path) / "captures" / "monday" / "222222222222" / REGION / "history.jsonl"
    path.write_text('{"AlarmName":1}\n')
    done = obsgen(tmp_path, "hygiene", "captures/monday")
    assert done.returncode == 2
    assert "history.jsonl:1:" in done.stderr


def test_names_of_a_hostile_account_are_only_text(tmp_path: Path) -> None:
    """An alarm may be called anything: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    name, value = "a`@ops` <b>|x", "\u001b[2J*@all*\n::error::"
    rows = {
        ("222222222222", REGION): {
            "alarms": [
                metric_alarm(
                    name,
                    AlarmRule={"not": "text"},
                    Dimensions=[{"Name": "x", "Value": value}],
                    Metrics="no list",
                    Threshold="five",
                    AlarmDescription=["no text"],
                ),
                metric_alarm("b", Dimensions=[{"Name": "x", "Value": value}]),
                {**metric_alarm("c"), "AlarmType": "CompositeAlarm", "AlarmRule": "ALARM("},
                {**metric_alarm("d"), "AlarmType": "LogAlarm"},
            ],
            "history": [{**state_update("b", "2026-11-05T00:00:00.000Z", "OK", "ALARM"), "HistoryData": "no JSON"}],
            "metrics": [],
            "metric-filters": [],
            "resources": [],
        }
    }
    write_capture(tmp_path / "captured", rows, environment=None, hub=None)
    for form in ("text", "markdown", "json"):
        done = obsgen(tmp_path, "hygiene", "captured", "--format", form)
        assert done.returncode == 1, done.stderr
        assert "\u001b" not in done.stdout
        if form != "json":
            assert "\n::error::" not in done.stdout
        if form == "markdown":
            assert not re.search(r"@(?:all|ops)", re.sub(r"`[^`]*`|<code>.*?</code>", "", done.stdout))


def test_the_same_capture_gives_the_same_bytes(tmp_path: Path) -> None:
    world(tmp_path)
    copied = tmp_path / "copy"
    shutil.copytree(tmp_path / "captures", copied / "captures")
    shutil.copy(tmp_path / "observability.yaml", copied)
    outputs = {obsgen(folder, "hygiene", "captures/monday").stdout for folder in (tmp_path, copied)}
    assert len(outputs) == 1


def test_a_hostile_owner_or_dimension_means_nothing_to_a_terminal_or_to_markdown(tmp_path: Path) -> None:
    """Of an owner, a mark that turns the text around; of a dimension, an entity that is a mention, and links."""
    hostile = "&#64;all \u202e [x](https://evil.example) WWW.evil.example"
    dimensions = [{"Name": "InstanceId", "Value": hostile}]
    gone = metric_alarm("gone", Dimensions=dimensions, Namespace="Evil/\u202e", Tags={"owner": hostile})
    rows = {"alarms": [gone], "history": [], "metrics": [], "metric-filters": [], "resources": []}
    write_capture(tmp_path / "captured", {("222222222222", REGION): rows}, environment=None, hub=None)
    text, markdown = (obsgen(tmp_path, "hygiene", "captured", "--format", form).stdout for form in ("text", "markdown"))
    assert "\u202e" not in text + markdown
    code = r"`InstanceId=&#64;all` `\u202e` `[x](https://evil.example`) `WWW.evil.example`"
    assert f"had data for {code} in two weeks" in markdown
