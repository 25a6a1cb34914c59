"""Bodies that nobody wrote in good faith: what is in them stays text, and no body is too much."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.preview.dashboards.bodies import dashboard_bodies
from generator.preview.dashboards.dashboard import dashboard_html
from generator.preview.dashboards.markdown import link_target, markdown_html
from tests.preview.drawn import METRIC, classed, context, drawn, estate, graph, tree, words

MARKUP = "</title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\x00\x1b\u202e\ud800\"'&"
HUGE: tuple[Any, ...] = (10**400, -(10**400), 1e308, float("nan"), float("inf"), True, None, "5", [], {})


@pytest.mark.parametrize("view", ["timeSeries", "singleValue", "bar", "pie", "gauge", "table", MARKUP])
def test_markup_in_a_graph_is_text(view: str) -> None:
    rows = [
        [
            MARKUP,
            MARKUP,
            MARKUP,
            MARKUP,
            {"label": MARKUP, "stat": MARKUP, "color": MARKUP, "accountId": MARKUP, "region": MARKUP},
        ],
        [{"expression": MARKUP, "label": MARKUP, "id": MARKUP}],
        [{"expression": f"SEARCH('{{A,B}} {MARKUP}', 'Sum', 300)"}],
        [MARKUP, MARKUP, {"label": "${PROP('" + MARKUP.replace("'", "") + "')} ${LABEL}"}],
    ]
    levels = [{"value": 1, "label": MARKUP, "color": MARKUP, "fill": MARKUP}]
    times = [{"value": MARKUP, "label": MARKUP}, {"value": "2026-01-14T11:00:00Z", "label": MARKUP, "fill": MARKUP}]
    root = drawn(
        graph(
            title=MARKUP,
            metrics=rows,
            view=view,
            annotations={"horizontal": levels, "vertical": times},
            yAxis={"left": {"label": MARKUP}, "right": {"label": MARKUP}},
            table={"summaryColumns": [MARKUP, "MAX"]},
            insightRule=MARKUP,
        )
    )
    assert "<script>" in words(root)


@pytest.mark.parametrize("kind", ["text", "alarm", "log", "explorer", "custom", MARKUP])
def test_markup_in_a_widget_is_text(kind: str) -> None:
    properties = {
        "title": MARKUP,
        "markdown": f"# {MARKUP}\n\n[{MARKUP}](https://x.example/{MARKUP.replace(' ', '')})",
        "alarms": [MARKUP, f"arn:aws:cloudwatch:us-east-1:{MARKUP}:alarm:{MARKUP}"],
        "query": f"SOURCE '{MARKUP}' | fields {MARKUP}",
        "view": MARKUP,
        "metrics": [{"metricName": MARKUP, "resourceType": MARKUP, "stat": MARKUP}],
        "labels": [{"key": MARKUP, "value": MARKUP}],
        "endpoint": MARKUP,
    }
    assert "<script>" in words(drawn({"type": kind, "properties": properties}))


def test_markup_in_variables_is_text() -> None:
    variable = {
        "type": "pattern",
        "pattern": "a",
        "label": MARKUP,
        "defaultValue": MARKUP,
        "values": [{"label": MARKUP, "value": MARKUP}, {}],
    }
    assert "<script>" in words(classed(drawn(graph(), body={"variables": [variable]}), "w-variable")[0])


@pytest.mark.parametrize("value", HUGE, ids=str)
@pytest.mark.parametrize("view", ["timeSeries", "gauge", "bar"])
def test_numbers_without_sense_draw_something(value: Any, view: str) -> None:
    widget = graph(
        view=view,
        period=value,
        yAxis={"left": {"min": value, "max": value}, "right": value},
        annotations={
            "horizontal": [{"value": value}, [{"value": value}, {"value": 3}], value],
            "vertical": [{"value": value}, value],
        },
        insightRule={"maxContributorCount": value} if view == "bar" else None,
        legend=value,
        table=value,
        start=value,
        end=value,
    )
    root = drawn({**widget, "x": value, "y": value, "width": value, "height": value})
    assert "nan" not in json.dumps([element.attrib for element in root.iter()]).lower()


@pytest.mark.parametrize("value", ["123456789012345678", "10000000000000000", "0 - 10000000000000000", "0"])
def test_a_line_that_is_always_the_same_has_a_sparkline(value: str) -> None:
    """10 PB in a bucket are 1e16: added to that, 1 is lost."""
    assert classed(drawn(graph(view="singleValue", sparkline=True, metrics=[[{"expression": value}]])), "c-l")


def test_patterns_that_grow_with_each_variable_stay_a_page() -> None:
    """25 variables that each put 255 letters in the place of one would be a text of 10 to the power of 60."""
    variable = {"type": "pattern", "pattern": "x", "defaultValue": "x" * 255}
    root = drawn({"type": "text", "properties": {"markdown": "x"}}, body={"variables": [variable] * 25})
    assert 255 < len(words(root)) < 200_000


@pytest.mark.parametrize("columns", [[["MIN"]], [{}, None, "MAX"], "MIN", {"MIN": 1}])
def test_columns_that_are_none_are_left_out(columns: Any) -> None:
    assert "<script>" not in words(drawn(graph(view="table", table={"summaryColumns": columns})))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"widgets": None},
        {"widgets": [None, 3, {}, {"type": None}, {"type": "metric", "properties": []}]},
        {"variables": 7, "widgets": [{}]},
    ],
)
def test_a_body_that_is_none_is_an_empty_dashboard(body: dict[str, Any]) -> None:
    assert tree(dashboard_html(body, context())).tag == "div"


@pytest.mark.parametrize("body", ["{", "[]", "[" * 100_000, '"text"', {"Fn::Sub": "${Nothing}"}, {"Ref": "X"}, 5, None])
def test_a_body_that_is_no_json_has_no_widgets(body: Any) -> None:
    resource = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": "a", "DashboardBody": body}}
    assert dashboard_bodies({"Resources": {"A": resource}}, estate()) == {"a": {"widgets": []}}


def test_functions_of_a_template_are_worked_out() -> None:
    body = {
        "Fn::Sub": '{"widgets": [{"type": "text", "properties": {"markdown": "${AWS::AccountId} in ${AWS::Region}"}}]}'
    }
    resource = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": {"Fn::Sub": "d-${AWS::Region}"}, "DashboardBody": body},
    }
    (only,) = dashboard_bodies({"Resources": {"A": resource}}, estate()).items()
    assert only[0] == "d-us-east-1" and "111111111111 in us-east-1" in words(tree(dashboard_html(only[1], context())))


def test_a_chain_and_a_circle_of_expressions() -> None:
    chain = [["Shop", "Errors", {"id": "e0", "visible": False}]]
    chain += [
        [{"expression": f"e{number - 1} + 1", "id": f"e{number}", "visible": number == 480}] for number in range(1, 481)
    ]  # type: ignore[list-item]
    assert len(classed(drawn(graph(metrics=chain)), "c-l")) == 1
    circle = [[{"expression": "b + 1", "id": "a"}], [{"expression": "a + 1", "id": "b"}]]
    assert "No data to draw" in words(drawn(graph(metrics=circle)))


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("https://console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/shop-prod", "#shop"),
        ("https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards:name=shop-prod", "#shop"),
        ("#dashboards:name=shop-prod", "#shop"),
        ("#dashboards:name=other", None),
        ("javascript:alert(1)", None),
        ("JAVASCRIPT:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//a.example", None),
        ("http://[", None),
    ],
)
def test_links_lead_to_the_web_or_to_a_dashboard_of_the_page(address: str, target: str | None) -> None:
    assert link_target(address, {"shop-prod": "#shop"}) == target


def test_markdown_is_that_of_cloudwatch() -> None:
    source = (
        "# A\n## B\n\n* one\n* **two** `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "[button:primary:Go](https://a.example) [button:Back](https://b.example) ![picture](https://c.example/x.png)\n\n"
        "<b onclick=x>no</b>\n\n```html\n<i>\n```\n\n[x](javascript:alert(1)) [nested **bold**](https://d.example)"
    )
    root = tree(f"<div>{markdown_html(source, {})}</div>")
    assert [(heading.tag, heading.get("class")) for heading in root if heading.tag in ("h5", "h6")] == [
        ("h5", "w-h1"),
        ("h6", "w-h2"),
    ]
    assert [(words(link), link.get("class"), link.get("rel")) for link in root.iter("a")] == [
        ("Go", "w-button w-primary", "noreferrer"),
        ("Back", "w-button", "noreferrer"),
        ("nested bold", None, "noreferrer"),
    ]
    assert words(next(root.iter("em"))) == "picture" and not list(root.iter("img"))
    assert "<b onclick=x>no</b>" in words(root) and [words(cell) for cell in root.iter("td")] == ["1", "2"]


@pytest.mark.parametrize(
    "source", ["[" * 30_000, "*" * 30_000, "> " * 10_000, "|a" * 10_000, "`" * 30_000, "![" * 10_000, "- " * 10_000]
)
def test_markdown_that_nests_without_end_is_read(source: str) -> None:
    tree(f"<div>{markdown_html(source, {})}</div>")


def test_a_row_of_shorthands_without_anything_above_is_left_out() -> None:
    rows = [["..."], [".", "."], ["...", "..."], [], None, 5, [METRIC], METRIC]
    assert len(classed(drawn(graph(metrics=rows)), "c-l")) >= 1
