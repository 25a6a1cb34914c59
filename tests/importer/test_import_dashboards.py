"""Dashboards of an import: every widget is written, and the build shows what the source shows.

The structure of bodies is that of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.cli.import_built import ImportedFile, deployed_of, imported_file
from generator.cli.import_report import ImportReport, report_lines
from generator.importer.compare import compared
from generator.importer.dashboards.bodies import body_widgets
from generator.importer.dashboards.meaning import Viewpoint, dashboard_meaning, widget_meanings
from generator.importer.types import ImportSource
from generator.importer.write import ImportOptions
from tests.importer.written_sources import MEMBER, REGION, alarm, stack

HUB, OTHER = "111111111111", "333333333333"
TEXT = {"markdown": "# S", "background": "transparent"}
EXPLORER = {"metrics": [{"metricName": "CPUUtilization"}], "labels": [{"key": "State"}]}
FUNCTION = f"arn:aws:lambda:{REGION}:{MEMBER}:function:map:1"
VARIABLE = {"type": "property", "property": "QueueName", "inputType": "input", "id": "queue", "defaultValue": "jobs"}
QUEUE = ["AWS/SQS", "NumberOfMessagesSent", "QueueName", "jobs"]
FOUND = "SORT(SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 300), SUM, DESC)"


def metric(*rows: Any, **properties: Any) -> dict[str, Any]:
    usual = {"metrics": list(rows), "region": REGION}
    return {"type": "metric", "width": 12, "height": 6, "properties": {**usual, **properties}}


def board(*widgets: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = json.dumps({**more, "widgets": list(widgets)})
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": "Shop", "DashboardBody": body},
    }


def adopted(*widgets: dict[str, Any], account: str = MEMBER, **more: Any) -> tuple[ImportedFile, list[Any]]:
    """The import of a dashboard beside an alarm of each account, proven equal, and its entry's widgets."""
    shown = {"A": alarm(), "D": board(*widgets, **more)}
    stacks = [stack({"A": alarm()}, place) for place in (HUB, MEMBER, OTHER) if place != account]
    source = ImportSource((*stacks, stack(shown, account)))
    file = imported_file(source, ImportOptions(hub=HUB), "imported.yaml")
    comparison = compared(source.stacks, deployed_of(file.built), file.result.keys, file.result.dropped)
    unequal = [row for row in comparison.resources if row.outcome != "equal" and row.type.endswith("Dashboard")]
    assert unequal == []
    return file, yaml.safe_load(file.result.text)["dashboards"]["shop"]["widgets"]


def test_a_dashboard_of_a_member_is_readable() -> None:
    file, widgets = adopted(
        {"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "properties": TEXT},
        {"x": 12, "y": 1} | metric([{"expression": FOUND, "id": "e1", "region": REGION}], title="Errors", view="bar"),
        {"x": 0, "y": 1}
        | metric(
            [*QUEUE, {"id": "sent", "label": "Sent", "color": "#d62728", "stat": "Sum"}],
            [".", "NumberOfMessagesReceived", ".", ".", {"yAxis": "right", "stat": "p99", "period": 60}],
            ["...", "late", {"id": "late", "visible": False}],
            [{"expression": "sent - late", "label": "Waiting", "id": "waiting"}],
            title="Queue",
            yAxis={"left": {"min": 0}, "right": {"max": 9, "label": "Received", "showUnits": False}},
            annotations={"vertical": [{"value": "2026-05-04T12:30:00+02:00", "label": "Release", "fill": "after"}],
                         "horizontal": [[{"value": 8, "color": "#2ca02c"}, {"value": 3}]]},
        ),
        start="-PT12H",
        variables=[VARIABLE],
    )  # fmt: skip
    assert [widget["type"] for widget in widgets] == ["text", "metric", "metric"]
    assert all("x" not in widget for widget in widgets)
    assert widgets[2]["account"] == "account-222222222222" and widgets[2]["expressions"] == {
        "e1": {"expression": FOUND, "label": "auto"}
    }
    graph = widgets[1]
    assert graph["lines"]["sent"] | {"account": "x"} == {
        "namespace": "AWS/SQS",
        "name": "NumberOfMessagesSent",
        "dimensions": {"QueueName": "jobs"},
        "statistic": "Sum",
        "label": "Sent",
        "account": "x",
    }
    received = "NumberOfMessagesReceived jobs"
    assert graph["right"] == [received] and graph["lines"][received]["period"] == "1m"
    assert graph["hidden"] == ["late"] and graph["expressions"] == {"Waiting": "sent - late"}
    assert graph["colors"] == {"sent": "#d62728"} and graph["annotations"]["horizontal"] == [
        {"from": 3, "to": 8, "color": "#2ca02c"}
    ]
    entry = yaml.safe_load(file.result.text)["dashboards"]["shop"]
    assert entry["start"] == "-PT12H" and entry["period_override"] == "auto" and entry["variables"][0]["id"] == "queue"


def test_what_no_key_says_is_raw() -> None:
    foreign = {"accountId": "999999999999"}
    alarm_of_another = f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:not-here"
    file, widgets = adopted(
        {"type": "custom", "x": 6, "y": 30, "properties": {"endpoint": FUNCTION}},
        {"x": 0, "y": 0} | metric([{"expression": "SELECT MAX(Errors) FROM \"AWS/Lambda\"", "id": "q1"}]),
        {"x": 12, "y": 0} | metric([*QUEUE, {"visible": False}], QUEUE),
        {"x": 0, "y": 6} | metric([*QUEUE, foreign]),
        {"x": 12, "y": 6} | metric(["AWS/Lambda", "NoSuchMetric", "FunctionName", "pay"]),
        {"x": 0, "y": 12} | metric(annotations={"alarms": [alarm_of_another]}),
        {"x": 12, "y": 12} | metric(QUEUE, trend=False),
        {"type": "alarm", "x": 0, "y": 18, "properties": {"alarms": [alarm_of_another]}},
        {"type": "log", "x": 6, "y": 18, "properties": {"query": "SOURCE logGroups() | limit 3", "region": REGION}},
    )  # fmt: skip
    assert {widget["type"] for widget in widgets} == {"raw"} and len(widgets) == 9
    # In the hub they still show the account that they showed.
    located = [widget for widget in widgets if widget["widget"] in ("metric", "log")]
    assert {widget["properties"]["accountId"] for widget in located} == {MEMBER}
    warnings = [finding.message for finding in file.built.findings if finding.code == "T81"]
    assert warnings == ["this widget shows 999999999999, of which the hub sees nothing: it is no member"]
    report = ImportReport("imported.yaml", ImportSource(()), file.result, None)
    sentence = "9 widgets of dashboards, of which 9 are raw: their properties are CloudWatch's own"
    assert sentence in [*report_lines(report, verbose=False)]


def test_a_dashboard_of_the_hub_keeps_what_it_sees() -> None:
    """A search of a monitoring account finds the metrics of every linked account."""
    _, widgets = adopted(
        metric([{"expression": FOUND, "id": "e1", "label": "All"}]),
        metric([*QUEUE, {"accountId": MEMBER}], [*QUEUE, {"accountId": OTHER}], QUEUE),
        {"type": "alarm", "width": 24, "height": 3, "properties": {"title": "Age", "alarms": [
            f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:queue-age"]}},
        {"type": "alarm", "width": 24, "height": 3, "properties": {"alarms": [
            f"arn:aws:cloudwatch:{REGION}:{place}:alarm:queue-age" for place in (MEMBER, OTHER)]}},
        {"type": "log", "width": 24, "height": 6, "properties": {"region": REGION, "title": "Last", "query":
            f"SOURCE 'arn:aws:logs:{REGION}:{OTHER}:log-group:/app' | limit 3"}},
        {"type": "explorer", "properties": EXPLORER},
        metric(*([*QUEUE, {"accountId": place, "label": f"account-{place}"}] for place in (MEMBER, OTHER)), stat="Sum"),
        account=HUB,
    )  # fmt: skip
    assert [widget["type"] for widget in widgets] == ["metric", "metric", "alarms", "alarms", "logs", "raw", "metric"]
    assert "account" not in widgets[0] and widgets[0]["expressions"] == {"All": FOUND}
    assert widgets[6]["by"] == "account" and "lines" not in widgets[6]
    accounts = [line["account"] for line in widgets[1]["lines"].values()]
    assert accounts == [f"account-{MEMBER}", f"account-{OTHER}", "hub"]
    assert widgets[2]["accounts"] == [f"account-{MEMBER}"] and "accounts" not in widgets[3]


def test_equal_dashboards_of_two_accounts_stay_two() -> None:
    """Together they would show sums where each shows its own."""
    shown = {"D": board(metric(QUEUE))}
    source = ImportSource((stack(shown, MEMBER), stack(shown, OTHER)))
    file = imported_file(source, ImportOptions(hub=HUB), "imported.yaml")
    boards = yaml.safe_load(file.result.text)["dashboards"]
    accounts = [entry["widgets"][0]["account"] for entry in boards.values()]
    assert sorted(accounts) == [f"account-{MEMBER}", f"account-{OTHER}"]
    comparison = compared(source.stacks, deployed_of(file.built), file.result.keys, file.result.dropped)
    assert len(comparison.of("equal")) == 2


FOUND_THERE = FOUND.replace("\"'", f'" :aws.AccountId="{MEMBER}"\'')
HERE = Viewpoint(MEMBER, REGION, is_hub=False)


def shown(widget: dict[str, Any], viewpoint: Viewpoint = HERE) -> str:
    ((_, text),) = widget_meanings({"widgets": [widget]}, viewpoint)
    return text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (metric(QUEUE), metric(QUEUE, view="timeSeries", stacked=False, period=300, stat="Average", liveData=False)),
        (metric([*QUEUE, {"id": "m9"}]), metric([*QUEUE, {"accountId": MEMBER, "region": REGION, "yAxis": "left"}])),
        (metric(QUEUE, [".", "X", ".", "."]), metric(QUEUE, ["AWS/SQS", "X", "QueueName", "jobs"])),
        (metric([*QUEUE, {"id": "a", "visible": False}], [{"expression": "a*2", "id": "e"}]),
         metric([*QUEUE, {"id": "b", "visible": False}], [{"expression": "b * 2", "id": "f"}])),
        (metric([{"expression": FOUND}]), metric([{"expression": FOUND_THERE}])),
        (metric(QUEUE, annotations={"vertical": [{"value": "2026-01-01T01:00:00+01:00"}]}),
         metric(QUEUE, annotations={"vertical": [{"value": "2026-01-01T00:00:00Z", "visible": True}]})),
        (metric(QUEUE, sparkline=True), metric(QUEUE)),
    ],
)  # fmt: skip
def test_what_looks_the_same_is_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert shown(first) == shown(second)


@pytest.mark.parametrize(
    "other",
    [
        metric(QUEUE, period=60),
        metric(QUEUE, stat="Sum"),
        metric(QUEUE, region="eu-west-1"),
        metric(QUEUE, accountId=OTHER),
        metric([*QUEUE, {"label": "Sent"}]),
        metric([*QUEUE, {"color": "#000000"}]),
        metric(QUEUE, title="Sent"),
        metric(QUEUE, yAxis={"right": {"min": 0}}),
        metric(QUEUE, [*QUEUE, {"visible": False}]),
        metric(QUEUE, unheard=1),
        metric([*QUEUE[:3], "other"]),
        {**metric(QUEUE), "x": 1, "y": 0},
        {**metric(QUEUE), "height": 7},
    ],
)
def test_what_looks_otherwise_differs(other: dict[str, Any]) -> None:
    assert shown(metric(QUEUE)) != shown(other)


def test_a_search_of_the_hub_is_over_every_account() -> None:
    hub = Viewpoint(HUB, REGION, is_hub=True)
    assert shown(metric([{"expression": FOUND}]), hub) != shown(metric([{"expression": FOUND}]))


def test_expressions_that_double_each_other_stay_short() -> None:
    rows = [[{"id": f"e{number}", "expression": f"e{number - 1} + e{number - 1}"}] for number in range(1, 60)]
    doubled = shown(metric([*QUEUE, {"id": "e0"}], *rows))
    assert len(doubled) < 300_000
    assert doubled != shown(metric([*QUEUE[:3], "other", {"id": "e0"}], *rows))
    circle = [[{"id": "a", "expression": "b"}], [{"id": "b", "expression": "a"}]]
    assert shown(metric(*circle)) != shown(metric(*circle[:1]))


def test_places_and_the_time_range() -> None:
    free = [{"type": "text", "width": 12}, {"type": "text", "width": 12}, {"type": "text"}]
    assert [(widget.x, widget.y) for widget in body_widgets({"widgets": free})] == [(0, 0), (12, 0), (0, 6)]
    usual = dashboard_meaning({"widgets": []}, HERE)
    assert usual == dashboard_meaning({"widgets": [], "start": "-PT3H", "periodOverride": "auto"}, HERE)
    for other in ({"start": "-PT1H"}, {"periodOverride": "inherit"}, {"variables": [{"id": "a"}]}):
        assert usual != dashboard_meaning({"widgets": [], **other}, HERE)


@pytest.mark.parametrize(
    "widget",
    [
        metric("nonsense"),
        metric([".", "."]),
        metric(["A"]),
        metric([{"expression": ""}]),
        metric([*QUEUE, {"color": 5}]),
        metric(QUEUE, yAxis="left", annotations={"horizontal": [5]}),
        metric(QUEUE, period="often"),
        {"type": "metric", "properties": None},
        {"type": "log", "properties": {"query": 5}},
        {"type": "alarm", "properties": {"alarms": "none"}},
        {"type": "text", "properties": {"markdown": ""}},
        {"type": "hologram", "properties": {}},
        "text",
    ],
)
def test_nonsense_never_raises(widget: Any) -> None:
    source = ImportSource((stack({"A": alarm(), "D": board(widget, metric(QUEUE))}),))
    file = imported_file(source, ImportOptions(hub=HUB), "imported.yaml")
    assert file.built.artifacts and "dashboards.shop" in file.result.keys.values()
    # What is not written is reported.
    written = yaml.safe_load(file.result.text)["dashboards"]["shop"]["widgets"]
    assert len(written) + len(file.result.dropped) >= (2 if isinstance(widget, dict) else 1)


def test_an_explorer_of_a_member_finds_something_else_in_the_hub() -> None:
    source = ImportSource((stack({"D": board({"type": "explorer", "properties": EXPLORER})}),))
    file = imported_file(source, ImportOptions(hub=HUB), "imported.yaml")
    comparison = compared(source.stacks, deployed_of(file.built), file.result.keys, file.result.dropped)
    (row,) = comparison.of("differs")
    assert f'"resources of": "{MEMBER}"' in row.differences[0] and f'"resources of": "{HUB}"' in row.differences[0]


def test_secrets_of_variables_are_not_written() -> None:
    hook = "https://hooks.slack.com/services/T0/B0/secret"
    choices = {"type": "pattern", "pattern": "x", "inputType": "select", "id": "to", "values": [{"value": hook}]}
    shown = board({"type": "text", "properties": TEXT}, variables=[{**VARIABLE, "defaultValue": hook}, choices])
    source = ImportSource((stack({"A": alarm(), "D": shown}),))
    result = imported_file(source, ImportOptions(), "imported.yaml").result
    assert "B0" not in result.text and "hooks.slack.com" in result.text
    assert [row.reason for row in result.dropped if row.property == "text"] == [
        "of an address that may be a secret only the host is written"
    ]


def test_a_variable_that_the_language_refuses_leaves_the_dashboard() -> None:
    strange = {**VARIABLE, "id": "strange", "inputType": "slider"}
    also = {**VARIABLE, "id": "also", "search": "{A,B}"}
    shown = board({"type": "text", "properties": TEXT}, variables=[strange, VARIABLE, also])
    file = imported_file(ImportSource((stack({"A": alarm(), "D": shown}),)), ImportOptions(), "imported.yaml")
    variables = yaml.safe_load(file.result.text)["dashboards"]["shop"]["variables"]
    assert [variable["id"] for variable in variables] == ["queue"]
    assert [row.property for row in file.result.dropped if row.name == "Shop"] == ["variable 1", "variable 3"]


def test_a_body_with_a_line_break_in_a_text_is_read() -> None:
    """https://github.com/rthomasone/CloudWatch-Dashboards_CF-Templates: CloudWatch_Dashboards_for_Network_Resources"""
    shown = board({"type": "text", "properties": {"markdown": "one two"}})
    body = shown["Properties"]["DashboardBody"].replace("one two", "one\ntwo")
    shown["Properties"]["DashboardBody"] = body
    file = imported_file(ImportSource((stack({"A": alarm(), "D": shown}),)), ImportOptions(), "imported.yaml")
    (widget,) = yaml.safe_load(file.result.text)["dashboards"]["shop"]["widgets"]
    assert widget["markdown"] == "one\ntwo"
