"""Each kind of widget and each view of a graph, in a dashboard."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import numpy as np
import pytest
import yaml

from generator.evaluate.math.grid import Grid
from generator.preview.charts.axes import value_axis
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.charts.types import ChartLine, TimeChart
from generator.preview.dashboards.registry import graph_views, widget_kinds
from generator.preview.data.sample import SAMPLE_END_MS
from tests.preview.drawn import METRIC, bodies, classed, drawn, graph, tree, words
from tests.support import ROOT

LINES = [
    ["Shop", "Orders", "Region", "eu", {"stat": "Sum"}],
    ["...", "us", {"stat": "Sum"}],
    [".", "Errors", ".", "us", {"stat": "Sum", "yAxis": "right"}],
]
_ALARM = "arn:aws:cloudwatch:us-east-1:{}:alarm:errors-alarm-prod"


def test_a_graph_of_lines_has_axes_a_legend_and_says_where_its_values_are_from() -> None:
    root = drawn(graph(metrics=LINES))
    assert len(classed(root, "c-l")) == 3
    assert [words(entry) for entry in classed(root, "w-legend")[0]] == ["Orders eu", "Orders us", "Errors us"]
    assert classed(root, "c-two") and words(classed(root, "w-note")[0]) == "sample data"
    ticks = [words(text) for text in root.iter("text")]
    assert {"09:00", "12:00", "0"} <= set(ticks)


def test_a_chart_is_a_picture_with_words() -> None:
    (chart,) = classed(
        drawn(graph(metrics=LINES, annotations={"horizontal": [{"value": 20, "label": "too many"}]})), "c-chart"
    )
    assert chart.get("role") == "img"
    assert chart.get("aria-label") == (
        "Lines from 2026-01-14 09:00 to 2026-01-14 12:00 UTC: Orders eu, Orders us, Errors us; thresholds: too many"
    )


def test_areas_are_stacked() -> None:
    plain, stacked = (drawn(graph(metrics=LINES[:2], stacked=stacked)) for stacked in (False, True))
    assert len(classed(plain, "c-l")) == 2 and not classed(plain, "c-f")
    assert len(classed(stacked, "c-f")) == 2 and not classed(stacked, "c-l")


def test_hidden_rows_are_used_and_not_drawn() -> None:
    rows = [
        ["Shop", "Errors", {"id": "m1", "stat": "Sum", "visible": False}],
        ["Shop", "Calls", {"id": "m2", "stat": "Sum", "visible": False}],
        [{"expression": "100 * m1 / m2", "label": "rate, latest ${LAST} of ${MAX}", "id": "e1"}],
    ]
    (entry,) = classed(drawn(graph(metrics=rows)), "w-legend")[0]
    label = words(entry)
    assert label.startswith("rate, latest ") and "$" not in label


def test_an_expression_that_cannot_be_read_is_named() -> None:
    root = drawn(graph(metrics=[[{"expression": "SUM(", "label": "sum"}], METRIC]))
    assert words(classed(root, "w-remark")[0]).startswith("sum: ") and len(classed(root, "c-l")) == 1


def test_a_search_is_said_in_words() -> None:
    accounts = ':aws.AccountId=("222222222222" OR "333333333333")'
    search = f"SUM(SEARCH('{{AWS/EC2,InstanceId}} MetricName=\"CPUUtilization\" {accounts}', 'Average', 300))"
    root = drawn(graph(metrics=[[{"expression": search, "label": "CPU"}]]))
    assert (
        words(classed(root, "w-remark")[0]) == "search for CPUUtilization in AWS/EC2 by InstanceId, of alpha and beta"
    )
    assert len(classed(root, "c-l")) == 1


def test_a_search_sorted_and_filled_keeps_its_labels() -> None:
    search = "SORT(FILL(SEARCH('{Shop} MetricName=\"Errors\"', 'Sum', 300), 0), MAX, DESC, 2)"
    row = [{"expression": search, "label": "${PROP('AccountLabel')}: ${PROP('MetricName')}"}]
    (entries,) = classed(drawn(graph(metrics=[row])), "w-legend")
    assert {words(entry) for entry in entries} <= {f"{name}: Errors" for name in ("alpha", "beta", "gamma")}
    assert len(entries) == 2


def test_thresholds_have_their_side_shaded_and_bands_are_between() -> None:
    levels = [
        {"value": 20, "label": "Alarm", "fill": "above", "color": "#d62728"},
        [{"value": 5, "label": "Usual"}, {"value": 10}],
        {"value": 1, "visible": False},
    ]
    root = drawn(graph(annotations={"horizontal": levels}))
    limit, line = classed(root, "c-limit")
    assert limit.tag == "rect" and limit.get("y") == "0%" and limit.get("color") == "#d62728" and line.tag == "line"
    assert [element.tag for element in classed(root, "c-zone")] == ["rect", "line", "line"]
    assert {"Alarm", "Usual"} <= {words(text) for text in root.iter("text")}


def test_times_are_marked_within_the_window_only() -> None:
    marks = [
        {"value": "2026-01-14T10:30:00Z", "label": "Release 12"},
        [{"value": "2026-01-14T11:00:00Z", "label": "Migration"}, {"value": "2026-01-14T11:30:00Z"}],
        {"value": "2025-01-01T00:00:00Z", "label": "long ago"},
    ]
    root = drawn(graph(annotations={"vertical": marks}))
    assert [element.get("x1") or element.get("x") for element in classed(root, "c-time")] == [
        "50%",
        "66.7%",
        "66.7%",
        "83.3%",
    ]
    texts = {words(text) for text in root.iter("text")}
    assert {"Release 12", "Migration"} <= texts and "long ago" not in texts


def test_axes_have_their_limits_and_labels() -> None:
    axes = {"left": {"min": 0, "max": 50, "label": "failed"}, "right": {"label": "calls", "showUnits": False}}
    root = drawn(graph(metrics=LINES, yAxis=axes))
    assert [words(text) for text in classed(root, "c-u")] == ["failed", "calls"]
    assert {"0", "50"} <= {words(text) for text in root.iter("text")}


def test_a_color_of_the_body_is_kept_and_another_text_is_not() -> None:
    good, bad = (
        drawn(graph(metrics=[["Shop", "Errors", {"color": color}]])) for color in ("#2ca02c", 'red" onload="x')
    )
    assert classed(good, "c-l")[0].get("color") == "#2ca02c" and classed(good, "w-swatch")[0].get("color") == "#2ca02c"
    assert classed(bad, "c-l")[0].get("color") is None


@pytest.mark.parametrize(("position", "name"), [("right", "w-beside"), ("hidden", "w-plot"), ("bottom", "w-plot")])
def test_the_legend_is_where_the_body_says(position: str, name: str) -> None:
    root = drawn(graph(legend={"position": position}))
    assert classed(root, name) and bool(classed(root, "w-legend")) == (position != "hidden")


def test_an_anomaly_band_is_an_area() -> None:
    rows = [["Shop", "Orders", {"id": "m1"}], [{"expression": "ANOMALY_DETECTION_BAND(m1, 2)", "label": "expected"}]]
    root = drawn(graph(metrics=rows))
    assert len(classed(root, "c-band")) == 1 and len(classed(root, "c-l")) == 1


def test_a_single_value_is_the_latest_with_a_sparkline() -> None:
    root = drawn(graph(view="singleValue", sparkline=True))
    (tile,) = classed(root, "w-number")
    assert words(tile).endswith("Errors") and words(tile[0]).isdigit() and classed(tile, "c-spark")
    assert not classed(drawn(graph(view="singleValue")), "c-spark")


def test_bars_pies_and_gauges_say_their_values() -> None:
    bars = classed(drawn(graph(metrics=LINES, view="bar")), "c-bars")[0]
    assert len(classed(bars, "c-b")) == 3 and bars.get("aria-label", "").startswith("Bars: Orders eu: ")
    pie = classed(drawn(graph(metrics=LINES[:2], view="pie")), "c-pie")[0]
    assert len(classed(pie, "c-b")) == 2 and "us" in pie.get("aria-label", "")
    axis = {"left": {"min": 0, "max": 200}}
    levels = {"horizontal": [{"value": 150, "fill": "above", "color": "#d62728"}]}
    gauge = classed(drawn(graph(view="gauge", yAxis=axis, annotations=levels)), "c-gauge")[0]
    assert gauge.get("aria-label", "").endswith("of 0 to 200") and classed(gauge, "c-edge")[0].get("color") == "#d62728"


def test_a_table_has_summaries_and_times_in_either_layout() -> None:
    flat = classed(drawn(graph(metrics=LINES[:2], view="table", period=60)), "w-table")[0]
    assert [words(cell) for cell in flat.iter("th")] == [
        "",
        "Min",
        "Max",
        "Sum",
        "Avg",
        "11:56",
        "11:57",
        "11:58",
        "11:59",
    ]
    style = {"layout": "vertical", "summaryColumns": ["MAX", "SUM"], "showTimeSeriesData": False}
    tall = classed(drawn(graph(metrics=LINES[:2], view="table", table=style)), "w-table")[0]
    assert [words(cell) for cell in tall.iter("th")] == ["", "eu", "us"]
    assert [words(row[0]) for row in tall.iter("tr")][1:] == ["Max", "Sum"]


def test_contributors_of_a_rule_are_numbered() -> None:
    rule = {"ruleName": "callers", "maxContributorCount": 3, "orderBy": "Sum"}
    root = drawn({"type": "metric", "properties": {"insightRule": rule, "title": "Callers"}})
    assert len(classed(root, "c-l")) == 3 and "the top 3 contributors of the rule callers" in words(root)


def test_alarms_are_tiles_with_their_states() -> None:
    arns = [_ALARM.format(account) for account in ("111111111111", "222222222222")] + ["no ARN"]
    root = drawn({"type": "alarm", "properties": {"title": "Alarms", "alarms": arns}})
    tiles = [words(tile) for tile in classed(root, "w-tile")]
    assert any(tile.startswith("errors-alarm-prod") and tile.endswith("· alpha") for tile in tiles)
    assert "no ARN Unknown" in {
        " ".join(tile.split()) for tile in [words(t[0]) + " " + words(t[1]) for t in classed(root, "w-tile")]
    }


def test_only_the_states_of_the_widget_are_shown() -> None:
    arns = [f"{_ALARM.format('111111111111')}-{number}" for number in range(40)]
    root = drawn({"type": "alarm", "properties": {"alarms": arns, "states": ["ALARM"]}})
    assert {tile[1].text for tile in classed(root, "w-tile")} == {"In alarm"}
    assert "in other states" in words(root)


def test_alarms_are_by_name_or_by_state() -> None:
    arns = [f"{_ALARM.format('111111111111')}-{number}" for number in (7, *range(30))]
    by_name, by_state = (
        [tile[1].text for tile in classed(drawn({"type": "alarm", "properties": {"alarms": arns, **order}}), "w-tile")]
        for order in ({}, {"sortBy": "stateUpdatedTimestamp", "states": []})
    )
    assert sorted(by_name) == sorted(by_state) and by_name != by_state
    ranks = [("In alarm", "Insufficient data", "OK").index(str(words)) for words in by_state]
    assert ranks == sorted(ranks)


def test_a_widget_of_an_alarm_has_its_chart() -> None:
    annotations = {"alarms": [_ALARM.format("222222222222")]}
    root = drawn({"type": "metric", "properties": {"annotations": annotations}})
    assert classed(root, "c-alarm") and words(classed(root, "w-title")[0]) == "errors-alarm-prod"
    other = drawn({"type": "metric", "properties": {"annotations": {"alarms": ["arn:aws:cloudwatch:x:1:alarm:other"]}}})
    assert "the graph of the alarm other" in words(other)


def test_a_log_widget_has_the_columns_of_its_query_and_no_made_up_lines() -> None:
    query = (
        "SOURCE 'arn:aws:logs:us-east-1:222222222222:log-group:/aws/app' | SOURCE '/own'"
        ' | fields time, replace(account, "a, b", "c | d") as place'
        " | filter @message like /a|b, c/ | stats latest(state) as now, count(*) by place, alarm | sort now"
    )
    root = drawn({"type": "log", "properties": {"title": "In ALARM", "query": query, "view": "table"}})
    assert [words(cell) for cell in root.iter("th")] == ["place", "alarm", "now", "count(*)"]
    assert {words(cell) for cell in root.iter("td")} == {""}
    assert "from /aws/app of alpha, /own" in words(root) and "| filter @message like /a|b, c/" in words(root)


def test_explorers_and_custom_widgets_are_named() -> None:
    explorer = {
        "metrics": [{"metricName": "CPUUtilization", "resourceType": "AWS::EC2::Instance", "stat": "Average"}],
        "labels": [{"key": "team", "value": "shop"}],
    }
    assert "CPUUtilization of AWS::EC2::Instance, Average" in words(drawn({"type": "explorer", "properties": explorer}))
    custom = {"endpoint": "arn:aws:lambda:us-east-1:111111111111:function:draw", "title": "Own"}
    assert "function:draw, which is not called here" in words(drawn({"type": "custom", "properties": custom}))
    assert "“chart”" in words(drawn({"type": "chart", "properties": {}}))


def test_variables_are_named_and_applied() -> None:
    values = [{"label": "alpha", "value": "222222222222"}, {"label": "beta", "value": "333333333333"}]
    account = {"type": "pattern", "pattern": "ACCOUNT", "id": "a", "label": "Account", "values": values}
    body = {
        "variables": [
            {**account, "defaultValue": "222222222222"},
            {"type": "property", "property": "FunctionName", "id": "f", "defaultValue": "pay"},
            {"type": "property", "property": "region", "id": "r", "visible": False, "defaultValue": "eu-west-1"},
        ]
    }  # fmt: skip
    rows = [
        [
            "AWS/Lambda",
            "Errors",
            "FunctionName",
            "other",
            {"accountId": "ACCOUNT", "label": "${PROP('Dim.FunctionName')} ${PROP('AccountLabel')} ${PROP('Region')}"},
        ]
    ]
    root = drawn(graph(metrics=rows, region="us-east-1"), body=body)
    assert [words(one) for one in classed(root, "w-variable")] == ["Account alpha 1 of 2", "f pay"]
    assert words(classed(root, "w-legend")[0]) == "pay alpha eu-west-1"


def test_the_window_is_that_of_the_dashboard_or_the_widget() -> None:
    labels = [
        classed(drawn(graph(**own), body={"start": "-PT12H"}), "c-chart")[0].get("aria-label", "")[:60]
        for own in ({}, {"start": "-P30D", "end": "P0D"})
    ]
    assert "from 2026-01-14 00:00 to 2026-01-14 12:00" in labels[0]
    assert "from 2025-12-15 12:00 to" in labels[1]


@cache
def _goldens() -> list[tuple[str, dict[str, object]]]:
    """The bodies in expected templates of tests."""
    found = []
    for path in sorted((ROOT / "tests" / "golden").glob("*/*/hub.yaml")):
        text = path.read_text(encoding="utf-8")
        if "AWS::CloudWatch::Dashboard" not in text:
            continue
        resources = yaml.load(text, Loader=yaml.CSafeLoader)["Resources"]
        for name, resource in resources.items():
            body = resource.get("Properties", {}).get("DashboardBody")
            if isinstance(body, str):
                found.append((f"{path.parent.name}/{name}", json.loads(body)))
    return found


def test_every_dashboard_of_the_goldens_and_the_example_is_drawn_whole() -> None:
    from generator.preview.dashboards.dashboard import dashboard_html
    from tests.preview.drawn import context

    estate, example = bodies((ROOT / "examples" / "dashboards.yaml").read_text(encoding="utf-8"), "prod")
    drawings = [(body, context()) for _, body in _goldens()] + [
        (body, context(estate=estate)) for body in example.values()
    ]
    kinds: Counter[str] = Counter()
    for body, ctx in drawings:
        root = tree(dashboard_html(body, ctx))
        assert len(classed(root, "w-widget")) == len(body["widgets"])
        assert not classed(root, "w-other") and not classed(root, "w-empty"), words(root)[:300]
        kinds += Counter(f"{w['type']} {w['properties'].get('view', '')}".strip() for w in body["widgets"])
    # What the language can write (docs/language/dashboards.md).
    assert {"text", "alarm", "log table", "log bar"} <= set(kinds)
    # Bars of metrics are in the dashboard of tag compliance only, which has no golden.
    assert {f"metric {view}" for view in set(graph_views()) - {"bar"}} <= set(kinds)
    assert {kind.split()[0] for kind in kinds} == set(widget_kinds())


def test_a_phone_shows_every_second_time_of_many() -> None:
    """Nine labels of five characters do not fit beside each other on 390 pixels."""
    day = drawn({**graph(), "width": 24}, body={"start": "-PT24H"})
    labels = [element.attrib["class"] for element in day.iter() if element.attrib.get("class", "").startswith("c-m")]
    assert labels[:4] == ["c-m", "c-m c-more"] * 2 and len(labels) > 5
    assert not classed(drawn({**graph(), "width": 6}), "c-more")


def test_samples_end_at_a_constant() -> None:
    assert SAMPLE_END_MS == 1_768_392_000_000


# A line at the edge would say that 100 is the threshold.
@pytest.mark.parametrize(("value", "words"), [(200, "most ↑"), (-5, "most ↓"), (50, "most")])
def test_a_level_beyond_the_axis_has_no_line(value: float, words: str) -> None:
    widget = graph(
        yAxis={"left": {"min": 0, "max": 100}}, annotations={"horizontal": [{"value": value, "label": "most"}]}
    )
    root = drawn(widget)
    assert words in {"".join(text.itertext()) for text in root.iter("text")}
    assert len([line for line in classed(root, "c-limit") if line.tag == "line"]) == (value == 50)


def test_areas_on_each_other_begin_at_0() -> None:
    totals = [np.full(10, 90.0), np.full(10, 95.0)]
    line = ChartLine("", Grid(0, 60, 10), totals[0])
    axis = value_axis(TimeChart("", ChartWindow(0, 600), (line,), is_stacked=True), "left", totals)
    assert axis is not None and axis.low == 0
