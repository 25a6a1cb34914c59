"""Captures as sources: all accounts and Regions as templates, and what a capture does not have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.evaluate.template.template import read
from generator.importer.errors import BadSources
from generator.importer.read import read_sources
from tests.captures import ALPHA, REGION, Rows, composite_alarm, metric_alarm, write_capture

BETA = "333333333333"
TOPIC = f"arn:aws:sns:{REGION}:{ALPHA}:oncall"
LOG_ALARM = {
    **metric_alarm("payments", AlarmType="LogAlarm"),
    "ScheduledQueryConfiguration": {"QueryString": "filter @message like /declined/"},
    "QueryResultsToEvaluate": 1,
    "QueryResultsToAlarm": 1,
}
for key in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods"):
    LOG_ALARM.pop(key)
EVERYTHING: Rows = {
    (ALPHA, REGION): {
        "alarms": [
            metric_alarm("cpu", AlarmActions=[TOPIC], Tags={"owner": "shop"}, StateReasonData="{}"),
            metric_alarm("TargetTracking-table/orders-AlarmHigh-1"),
            composite_alarm("both", 'ALARM("cpu")', ActionsSuppressor="deploy", ActionsSuppressorWaitPeriod=60),
            LOG_ALARM,
        ],
        "log-groups": [{"logGroupName": "/app", "retentionInDays": 30, "storedBytes": 3, "Tags": {"team": "shop"}}],
        "metric-filters": [
            {
                "filterName": "errors",
                "filterPattern": "",
                "logGroupName": "/app",
                "creationTime": 1,
                "applyOnTransformedLogs": False,
                "metricTransformations": [
                    {"metricName": "E", "metricNamespace": "App", "metricValue": "1", "defaultValue": 0.0}
                ],
            }
        ],
        "dashboards": [{"DashboardName": "shop", "DashboardBody": {"widgets": []}, "LastModified": "x"}],
        "anomaly-detectors": [
            {
                "SingleMetricAnomalyDetector": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Stat": "Sum"},
                "Configuration": {"ExcludedTimeRanges": [], "MetricTimezone": "UTC"},
                "StateValue": "TRAINED",
            }
        ],
    },
    (BETA, "eu-west-1"): {"alarms": [metric_alarm("cpu", AlarmActions=[TOPIC])]},
}


def test_everything_of_all_accounts_and_regions(tmp_path: Path) -> None:
    folder = write_capture(tmp_path / "capture", EVERYTHING, names={ALPHA: "alpha", BETA: "beta"})
    source = read_sources([folder])
    assert (source.environment, source.hub) == ("prod", "111111111111")
    assert source.account_names == {ALPHA: "alpha", BETA: "beta"}
    alpha, beta = source.stacks
    assert (beta.deployed.account, beta.deployed.region, beta.deployed.account_name) == (BETA, "eu-west-1", "beta")
    resources = {
        alpha.positions[key].address: (resource["Type"], resource["Properties"])
        for key, resource in alpha.deployed.template["Resources"].items()
    }
    assert [(kind, name) for name, (kind, _) in resources.items()] == [
        ("AWS::CloudWatch::CompositeAlarm", "both"),
        ("AWS::CloudWatch::LogAlarm", "payments"),
        ("AWS::CloudWatch::Alarm", "cpu"),
        ("AWS::CloudWatch::AnomalyDetector", "AWS/EC2 CPUUtilization Sum"),
        ("AWS::CloudWatch::Dashboard", "shop"),
        ("AWS::Logs::LogGroup", "/app"),
        ("AWS::Logs::MetricFilter", "errors"),
        # The topic of an alarm, known by its ARN alone.
        ("AWS::SNS::Topic", TOPIC),
    ]
    cpu = resources["cpu"][1]
    assert cpu["Tags"] == [{"Key": "owner", "Value": "shop"}]
    assert not {"StateValue", "AlarmArn", "OKActions", "StateReasonData"} & set(cpu)
    assert resources["errors"][1]["FilterPattern"] == ""
    assert json.loads(resources["shop"][1]["DashboardBody"]) == {"widgets": []}
    assert resources["AWS/EC2 CPUUtilization Sum"][1]["Configuration"] == {"MetricTimeZone": "UTC"}
    assert alpha.positions["Cpu"].file.endswith(f"capture/{ALPHA}/{REGION}/alarms.jsonl")
    assert alpha.positions["Cpu"].line == 4
    assert {alarm.alarm.name for alarm in read(alpha.deployed).metric_alarms} == {"cpu"}
    assert [(item.name, item.reason) for item in source.left_out] == [
        (
            "TargetTracking-table/orders-AlarmHigh-1",
            "a target tracking policy of Auto Scaling made it and changes it",
        )
    ]
    assert source.dropped == ()
    assert source.remarks == (
        f"{folder}: anomaly-detectors, log-groups, metric-filters of beta in eu-west-1 were not captured",
    )


def test_names_alike_have_logical_ids_of_their_own(tmp_path: Path) -> None:
    names = ["a-b", "a_b", "a.b", "ä", "…"]
    folder = write_capture(tmp_path / "c", {(ALPHA, REGION): {"alarms": [metric_alarm(name) for name in names]}})
    (stack,) = read_sources([folder]).stacks
    assert list(stack.positions) == ["AB", "AB2", "AB3", "Resource", "Resource2"]
    assert all(key.isalnum() and key.isascii() for key in stack.positions)


def test_what_this_obsgen_does_not_know_is_said(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        metric_alarm("new", Forecast={"Hours": 3}),
        metric_alarm("newer", AlarmType="Forecast"),
    ]
    folder = write_capture(tmp_path / "c", {(ALPHA, REGION): {"alarms": rows}}, complete=False)
    source = read_sources([folder])
    assert [(item.name, item.property, item.reason) for item in source.dropped] == [
        ("newer", "", "this obsgen does not know alarms of this type"),
        ("new", "Forecast", "this obsgen does not know it"),
    ]
    assert source.remarks[0] == f"{folder}: the capture is not complete; run `obsgen capture` again"


def test_a_corrupt_capture_is_reported_with_its_lines(tmp_path: Path) -> None:
    folder = write_capture(tmp_path / "c", EVERYTHING)
    with (folder / ALPHA / REGION / "alarms.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\nnot json\n")
    with pytest.raises(BadSources) as error:
        read_sources([folder, tmp_path / "nothing"])
    assert [message.split("/")[-1] for message in error.value.messages] == [
        "alarms.jsonl:5: expected `AlarmType` to be a string",
        "alarms.jsonl:6: the line is not JSON: Expecting value at column 1",
    ]
    assert [problem.findings[0].message for problem in error.value.problems] == ["file not found"]


@pytest.mark.parametrize("value", [None, 0, "x", [], {}, [[]], [{}], {"a": {}}, [None]], ids=repr)
def test_anything_may_be_in_a_row(value: Any, tmp_path: Path) -> None:
    names = ("AlarmActions", "Dimensions", "Metrics", "Threshold", "ThresholdMetricId")
    rows: Rows = {
        (ALPHA, REGION): {
            "alarms": [metric_alarm(f"a{index}", **{name: value}) for index, name in enumerate(names)],
            "metric-filters": [
                {"filterName": "f", "logGroupName": "g", "metricTransformations": value, "filterPattern": value}
            ],
            "log-groups": [{"logGroupName": "g", "Tags": value, "retentionInDays": value}],
            "dashboards": [{"DashboardName": "d", "DashboardBody": value}],
            "anomaly-detectors": [{"SingleMetricAnomalyDetector": value, "Configuration": value}],
        }
    }
    (stack,) = read_sources([write_capture(tmp_path / "c", rows)]).stacks
    read(stack.deployed)


def test_parts_that_are_not_imported_are_listed_with_what_to_do(tmp_path: Path) -> None:
    rows = {
        "insight-rules": [{"Name": "talkers"}, {"Name": "of-aws", "ManagedRule": True}],
        "mute-rules": [{"Name": "nights"}],
        "subscription-filters": [{"logGroupName": "/shop", "filterName": "ship"}],
    }
    source = read_sources([write_capture(tmp_path / "capture", {(ALPHA, REGION): rows})])
    listed = {row.name: (row.resource_type, row.reason) for row in source.dropped}
    assert listed["talkers"] == ("AWS::CloudWatch::InsightRule", "write it under `contributor_insights`")
    assert listed["nights"] == ("AWS::CloudWatch::AlarmMuteRule", "write it under `maintenance`")
    assert listed["ship"] == ("AWS::Logs::SubscriptionFilter", "write it under `subscription_filters`")
    assert [row.name for row in source.left_out] == ["of-aws"]
