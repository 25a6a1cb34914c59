"""Whole files: hostile sources, dashboards, corrections by a build, and the text as YAML."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml

from generator.findings import Finding, Severity
from generator.importer.types import ImportSource
from generator.importer.write import ImportOptions, corrected, written
from generator.importer.write.names import Keys, key_of, own_name
from generator.importer.write.text import lines
from tests.importer.written_sources import MEMBER, REGION, alarm, alarms_of, imported, stack

HOSTILE = (
    *(
        "🔥 Prod down",
        "x" * 255,
        "<b>bold</b> & *md* `c`",
        'quote " name',
        "back\\slash",
        "a of b",
        "event/x",
        "  lead",
    ),
    *(
        "{environment}",
        "{var.x}",
        "${AWS::Region}",
        "tab\there",
        "nul\x00",
        "line\nbreak",
        "ключ",
        "---",
        "true",
        "null",
    ),
    *(
        "123",
        "a: b # c",
        "@everyone",
        "- item",
        "%TAG",
        "pay.errors",
        "pay errors",
        "pay-errors",
        "Pay_Errors",
        "\ue000x\ue001",
    ),
)


def test_hostile_names_are_read_built_and_never_raise() -> None:
    rows: dict[str, Any] = {
        f"A{number}": alarm(name, Namespace="Shop", AlarmDescription=f"{name} http://x.y/{name} {{var.q}}")
        for number, name in enumerate(HOSTILE)
    }
    result, build = imported(stack(rows))
    keys = [path for path in result.keys.values() if path.startswith("alarms.")]
    assert len(keys) == len(set(keys))
    names = set(alarms_of(build))
    for name in (
        "🔥 Prod down",
        "x" * 255,
        "<b>bold</b> & *md* `c`",
        "{environment}",
        "ключ",
        "a: b # c",
        "Pay_Errors",
        "true",
    ):
        assert name in names, name
    renamed = {row.name for row in result.dropped if row.property == "AlarmName"}
    assert {'quote " name', "back\\slash", "a of b", "event/x", "  lead", "${AWS::Region}"} <= renamed
    assert all(len(path) <= len("alarms.") + 64 for path in keys)


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::CloudWatch::Alarm", "Properties": "no"},
        {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"AlarmName": ["x"], "Metrics": "x", "Dimensions": 5, "Tags": 7, "AlarmActions": "x"},
        },
        {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": [{"Id": "a", "Expression": {"a": 1}}, 5]}},
        {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Metrics": [{"Id": "a", "MetricStat": 5}], "ThresholdMetricId": "b"},
        },
        {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"EvaluationCriteria": 5, "AlarmActions": [5, None, {"a": 1}]},
        },
        {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "(" * 3000}},
        {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": 5, "ActionsSuppressor": ["x"]}},
        {
            "Type": "AWS::CloudWatch::LogAlarm",
            "Properties": {
                "ScheduledQueryConfiguration": {
                    "LogGroupIdentifiers": 5,
                    "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)"},
                }
            },
        },
        {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardBody": {
                    "widgets": [
                        1,
                        {"type": "metric", "properties": {"metrics": [[], [5], ["..."]], "annotations": 5}},
                        {"type": [1]},
                    ]
                }
            },
        },
        {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": "[" * 9000}},
        {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/x", "RetentionInDays": "abc"}},
        {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {"LogGroupName": ["x"], "MetricTransformations": [{"MetricName": {"x": 1}}]},
        },
        {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": "/x",
                "MetricTransformations": [{"MetricName": "a", "MetricNamespace": "b", "Dimensions": [5]}],
            },
        },
        {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": 5, "TopicName": 5}},
        {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"x": 1}, "Protocol": "https", "Endpoint": "http://[::"},
        },
    ],
)
def test_nonsense_is_dropped_and_never_raises(resource: dict[str, Any]) -> None:
    result = written(ImportSource((stack({"Odd": resource, "A": alarm()}),)))
    assert "alarms.queue-age" in result.keys.values()


# --- dashboards ---------------------------------------------------------------------------------------------


def test_widgets_that_the_language_has_and_a_raw_one() -> None:
    function = ["FunctionName", "pay"]
    widgets = [
        {
            "type": "log",
            "x": 0,
            "y": 9,
            "width": 24,
            "height": 6,
            "properties": {"query": "SOURCE '/shop' | filter @message like /ERROR/", "title": "Last"},
        },
        {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": "# Shop"}},
        {
            "type": "metric",
            "x": 0,
            "y": 2,
            "properties": {
                "title": "Rate",
                "metrics": [
                    ["AWS/Lambda", "Errors", *function, {"id": "e", "stat": "Sum"}],
                    [".", "Invocations", ".", ".", {"id": "i", "stat": "Sum", "yAxis": "right"}],
                    [{"id": "rate", "expression": "100 * e / i"}],
                ],
                "annotations": {"horizontal": [{"value": 5, "label": "Too many"}]},
            },
        },
        {
            "type": "alarm",
            "x": 12,
            "y": 2,
            "properties": {"alarms": [f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:queue-age"]},
        },
        {"type": "explorer", "x": 0, "y": 20, "properties": {}},
        {"type": "metric", "x": 0, "y": 21, "properties": {"metrics": [["AWS/Lambda", "NoSuchMetric", *function]]}},
    ]
    dashboard = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": "Shop", "DashboardBody": json.dumps({"widgets": widgets})},
    }
    result, build = imported(stack({"D": dashboard, "A": alarm()}))
    rows = yaml.safe_load(result.text)["dashboards"]["shop"]
    assert rows["name"] == "Shop"
    assert [row["type"] for row in rows["widgets"]] == ["text", "metric", "alarms", "logs", "raw"]
    assert rows["widgets"][1]["lines"]["i"]["dimensions"] == {"FunctionName": "pay"} and rows["widgets"][1][
        "right"
    ] == ["i"]
    assert rows["widgets"][3]["query"] == "filter @message like /ERROR/"
    # An explorer without its metrics is one that CloudWatch refuses, too.
    dropped = {row.property: row.reason for row in result.dropped}
    assert "a widget of type `explorer` requires `metrics` (T81)" in dropped["widget 5, explorer"]
    assert rows["widgets"][4]["properties"]["metrics"] == [["AWS/Lambda", "NoSuchMetric", *function]]
    names = [
        row["Properties"]["DashboardName"]
        for row in build.templates["prod"]["hub.template.yaml"]["Resources"].values()
        if row["Type"] == "AWS::CloudWatch::Dashboard"
    ]
    assert names == ["Shop"]


# --- corrections --------------------------------------------------------------------------------------------


def test_corrections_by_findings() -> None:
    options = ImportOptions()
    result = written(ImportSource((stack({"A": alarm()}),)), options)
    assert corrected(options, result, []) is None
    house = [Finding("H03", "wildcards", ("metric_filters", f"f{number}", "pattern")) for number in range(4)]
    following = corrected(options, result, house)
    assert following and following.waived == (("exact-filter-patterns", "metric_filters"),)
    warning = Finding("T06", "unknown", ("alarms", "queue-age"), Severity.WARNING)
    assert corrected(options, result, [warning]) is None
    unknown = Finding("R02", "there is no alarm", ("composites", "down", "rule"))
    truth = Finding("T06", "unknown metric", ("alarms", "queue-age", "metric"))
    following = corrected(options, result, [unknown, truth])
    assert following and set(following.refused) == {"alarms.queue-age"}
    following = corrected(options, result, [unknown])
    assert following and set(following.refused) == {"composites.down"}
    following = corrected(options, result, [Finding("T10", "too short", ("defaults", "alarms", "period"))])
    assert following and following.defaults is False


# --- names and text -----------------------------------------------------------------------------------------


def test_keys_are_stable_and_different() -> None:
    keys = Keys()
    assert [keys.free("a", "A"), keys.free("a", "A of eu", ["eu"]), keys.free("a", "x")][:2] == ["a", "a-eu"]
    assert key_of("SNS_NumberOfNotificationsFailed_Alarm", ("alarm",)) == "sns-number-of-notifications-failed"
    assert key_of("🔥") == key_of("🔥") != key_of("💥")
    assert len(key_of("y" * 300)) <= 56
    assert own_name("alarms", "plain {id}") == "plain {{id}}" and own_name("alarms", "a of b") == ""


def test_every_text_is_read_back_from_the_yaml_as_it_was() -> None:
    source = random.Random(7)
    alphabet = "abAB01 :#-,[]{}&*!|>'\"%@`\n\t\\~.=$()<>?/é😀\u2028\x85\x7f\ufeffeEx+_"
    for _ in range(300):
        text = "".join(source.choice(alphabet) for _ in range(source.randint(0, 7)))
        value = {"plain": text, "list": [text, {"m": text}], "long": {"x": text * 30}}
        assert yaml.safe_load("\n".join(lines(value)) + "\n") == value, repr(text)
