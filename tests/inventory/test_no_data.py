"""An alarm on a metric without data watches nothing: ListMetrics has no metric without data in the last two weeks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.captures import REGION, metric_alarm
from tests.command import obsgen
from tests.inventory.world import ALPHA, HUB, OPS, captured, dimensions, listed, query_alarm, region

FOLDER = "captures/monday"
LOCK = "coverage.lock.yaml"


def alarm_on(namespace: str, name: str, key: str = "a", **values: str) -> dict[str, Any]:
    return metric_alarm(key, Namespace=namespace, MetricName=name, Dimensions=dimensions(**values), AlarmActions=[OPS])


def tagged(arn: str) -> dict[str, Any]:
    return {"ResourceARN": f"arn:aws:{arn}", "Tags": {"owner": "shop"}}


def statuses(folder: Path) -> dict[str, str]:
    rows = json.loads(obsgen(folder, "discover", FOLDER, "--format", "json").stdout)["resources"]
    return {row["name"]: row["status"] for row in rows}


CPU = listed(ALPHA, "AWS/RDS", "CPUUtilization", DBInstanceIdentifier="main")
SPACE = listed(ALPHA, "AWS/RDS", "FreeStorageSpace", DBInstanceIdentifier="main")
ERRORS = listed(ALPHA, "AWS/Lambda", "Errors", FunctionName="pay")


@pytest.mark.parametrize(
    ("alarm", "metrics", "status"),
    [
        (alarm_on("AWS/RDS", "CPUUtilization", DBInstanceIdentifier="main"), [CPU], "watched"),
        # A database that is no replica has no lag.
        (alarm_on("AWS/RDS", "ReplicaLag", DBInstanceIdentifier="main"), [CPU], "no_data"),
        # AWS has no metric of this name.
        (alarm_on("AWS/Lambda", "Erors", FunctionName="pay"), [ERRORS], "no_data"),
        # Of a function that runs, these are published only when there are some.
        (alarm_on("AWS/Lambda", "DeadLetterErrors", FunctionName="pay"), [ERRORS], "watched"),
        (
            alarm_on("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", LoadBalancer="app/a/1"),
            [listed(ALPHA, "AWS/ApplicationELB", "RequestCount", LoadBalancer="app/a/1")],
            "watched",
        ),
    ],
)
def test_an_alarm_on_a_metric_without_data_is_told_apart(
    tmp_path: Path, alarm: dict[str, Any], metrics: list[dict[str, Any]], status: str
) -> None:
    captured(tmp_path, {ALPHA: region(alarms=[alarm], metrics=metrics)}, spec=None)
    assert set(statuses(tmp_path).values()) == {status}
    # The account's metrics were not read: no one can say.
    hub = region(metrics=metrics)
    of_alpha = {name: rows for name, rows in region(alarms=[alarm]).items() if name != "metrics"}
    captured(tmp_path / "other", {ALPHA: of_alpha, HUB: hub}, spec=None)
    assert set(statuses(tmp_path / "other").values()) == {"watched"}


def test_one_alarm_with_data_is_enough(tmp_path: Path) -> None:
    alarms = [
        alarm_on("AWS/RDS", "ReplicaLag", "a", DBInstanceIdentifier="main"),
        alarm_on("AWS/RDS", "FreeStorageSpace", "b", DBInstanceIdentifier="main"),
    ]
    captured(tmp_path, {ALPHA: region(alarms=alarms, metrics=[CPU, SPACE])}, spec=None)
    assert statuses(tmp_path) == {"main": "watched"}
    captured(tmp_path, {ALPHA: region(alarms=alarms, metrics=[CPU])}, spec=None)
    assert statuses(tmp_path) == {"main": "no_data"}


def test_what_has_no_data_at_all_is_no_loss_and_what_has_other_data_is_one(tmp_path: Path) -> None:
    """A function that did not run for two weeks comes back by itself; a database without storage metrics does not."""
    query = query_alarm("fleet", 'SELECT MAX(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName')
    of_space = alarm_on("AWS/RDS", "FreeStorageSpace", DBInstanceIdentifier="main")
    tags = [tagged(f"lambda:{REGION}:{ALPHA}:function:pay")]

    def write(metrics: list[dict[str, Any]]) -> None:
        parts = region(alarms=[query, of_space], metrics=metrics, resources=tags)
        captured(tmp_path, {ALPHA: parts}, spec=None)

    write([ERRORS, CPU, SPACE])
    assert statuses(tmp_path) == {"pay": "watched", "main": "watched"}
    assert obsgen(tmp_path, "coverage", FOLDER, "--update").returncode == 0
    write([CPU])
    assert statuses(tmp_path) == {"pay": "no_data", "main": "no_data"}
    done = obsgen(tmp_path, "coverage", FOLDER, "--check", "--format", "json")
    data = json.loads(done.stdout)
    assert [(row["kind"], row["names"]) for row in data["check"]["findings"]] == [("no_data", ["main"])]
    assert data["all"]["no_data"] == 2
    text = obsgen(tmp_path, "coverage", FOLDER, "--check").stdout
    assert "rds in alpha us-east-1: 1 watched, but the alarm has no data: main" in text
    obsgen(tmp_path, "coverage", FOLDER, "--update")
    assert "      rds: {no_data: [main]}\n" in (tmp_path / LOCK).read_text(encoding="utf-8")
    assert obsgen(tmp_path, "coverage", FOLDER, "--check").returncode == 0
    listed_text = obsgen(tmp_path, "discover", FOLDER).stdout
    assert "1 lambda (alpha us-east-1, shop): pay (no data in two weeks)" in listed_text
