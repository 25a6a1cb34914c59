"""Graphs with expressions, annotations and lines of several Regions; the alarm matrix; dashboards of some environments.

Keys of the body: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.support import built, spec
from tests.test_dashboards import ALPHA, BETA, GAMMA, resources, shop, told, widgets

LINES = "lines: {errors: {filter: errors}, calls: {namespace: Shop, name: Calls}}"
CALLS = "SUM(SEARCH('{\"Shop\"} MetricName=\"Calls\"', 'Sum', 60))"
SUMMED = "SUM(SEARCH('{\"Shop\"} MetricName=\"Errors\"', 'Sum', 60))"


def rows(widget: dict[str, Any]) -> list[Any]:
    return list(widget["properties"]["metrics"])


def drawn(widget: dict[str, Any]) -> dict[str, Any]:
    """Label to row, of what is drawn."""
    return {row[-1]["label"]: row for row in rows(widget) if row[-1].get("visible", True)}


# --- expressions -------------------------------------------------------------------------------------------


def test_an_expression_is_over_the_metrics_of_its_own_account() -> None:
    (graph,) = widgets(f"{{type: metric, title: x, by: account, {LINES}, expressions: {{rate: 100 * errors / calls}}}}")
    named = {
        row[-1]["id"]: (row[1], row[-1]["accountId"])
        for row in rows(graph)
        if "accountId" in row[-1] and "id" in row[-1]
    }
    for account, number in (("alpha", ALPHA), ("beta", BETA), ("gamma", GAMMA)):
        expression = drawn(graph)[f"{account} rate"][0]["expression"]
        ids = expression.removeprefix("100 * ").split(" / ")
        assert [named[one] for one in ids] == [("Errors", number), ("Calls", number)]


def test_an_expression_is_over_all_accounts_together() -> None:
    (graph,) = widgets(
        f"{{type: metric, title: x, {LINES}, expressions: {{rate: errors / calls}}, hidden: [errors, calls]}}"
    )
    assert {label: row[0]["expression"] for label, row in drawn(graph).items()} == {"rate": f"{SUMMED} / {CALLS}"}


def test_expressions_use_each_other_in_any_order() -> None:
    expressions = "expressions: {percent: 100 * part, part: errors / calls}, hidden: [part]"
    (graph,) = widgets(f"{{type: metric, title: x, {LINES}, {expressions}}}")
    assert drawn(graph)["percent"][0]["expression"] == f"100 * ({SUMMED} / {CALLS})"
    assert "part" not in drawn(graph)


def test_of_accounts_without_a_line_there_is_no_expression() -> None:
    change = "metric_filters: {errors: {accounts: [alpha, gamma]}}"
    expressions = "expressions: {rate: errors / calls}, hidden: [errors, calls]"
    (graph,) = widgets(f"{{type: metric, title: x, by: account, {LINES}, {expressions}}}", change=change)
    assert [*drawn(graph)] == ["alpha rate", "gamma rate"]


def test_the_chosen_account_is_that_of_expressions_too() -> None:
    search = "SUM(SEARCH('{Shop} MetricName=\"Errors\"', 'Sum', 60))"
    widget = json.dumps(
        {"type": "metric", "title": "x", **yaml.safe_load(f"{{{LINES}}}"), "expressions": {"a": f"errors / {search}"}}
    )
    (graph,) = widgets(widget, variables="[account]")
    assert f'MetricName="Errors" :aws.AccountId="{ALPHA}"\'' in drawn(graph)["a"][0]["expression"]
    assert {row[-1]["accountId"] for row in rows(graph) if "accountId" in row[-1]} == {ALPHA}


def test_with_more_accounts_than_can_be_drawn_an_expression_is_over_all() -> None:
    accounts = {f"a{n}": {"id": f"{n:012}"} for n in range(1, 110)}
    change = yaml.safe_dump({"accounts": accounts})
    (graph,) = widgets(
        f"{{type: metric, title: x, by: account, {LINES}, expressions: {{rate: errors / calls}}}}", change=change
    )
    assert drawn(graph)["rate"][0]["expression"] == f"{SUMMED} / {CALLS}"


RULE = 'contributor_insights: {callers: {log_group: application, keys: ["$.sourceIp"]}}'
_UNIQUE = "expressions: {n: \"INSIGHT_RULE_METRIC('callers', 'Sum')\"}"
UNIQUE = f"{{type: metric, title: x, by: account, lines: {{errors: {{filter: errors}}}}, {_UNIQUE}}}"


def test_a_rule_has_its_own_name_and_one_line() -> None:
    (graph,) = widgets(UNIQUE, change=RULE)
    assert drawn(graph)["n"][0]["expression"] == 'INSIGHT_RULE_METRIC("callers-insights-prod", "Sum")'


def test_a_rule_is_in_the_region_of_the_hub() -> None:
    change = f"{RULE}\nregions: [us-east-1, eu-west-1]\naccess: {{sinks: every-region}}"
    elsewhere = UNIQUE.replace("title: x", "title: x, region: eu-west-1")
    assert "R07 dashboards.shop.widgets[0].region" in told(shop(elsewhere, change=change))


def test_an_expression_reads_what_it_searches_for() -> None:
    expressions = {"a": "SUM(SEARCH('{Orders} MetricName=\"Calls\"', 'Sum', 60))"}
    graph = json.dumps({"type": "metric", "title": "x", "by": "account", "expressions": expressions})
    assert "T16 dashboards.shop.widgets[0]" in told(shop(graph, change="access: {sharing: [logs]}"))
    assert told(shop(graph)) == []


def test_an_expression_fits_with_its_searches() -> None:
    terms = " + ".join(["errors"] * 40)
    widget = f"{{type: metric, title: x, {LINES}, expressions: {{many: {terms} + calls}}}}"
    assert told(shop(widget)) == ["T78 dashboards.shop.widgets[0].expressions"]
    assert told(shop(widget.replace("title: x", "title: x, by: account"))) == []


def test_a_metric_of_a_hidden_line_exists_too() -> None:
    lines = "lines: {a: {namespace: AWS/Lambda, name: Erors, dimensions: {FunctionName: pay}}}"
    widget = f"{{type: metric, title: x, {lines}, expressions: {{b: 2 * a}}, hidden: [a]}}"
    assert told(shop(widget)) == ["T06 dashboards.shop.widgets[0].lines.a.name"]


# --- Regions -----------------------------------------------------------------------------------------------

REGIONS = "regions: [us-east-1, eu-west-1]\naccess: {sinks: every-region}\n"
BOTH = "lines: {a: {namespace: Shop, name: Calls}, b: {namespace: Shop, name: Calls, region: eu-west-1}}"


def test_a_line_of_another_region_has_the_accounts_there() -> None:
    change = REGIONS + "accounts: {beta: {regions: [eu-west-1]}, gamma: {regions: [us-east-1]}}"
    (graph,) = widgets(f"{{type: metric, title: x, by: account, {BOTH}, expressions: {{c: a + b}}}}", change=change)
    assert [*drawn(graph)] == ["alpha a", "gamma a", "alpha b", "beta b", "alpha c"]
    regions = {label: row[-1].get("region") for label, row in drawn(graph).items()}
    assert regions == dict.fromkeys(("alpha a", "gamma a", "alpha c")) | dict.fromkeys(
        ("alpha b", "beta b"), "eu-west-1"
    )


def test_an_environment_without_the_region_has_the_rest() -> None:
    prod = {"accounts": ["alpha", "beta"], "regions": ["us-east-1", "eu-west-1"]}
    dev = {"hub": {"account": "999999999999"}, "accounts": ["gamma"], "regions": ["us-east-1"]}
    graphs = [
        f"{{type: metric, title: x, by: account, {BOTH}, expressions: {{c: a + b, d: 2 * c, e: 2 * a}}}}",
        "{type: metric, title: y, lines: {b: {namespace: Shop, name: Calls, region: eu-west-1}}}",
    ]
    change = yaml.safe_dump({"environments": {"prod": prod, "dev": dev}, "access": {"sinks": "every-region"}})
    made = built(shop(*graphs, change=change))
    assert made.artifacts, made.findings
    resource = made.templates["dev"]["hub.template.yaml"]["Resources"]["DashboardShop"]
    (graph,) = json.loads(resource["Properties"]["DashboardBody"])["widgets"]
    assert [*drawn(graph)] == ["gamma a", "gamma e"]


# --- the alarm matrix --------------------------------------------------------------------------------------

SERVICES = {
    name: {"type": "lambda", "function": f"{name}-{{environment}}"} for name in ("ledger", "checkout", "orders")
}


def many(accounts: int) -> str:
    members = {f"a{n:03}": {"id": f"{n:012}"} for n in range(1, accounts + 1)}
    return yaml.safe_dump({"accounts": {"alpha": None, "beta": None, "gamma": None, **members}, "services": SERVICES})


def cells(body: dict[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """The widgets of each row of the grid, from the left."""
    found: dict[int, list[dict[str, Any]]] = {}
    for widget in body["widgets"]:
        found.setdefault(widget["y"], []).append(widget)
    return found


@pytest.mark.parametrize("columns", ["service", "severity", "alarm"])
def test_a_row_is_an_account_and_has_all_of_its_alarms(columns: str) -> None:
    (made,) = resources(shop(f"{{type: alarm_matrix, columns: {columns}}}", change=many(20))).values()
    arns: set[str] = set()
    for row in cells(made["body"]).values():
        owners = {arn.split(":")[4] for one in row if one["type"] == "alarm" for arn in one["properties"]["alarms"]}
        arns |= {arn for one in row if one["type"] == "alarm" for arn in one["properties"]["alarms"]}
        assert len(owners) <= 1
        assert sum(one["width"] for one in row) == 24
        assert len({one["height"] for one in row}) == 1
    alarms = {arn.rpartition(":")[2] for arn in arns}
    # The errors alarm, and five of each function.
    assert (len(alarms), len(arns)) == (16, 320)


def test_a_row_is_never_divided_between_two_dashboards() -> None:
    made = [*resources(shop("{type: alarm_matrix}", change=many(120))).values()]
    assert len(made) == 2
    for dashboard in made:
        assert len(dashboard["body"]["widgets"]) <= 500
        assert all(sum(one["width"] for one in row) == 24 for row in cells(dashboard["body"]).values())


def test_rows_are_low_where_only_some_states_are_shown() -> None:
    matrix = "{type: alarm_matrix, columns: severity, states: [ALARM]}"
    made = widgets(matrix, change=many(3))
    assert {one["height"] for one in made if one["type"] == "alarm"} == {2}
    assert {tuple(one["properties"]["states"]) for one in made if one["type"] == "alarm"} == {("ALARM",)}


def test_a_disabled_alarm_is_a_dash_and_all_of_them_are_refused() -> None:
    change = """
alarms:
  errors: {overrides: [{where: {account: beta}, enabled: false}]}
  more: {metric: {filter: errors}, statistic: Sum, threshold: "> 50"}
"""
    made = widgets("{type: alarm_matrix, columns: alarm}", change=change)
    assert [one["properties"].get("markdown") for one in made[-6:]] == ["**beta**", "–", None, "**gamma**", None, None]
    assert told(shop("{type: alarm_matrix}", change="alarms: {errors: {enabled: false}}")) == [
        "R06 dashboards.shop.widgets[0]"
    ]


def test_the_hub_has_a_row_and_rows_can_be_chosen() -> None:
    change = "alarms: {far: {in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: '> 9'}}"
    names = [one["properties"]["markdown"] for one in widgets("{type: alarm_matrix}", change=change) if one["x"] == 0]
    assert names[2:] == ["**alpha**", "**beta**", "**gamma**", "**hub**"]
    few = widgets("{type: alarm_matrix, accounts: [hub, beta]}", change=change)
    assert [one["properties"]["markdown"] for one in few if one["x"] == 0][2:] == ["**hub**", "**beta**"]


# --- environments ------------------------------------------------------------------------------------------

TWO = {"dev": {"hub": {"account": "999999999999"}, "accounts": ["gamma"]}, "prod": {"accounts": ["alpha", "beta"]}}


def test_an_environment_has_its_own_widgets_and_dashboards() -> None:
    texts = [{"type": "text", "markdown": name, "environments": [name]} for name in ("dev", "prod")]
    both = {"type": "text", "markdown": "both"}
    dashboards = {"shop": {"widgets": [*texts, both]}, "trial": {"environments": ["dev"], "widgets": [both]}}
    made = built(spec(yaml.safe_dump({"environments": TWO, "dashboards": dashboards})))
    assert made.artifacts, made.findings
    for environment, other in (("dev", "trial-dashboard-dev"), ("prod", None)):
        found = made.templates[environment]["hub.template.yaml"]["Resources"].values()
        bodies = {
            one["Properties"]["DashboardName"]: json.loads(one["Properties"]["DashboardBody"])
            for one in found
            if one["Type"] == "AWS::CloudWatch::Dashboard"
        }
        shown = [one["properties"]["markdown"] for one in bodies.pop(f"shop-dashboard-{environment}")["widgets"]]
        assert shown == [environment, "both"]
        assert [*bodies] == ([other] if other else [])
