"""Places of widgets, lines of one account, choices of the reader, raw widgets: what is built, and what is refused.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.findings import dotted
from generator.resolve.dashboards.split import WIDGETS
from tests.support import built, laid_over, spec

LINE = "{namespace: Shop, name: Calls}"


def shop(*widgets: str, change: str = "", **more: Any) -> str:
    board = {**more, "widgets": [yaml.safe_load(widget) for widget in widgets]}
    return spec(yaml.safe_dump(laid_over(yaml.safe_load(change) or {}, {"dashboards": {"shop": board}})))


def bodies(text: str) -> list[dict[str, Any]]:
    build = built(text)
    assert not build.findings, build.findings
    resources = build.templates["prod"]["hub.template.yaml"]["Resources"].values()
    kind = "AWS::CloudWatch::Dashboard"
    return [json.loads(row["Properties"]["DashboardBody"]) for row in resources if row["Type"] == kind]


def findings(text: str) -> list[str]:
    return [f"{row.code} {dotted(row.path).partition('.shop.')[2]} {row.severity}" for row in built(text).findings]


def test_widgets_without_a_place_are_below_those_with_one() -> None:
    text = "{type: text, markdown: a, width: 6, height: 2}"
    placed = "{type: text, markdown: a, width: 6, height: 9, x: 18, y: 1}"
    (body,) = bodies(shop(text, text, placed, text, text))
    places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
    assert places == [(0, 0), (6, 0), (18, 1), (0, 10), (6, 10)]


def test_parts_of_a_large_dashboard_have_no_places() -> None:
    """The line that leads to the other parts is at the top of each."""
    texts = [f"{{type: text, markdown: a, x: 0, y: {row}, width: 24, height: 1}}" for row in range(WIDGETS + 1)]
    for body in bodies(shop(*texts)):
        places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
        assert len(set(places)) == len(places)


def test_only_the_environment_of_an_account_shows_it() -> None:
    change = """
environments: {prod: {accounts: [alpha, beta]}, dev: {hub: {account: "999999999999"}, accounts: [gamma]}}
"""
    one_line = f"{{type: metric, title: t, lines: {{a: {LINE[:-1]}, account: gamma}}, b: {LINE}}}}}"
    whole = f"{{type: metric, title: t, account: gamma, lines: {{a: {LINE}}}}}"
    build = built(shop(one_line, whole, change=change))
    assert [row.message for row in build.findings] == []
    for environment, count in (("prod", 1), ("dev", 2)):
        (board,) = build.estates[environment].dashboards
        assert len(board.widgets) == count


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        ("{type: text, markdown: a, x: 3}", "R06 widgets[0].x error"),
        ("{type: text, markdown: a, x: 20, y: 0, width: 6}", "R05 widgets[0].x error"),
        ("{type: alarms, alarms: [errors], by: account, x: 0, y: 0}", "R07 widgets[0].x error"),
        ("{type: alarms, alarms: [errors], accounts: [alfa]}", "R02 widgets[0].accounts[0] error"),
        (f"{{type: metric, title: t, account: alfa, lines: {{a: {LINE}}}}}", "R02 widgets[0].account error"),
        (f"{{type: metric, title: t, account: alpha, by: account, lines: {{a: {LINE}}}}}", "R07 widgets[0].by error"),
        ("{type: metric, title: t, lines: {a: {filter: errors, account: alfa}}}",
         "R02 widgets[0].lines.a.account error"),
        (f"{{type: metric, title: t, account: beta, lines: {{a: {LINE[:-1]}, account: alpha}}}}}}",
         "R07 widgets[0].lines.a.account error"),
        ("{type: raw, widget: metric, properties: {region: us-east-1}}", "T81 widgets[0].properties error"),
        ("{type: raw, widget: alarm, properties: {alarms: []}}", "T81 widgets[0].properties error"),
        ("{type: raw, widget: custom, properties: {endpoint: 'https://x.example'}}",
         "T81 widgets[0].properties.endpoint error"),
        ("{type: raw, widget: custom, properties: {endpoint: 'arn:aws:lambda:us-east-1:999999999999:function:f'}}",
         "T81 widgets[0].properties.endpoint error"),
        ("{type: raw, widget: text, properties: {markdown: a, params: {api_key: abc}}}",
         "T81 widgets[0].properties.params.api_key error"),
        ("{type: raw, widget: text, properties: {markdown: AKIAIOSFODNN7EXAMPLE}}",
         "T81 widgets[0].properties.markdown error"),
        ("{type: raw, widget: log, properties: {region: us-east-1, query: q, accountId: '999999999999'}}",
         "T81 widgets[0].properties warning"),
        ("{type: raw, widget: metric, properties: {region: us-east-1, metrics: {A: b}}}",
         "T81 widgets[0].properties.metrics error"),
        ("{type: raw, widget: metric, properties: {region: us-east-1, metrics: [[A, b, {accountId: 022222222222}]]}}",
         "T81 widgets[0].properties.metrics[0][2].accountId error"),
        ("{type: raw, widget: metric, properties: {region: us-1, metrics: [[A, b]], annotations: {alarms: [cpu]}}}",
         "T81 widgets[0].properties.annotations.alarms[0] warning"),
        ("{type: raw, widget: log, properties: {region: useast1, query: q}}",
         "T81 widgets[0].properties.region warning"),
        ("{type: raw, widget: alarm, properties: {alarms: all}}", "T81 widgets[0].properties.alarms error"),
        ("{type: raw, widget: text, properties: {markdown: 5}}", "T81 widgets[0].properties.markdown error"),
        (f"{{type: raw, widget: metric, properties: {{region: us-east-1, metrics: [{'[A, b],' * 501}]}}}}",
         "Q04 widgets[0] error"),
    ],
)  # fmt: skip
def test_what_is_refused(widget: str, expected: str) -> None:
    assert expected in findings(shop(widget))


@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ({"id": "a", "property": "b", "pattern": "c", "values": {"x": "x"}}, "R06"),
        ({"id": "a", "property": "b"}, "R06"),
        ({"id": "a", "property": "b", "search": "{A,b}"}, "R06"),
        ({"id": "a", "property": "b", "input": "input", "values": {"x": "x"}}, "R07"),
        ({"id": "a", "property": "b", "values": {"x": "x"}, "default": "y"}, "R05"),
        ({"id": "a", "property": "b", "values": {"x": "x"}, "more": {"id": "b"}}, "R07"),
        ({"id": "a", "property": "b", "values": {"x": "x"}, "more": {"type": "pattern"}}, "R07"),
        ({"id": "a", "property": "b", "values": {"x": "x"}, "more": {"values": [{"value": "y"}]}}, "R07"),
        ({"id": "a", "property": "b", "more": {"values": 5}}, "R07"),
        ({"id": "a", "property": "b", "more": {"values": [{"value": "x"}] * 501}}, "R07"),
    ],
)
def test_choices_that_cannot_be_made(variable: dict[str, Any], code: str) -> None:
    assert code in findings(shop("{type: text, markdown: a}", variables=[variable]))[0]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"end": "2026-05-04T10:00:00Z"}, "R06"),
        ({"start": "2026-05-04T10:00:00Z"}, "R06"),
        ({"start": "2026-05-04T10:00:00Z", "end": "2026-05-04T09:00:00Z"}, "R05"),
        ({"start": "yesterday"}, "S03"),
    ],
)
def test_time_ranges_that_are_none(more: dict[str, str], code: str) -> None:
    assert [row.split()[0] for row in findings(shop("{type: text, markdown: a}", **more))] == [code]


def test_the_account_that_the_reader_chooses_is_the_only_one() -> None:
    widget = f"{{type: metric, title: t, account: alpha, lines: {{a: {LINE}}}}}"
    assert "R07 widgets[0] error" in findings(shop(widget, variables=["account"]))


FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:f"


@pytest.mark.parametrize(
    "params",
    [
        {"dbPassword": "hunter2"},
        {"clientSecret": ["hunter2"]},
        {"ApiKey": 12345},
        {"Authorization": {"value": "x"}},
        {"auth": "Bearer 0123456789abcdef"},
        {"to": "https://hooks.slack.com/services/T0/B0/x"},
        {"to": "https://default0a.09.environment.api.powerplatform.com:443/powerautomate/automations/direct/x?sig=y"},
        {"to": "https://shop:hunter2@example.com"},
        {"a": ["-----BEGIN RSA PRIVATE KEY-----"]},
        {"a": "ghp_0123456789abcdefABCD"},
    ],
    ids=str,
)
def test_secrets_in_any_spelling_are_refused(params: dict[str, Any]) -> None:
    widget = {"type": "raw", "widget": "custom", "properties": {"endpoint": FUNCTION, "params": params}}
    found = built(spec(yaml.safe_dump({"dashboards": {"shop": {"widgets": [widget]}}}))).findings
    assert [(row.code, row.severity) for row in found] == [("T81", "error")]
    variable = {"id": "a", "property": "b", "values": {"x": "x"}, "more": params}
    rows = findings(shop("{type: text, markdown: a}", variables=["account", variable]))
    assert len(rows) == 1 and rows[0].startswith("T81 variables[1].more.")


@pytest.mark.parametrize(
    "params",
    [
        {"secret": "arn:aws:secretsmanager:us-east-1:111111111111:secret:shop-AbCdEf"},
        {"secret": "shop/jira"},
        {"nextToken": "abc", "tokens": 5, "secretArn": "x", "password": None, "token": True, "apiKey": ""},
        {"to": "https://example.com/a:b@c", "text": "Basic arithmetic is easy"},
    ],
    ids=str,
)
def test_names_of_secrets_are_none(params: dict[str, Any]) -> None:
    widget = {"type": "raw", "widget": "custom", "properties": {"endpoint": FUNCTION, "params": params}}
    assert not built(spec(yaml.safe_dump({"dashboards": {"shop": {"widgets": [widget]}}}))).findings
