"""Dashboards as CloudWatch takes them: the documented structure, its limits, what a reader chooses, bad news."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import boto3
import jsonschema
import pytest
import yaml
from moto import mock_aws

from generator.evaluate.math.parser import read
from generator.findings import dotted
from tests.support import OWN_METRICS, ROOT, built, laid_over, spec
from tests.test_docs import LANGUAGE, blocks

SCHEMA = json.loads((ROOT / "tests/schemas/cloudwatch-dashboard.json").read_text(encoding="utf-8"))
CASES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/golden/dashboards").glob("*/in.yaml"))]
EXAMPLES = [text for text in blocks(LANGUAGE / "dashboards.md", "yaml") if text.startswith("# over the base")]
SHIPPED = (ROOT / "observability.yaml").read_text(encoding="utf-8")
# The shipped file, and what is laid over the small spec.
ALL = [*CASES, *EXAMPLES, SHIPPED]
ALPHA, BETA, GAMMA = "222222222222", "333333333333", "444444444444"


def resources(text: str) -> dict[str, dict[str, Any]]:
    """Dashboards of the hub by logical id, bodies read."""
    made = built(text)
    assert made.artifacts, made.findings
    found = made.templates["prod"]["hub.template.yaml"]["Resources"]
    dashboards = {key: one["Properties"] for key, one in found.items() if one["Type"] == "AWS::CloudWatch::Dashboard"}
    return {key: {**one, "body": json.loads(one["DashboardBody"])} for key, one in dashboards.items()}


def whole(text: str) -> str:
    """One of ALL as a spec."""
    return text if text == SHIPPED else spec(text)


def widgets(*given: str, **more: Any) -> list[dict[str, Any]]:
    """The widgets that a dashboard of these becomes."""
    return list(resources(shop(*given, **more))["DashboardShop"]["body"]["widgets"])


def shop(*given: str, variables: str = "[]", change: str = "") -> str:
    dashboard = {"variables": yaml.safe_load(variables), "widgets": [yaml.safe_load(one) for one in given]}
    return spec(yaml.safe_dump(laid_over(yaml.safe_load(change) or {}, {"dashboards": {"shop": dashboard}})))


def told(text: str) -> list[str]:
    return [f"{finding.code} {dotted(finding.path)}" for finding in built(text).findings]


# --- as CloudWatch takes them ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ALL, ids=range(len(ALL)))
def test_a_body_has_the_documented_structure(text: str) -> None:
    for dashboard in resources(whole(text)).values():
        jsonschema.Draft202012Validator(SCHEMA).validate(dashboard["body"])


@pytest.mark.parametrize("text", ALL, ids=range(len(ALL)))
def test_widgets_lie_inside_the_grid_and_not_on_each_other(text: str) -> None:
    for dashboard in resources(whole(text)).values():
        taken: set[tuple[int, int]] = set()
        for widget in dashboard["body"]["widgets"]:
            columns = range(widget["x"], widget["x"] + widget["width"])
            cells = set(itertools.product(columns, range(widget["y"], widget["y"] + widget["height"])))
            assert max(columns) < 24
            assert not cells & taken
            taken |= cells


@pytest.mark.parametrize("text", ALL, ids=range(len(ALL)))
def test_an_expression_is_metric_math_with_searches_that_fit(text: str) -> None:
    for dashboard in resources(whole(text)).values():
        for expression in re.findall(r'"expression": "((?:[^"\\]|\\.)*)"', dashboard["DashboardBody"]):
            plain = json.loads(f'"{expression}"')
            if not plain.startswith("SELECT "):
                read(plain)
            searches = re.findall(r"SEARCH\('[^']*', '[^']*', \d+\)", plain)
            assert plain.count("SEARCH(") == len(searches)
            assert all(len(search) <= 1024 for search in searches)


@mock_aws
def test_dashboards_are_put_as_they_are() -> None:
    client = boto3.client("cloudwatch", region_name="us-east-1")
    for text in ALL:
        for dashboard in resources(whole(text)).values():
            client.put_dashboard(DashboardName=dashboard["DashboardName"], DashboardBody=dashboard["DashboardBody"])
            kept = client.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
            assert json.loads(kept) == dashboard["body"]


# --- how a graph looks -------------------------------------------------------------------------------------

CPU = "{namespace: AWS/ECS, name: CPUUtilization, dimensions: {ClusterName: c, ServiceName: s}}"
TASKS = "{namespace: AWS/ECS, name: RequestCount, dimensions: {ClusterName: c, ServiceName: s, DiscoveryName: d}}"


@pytest.mark.parametrize(
    ("options", "axis"),
    [
        (f"metric: {CPU}", {"left": {"min": 0, "max": 100}}),
        (f"metric: {CPU}, max: 400", {"left": {"min": 0, "max": 400}}),
        (f"metric: {CPU}, statistic: SampleCount", None),
        (f"lines: {{a: {CPU}, b: {TASKS}}}", None),
        (f"lines: {{a: {CPU}, b: {TASKS}}}, right: [b]", {"left": {"min": 0, "max": 100}}),
        (f"lines: {{a: {CPU}}}, right: [a]", None),
        ("metric: {filter: errors}, min: 0", {"left": {"min": 0}}),
        ("search: '{AWS/ECS,ClusterName} MetricName=\"MemoryUtilization\"'", {"left": {"min": 0, "max": 100}}),
        ("search: '{Shop,ClusterName} MetricName=\"Unheard\"'", None),
        ("rates: {shop: {errors: {filter: errors}, requests: {filter: errors}}}", {"left": {"min": 0, "max": 100}}),
    ],
)
def test_percentages_have_an_axis_from_0_to_100(options: str, axis: dict[str, Any] | None) -> None:
    (graph,) = widgets(f"{{type: metric, title: x, {options}}}")
    assert graph["properties"].get("yAxis") == axis


def test_a_percentage_is_a_mean_where_nobody_says() -> None:
    (graph,) = widgets(f"{{type: metric, title: x, by: account, metric: {CPU}}}")
    assert {row[-1]["stat"] for row in graph["properties"]["metrics"]} == {"Average"}


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ("", [{"label": "errors > 5", "value": 5}]),
        ("thresholds: false", None),
        ("right: [errors]", [{"label": "errors > 5", "value": 5, "yAxis": "right"}]),
        ("view: gauge, min: 0, max: 9", [{"label": "errors > 5", "value": 5}]),
        ("view: pie", None),
    ],
)
def test_a_graph_of_alarms_has_their_thresholds(options: str, lines: list[dict[str, Any]] | None) -> None:
    (graph,) = widgets(f"{{type: metric, title: x, metrics: [errors], {options}}}")
    assert graph["properties"].get("annotations", {}).get("horizontal") == lines


def test_the_right_axis_takes_what_is_named() -> None:
    (graph,) = widgets("{type: metric, title: x, metrics: [errors], statistics: [Sum, p99], right: [p99]}")
    assert [row[0].get("yAxis", "left") for row in graph["properties"]["metrics"]] == ["left", "right"]


def test_several_in_one_graph_are_told_apart() -> None:
    (graph,) = widgets(f"{{type: metric, title: x, by: account, metrics: [errors], metric: {CPU}}}")
    labels = [row[-1]["label"] for row in graph["properties"]["metrics"]]
    names = ("errors", "CPUUtilization")
    assert labels == [f"{account} {name}" for name in names for account in ("alpha", "beta", "gamma")]


def test_requests_are_of_the_service_whose_errors_are_counted() -> None:
    errors = "{namespace: AWS/Lambda, name: Errors, dimensions: {FunctionName: pay}}"
    (graph,) = widgets(
        f"{{type: metric, title: x, rates: {{pay: {{errors: {errors}, requests: {{name: Invocations}}}}}}}}"
    )
    ((row,),) = graph["properties"]["metrics"]
    schema = """'{"AWS/Lambda","FunctionName"} MetricName="%s" "FunctionName"="pay"', 'Sum', 60"""
    sums = [f"SUM(SEARCH({schema % name}))" for name in ("Errors", "Invocations")]
    assert row["expression"] == f"100 * {sums[0]} / {sums[1]}"
    assert row["label"] == "pay"


MATH = """
alarms:
  share:
    expression: 100 * bad / all
    metrics: {bad: {filter: errors, statistic: Sum}, all: {filter: errors, statistic: Sum}}
    threshold: "> 1"
"""


KINDS = """
alarms:
  busy: {in: hub, query: 'SELECT SUM(Errors) FROM "AWS/Lambda"', period: 5m, threshold: "> 1"}
  odd: {metric: {filter: errors}, statistic: Sum, anomaly: {band: 2}}
"""


def test_a_query_is_one_line_and_a_band_has_no_threshold() -> None:
    _, busy, odd = widgets("{type: row, title: x, metrics: [busy, odd]}", change=KINDS)
    ((line,),) = busy["properties"]["metrics"]
    assert (line["expression"], line["label"]) == ('SELECT SUM(Errors) FROM "AWS/Lambda"', "busy")
    assert busy["properties"]["annotations"]["horizontal"] == [{"label": "busy > 1", "value": 1}]
    assert "annotations" not in odd["properties"]


def test_an_expression_is_drawn_for_each_account() -> None:
    _, share = widgets("{type: row, title: x, metrics: [share]}", change=MATH)
    rows = share["properties"]["metrics"]
    assert [row[-1]["label"] for row in rows if row[-1].get("visible", True)] == ["alpha", "beta", "gamma"]
    assert [row[-1]["accountId"] for row in rows if "accountId" in row[-1]] == [ALPHA, ALPHA, BETA, BETA, GAMMA, GAMMA]
    assert share["properties"]["annotations"]["horizontal"] == [{"label": "share > 1", "value": 1}]


SERVICE = "services: {pay: {type: sqs, queue: orders}}"


def test_a_row_of_a_service_follows_the_chosen_account() -> None:
    heading, *graphs = widgets("{type: service, service: pay}", variables="[account]", change=SERVICE)
    assert heading["properties"]["markdown"] == "## pay"
    assert {row[-1]["accountId"] for one in graphs for row in one["properties"]["metrics"]} == {ALPHA}


# --- searches ----------------------------------------------------------------------------------------------

ERRORS = '{AWS/Lambda,FunctionName} MetricName="Errors" FunctionName="pay-{environment}"'
FILLED = ERRORS.replace("{environment}", "prod")


@pytest.mark.parametrize(
    ("by", "expressions"),
    [
        ("null", [f"SUM(SEARCH('{FILLED}', 'Sum', 60))"]),
        ("series", [f"SEARCH('{FILLED}', 'Sum', 60)"]),
        (
            "account",
            [f"SUM(SEARCH('{FILLED} :aws.AccountId=\"{account}\"', 'Sum', 60))" for account in (ALPHA, BETA, GAMMA)],
        ),
    ],
)
def test_a_search_is_split_as_asked(by: str, expressions: list[str]) -> None:
    (graph,) = widgets(f"{{type: metric, title: x, search: '{ERRORS}', by: {by}}}")
    assert [row["expression"] for (row,) in graph["properties"]["metrics"]] == expressions


@pytest.mark.parametrize(
    "search",
    [
        'MetricName="Errors"',
        '{AWS/Lambda,FunctionName MetricName="Errors"',
        "{AWS/Lambda,FunctionName} MetricName='Errors'",
        '{AWS/Lambda,FunctionName} MetricName="Errors',
        '{AWS/Lambda,} MetricName="Errors"',
        '{My App,Service} MetricName="Errors"',
        '{AWS/Lambda,FunctionName} MetricName=("Errors" OR "Throttles"',
        "{AWS/Lambda,FunctionName}",
        '{AWS/Lambda,FunctionName} MetricName="' + "x" * 1000 + '"',
        12,
    ],
)
def test_a_search_that_cloudwatch_cannot_read_is_refused(search: object) -> None:
    graph = json.dumps({"type": "metric", "title": "x", "search": search})
    assert told(shop(graph)) == ["S03 dashboards.shop.widgets[0].search"]


PAY = "namespace: AWS/Lambda, dimensions: {FunctionName: pay}"


@pytest.mark.parametrize(
    ("widget", "findings"),
    [
        (f"{{type: metric, title: x, metric: {{{PAY}, name: Erors}}}}", "T06 metric.name"),
        (f"{{type: row, title: x, lines: {{a: {{{PAY}, name: Erors}}}}}}", "T06 lines.a.name"),
        ("{type: metric, title: x, metric: {namespace: AWS/ECS, name: CPUUtilization}}", "T07 metric"),
        (
            f"{{type: metric, title: x, rates: {{a: {{errors: {{{PAY}, name: Errors}}, requests: {{name: X}}}}}}}}",
            "T06 rates.a.requests.name",
        ),
        ("""{type: metric, title: x, search: '{AWS/Lambda,FunctionName} MetricName="errors"'}""", "T06 search"),
        ("""{type: metric, title: x, search: '{AWS/Lambda,Function} MetricName="Errors"'}""", "T07 search"),
        ("""{type: metric, title: x, search: '{AWS/Lamda,FunctionName} MetricName="Errors"'}""", "T06 search"),
    ],
)
def test_a_graph_of_what_nobody_publishes_is_noticed(widget: str, findings: str) -> None:
    code, _, key = findings.partition(" ")
    assert told(shop(widget)) == [f"{code} dashboards.shop.widgets[0].{key}"]


def test_an_alarm_takes_no_search() -> None:
    change = json.dumps({"alarms": {"errors": {"metric": {"search": ERRORS}}}})
    assert told(spec(change)) == ["S01 alarms.errors.metric.search"]


# --- alarms and logs ---------------------------------------------------------------------------------------

FAR = "{in: hub, over: each-account, metric: {filter: errors}, statistic: Sum, threshold: '> 1', severity: critical}"


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("account", {"alpha": 2, "beta": 2, "gamma": 2}),
        ("severity", {"critical": 3, "medium": 3}),
        ("owner", {"no owner": 6}),
    ],
)
def test_alarms_are_grouped(by: str, groups: dict[str, int]) -> None:
    made = widgets(f"{{type: alarms, by: {by}, alarms: [errors, far]}}", change=f"alarms: {{far: {FAR}}}")
    assert {one["properties"]["title"]: len(one["properties"]["alarms"]) for one in made} == {
        f"Alarms: {name}": count for name, count in groups.items()
    }
    assert {one["y"] for one in made} == {0}


def test_alarms_past_a_hundred_go_on_in_another_widget() -> None:
    accounts = {f"a{n}": {"id": f"{n:012}"} for n in range(1, 201)}
    made = widgets("{type: alarms, alarms: [errors]}", change=yaml.safe_dump({"accounts": accounts}))
    assert [len(one["properties"]["alarms"]) for one in made] == [100, 100, 3]


GROUPS = "log_groups: {handler: {name: /aws/lambda/pay, create: false}, here: {name: '/hub/{environment}', in: hub}}"
STATS = "query: stats count(*) by bin(5m)"


def test_several_log_groups_are_read_in_the_accounts_that_are_named() -> None:
    logs = f"{{type: logs, title: x, view: bar, log_groups: [application, handler, here], accounts: [beta], {STATS}}}"
    (table,) = widgets(logs, change=GROUPS)
    arn = f"arn:aws:logs:us-east-1:{BETA}:log-group:"
    sources = [f"{arn}/aws/application/prod", f"{arn}/aws/lambda/pay", "/hub/prod"]
    query = " | ".join(f"SOURCE '{source}'" for source in sources) + " | stats count(*) by bin(5m)"
    assert (table["properties"]["query"], table["properties"]["view"]) == (query, "bar")


def test_an_account_of_another_environment_is_no_mistake_where_others_are_there() -> None:
    change = f"{OWN_METRICS}environments: {{prod: null, dev: {{accounts: [alpha]}}}}\naccess: {{owned_by: prod}}"
    logs = "{type: logs, title: x, log_group: application, accounts: [alpha, beta], query: limit 1}"
    assert built(shop(logs, change=change)).artifacts
    only_beta = logs.replace("alpha, ", "")
    assert "R07 dashboards.shop.widgets[0].accounts" in told(shop(only_beta, change=change))


@pytest.mark.parametrize(
    ("widget", "findings"),
    [
        ("{type: metric, title: x, metrics: [errors], by: account}", ["T16 dashboards.shop.widgets[0]"]),
        (f"{{type: metric, title: x, search: '{ERRORS}', by: account}}", ["T16 dashboards.shop.widgets[0]"]),
        (f"{{type: metric, title: x, search: '{ERRORS}'}}", []),
    ],
)
def test_graphs_of_members_need_shared_metrics(widget: str, findings: list[str]) -> None:
    assert told(shop(widget, change="access: {sharing: [logs]}")) == findings
    assert told(shop(widget)) == []


# --- what the reader chooses -------------------------------------------------------------------------------

CHOSEN = [
    "{type: text, markdown: Hello}",
    "{type: metric, title: a, metrics: [errors], statistics: [Sum, p99]}",
    f"{{type: metric, title: b, search: '{ERRORS}'}}",
    f"{{type: metric, title: c, search: '{ERRORS}', by: series}}",
    "{type: metric, title: d, rates: {shop: {errors: {filter: errors}, requests: {filter: errors}}}}",
    "{type: row, title: e, metrics: [errors]}",
    "{type: alarms, alarms: [errors]}",
    "{type: logs, title: f, log_group: application, query: limit 1}",
]


def test_an_account_is_chosen_for_every_widget() -> None:
    dashboard = resources(shop(*CHOSEN, variables="[account]"))["DashboardShop"]["body"]
    (variable,) = dashboard["variables"]
    assert (variable["type"], variable["pattern"], variable["defaultValue"]) == ("pattern", ALPHA, ALPHA)
    assert variable["values"] == [
        {"label": "alpha", "value": ALPHA},
        {"label": "beta", "value": BETA},
        {"label": "gamma", "value": GAMMA},
    ]
    for widget in dashboard["widgets"]:
        shown = json.dumps(widget)
        assert BETA not in shown and GAMMA not in shown
        assert "alpha" not in shown
        assert widget["type"] == "text" or ALPHA in shown, widget


def test_a_region_is_chosen_where_there_are_several() -> None:
    text = shop(*CHOSEN, variables="[region]", change="regions: [us-east-1, eu-west-1]")
    (variable,) = resources(text)["DashboardShop"]["body"]["variables"]
    assert [value["value"] for value in variable["values"]] == ["us-east-1", "eu-west-1"]
    assert told(text) == ["T17 dashboards.shop.variables"]


@pytest.mark.parametrize(
    ("variables", "change", "findings"),
    [
        ("[region]", "", "R07 dashboards.shop.variables[0]"),
        ("[account, account]", "", "R07 dashboards.shop.variables[1]"),
        ("[acount]", "", "S03 dashboards.shop.variables[0]"),
        (
            "[account]",
            "accounts: {alpha: null, beta: null, gamma: null}\norganizational_units: [ou-ab12-cdefgh34]",
            "R07 dashboards.shop.variables[0]",
        ),
    ],
)
def test_a_choice_of_nothing_is_refused(variables: str, change: str, findings: str) -> None:
    assert told(shop("{type: text, markdown: Hello}", variables=variables, change=change)) == [findings]


@pytest.mark.parametrize(
    ("widget", "key"),
    [
        ("{type: metric, title: x, metrics: [errors], by: account}", "by"),
        ("{type: row, title: x, metrics: [errors], by: account}", "by"),
        ("{type: alarms, alarms: [errors], by: account}", "by"),
        ("{type: logs, title: x, log_group: application, query: limit 1, accounts: [beta]}", "accounts"),
    ],
)
def test_who_chooses_one_account_does_not_see_all(widget: str, key: str) -> None:
    assert told(shop(widget, variables="[account]")) == [f"R07 dashboards.shop.widgets[0].{key}"]


OBJECTIVE = """
slos:
  served:
    {in: hub, objective: 99.5, window: 28d, good: {namespace: Shop, name: Good}, total: {namespace: Shop, name: All}}
"""


@pytest.mark.parametrize("widget", ["{type: metric, title: x, metrics: [%s]}", "{type: row, title: x, metrics: [%s]}"])
def test_what_is_of_all_accounts_is_not_drawn_for_one(widget: str) -> None:
    slo_alarms = built(spec(OBJECTIVE)).estates["prod"].alarms[-1].key
    assert built(shop(widget % slo_alarms, change=OBJECTIVE)).artifacts
    assert told(shop(widget % slo_alarms, variables="[account]", change=OBJECTIVE)) == [
        "R07 dashboards.shop.widgets[0].metrics"
    ]


# --- what does not fit in one ------------------------------------------------------------------------------


def test_more_widgets_than_a_dashboard_takes_are_several() -> None:
    made = resources(shop(*[f"{{type: text, markdown: '{n}'}}" for n in range(1100)]))
    names = ["shop-dashboard-prod", "shop-dashboard-2-prod", "shop-dashboard-3-prod"]
    assert [one["DashboardName"] for one in made.values()] == names
    assert list(made) == ["DashboardShop", "Dashboard2Shop", "Dashboard3Shop"]
    shown = [[widget["properties"]["markdown"] for widget in one["body"]["widgets"]] for one in made.values()]
    assert [len(one) for one in shown] == [500, 500, 103]
    assert [text for one in shown for text in one[1:]] == [str(n) for n in range(1100)]
    for number, (first, *_) in enumerate(shown):
        assert [name for name in names if f"dashboard/{name})" in first] == names[:number] + names[number + 1 :]


def test_what_fits_stays_whole() -> None:
    (one,) = resources(shop(*["{type: text, markdown: Hello}"] * 500)).values()
    assert len(one["body"]["widgets"]) == 500


@pytest.mark.parametrize("dashboards", ["overview", "team"])
def test_more_metrics_than_a_dashboard_takes_are_several(dashboards: str) -> None:
    graph = {"type": "metric", "title": "Errors", "metric": {"filter": "errors"}, "by": "account"}
    alarm = {"metric": {"filter": "errors"}, "statistic": "Sum", "threshold": "> 1"}
    change = {
        "accounts": {f"a{n}": {"id": f"{n:012}"} for n in range(1, 98)},
        "alarms": {f"alarm-{n}": alarm for n in range(40)},
        "dashboards": {dashboards: "auto" if dashboards == "overview" else {"widgets": [graph] * 27}},
    }
    made = resources(spec(yaml.safe_dump(change)))
    counts = [
        sum(len(widget["properties"].get("metrics", ())) for widget in one["body"]["widgets"]) for one in made.values()
    ]
    assert len(counts) >= 2
    assert sum(counts) > 2500 >= max(counts)
    outputs = built(spec(yaml.safe_dump(change))).templates["prod"]["hub.template.yaml"]["Outputs"]
    assert {f"{logical_id}Url" for logical_id in made} <= set(outputs)


# --- bad news ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widget", "findings"),
    [
        ("{type: metric, title: x, metrics: [errors], view: gauge}", "R06 view"),
        ("{type: metric, title: x, metrics: [errors], view: gauge, min: 5, max: 5}", "R05 max"),
        ("{type: metric, title: x, metric: {filter: errors}, view: line}", "S03 view"),
        ("{type: metric, title: x, metric: {filter: errors}, view: pie, stacked: true}", "R07 stacked"),
        ("{type: metric, title: x, metric: {filter: errors}, view: pie, right: [errors]}", "R07 right"),
        ("{type: metric, title: x, metric: {filter: errors}, by: series}", "R07 by"),
        ("{type: metric, title: x, metrics: [errors], right: [erors]}", "R02 right[0]"),
        (f"{{type: metric, title: x, by: account, search: '{ERRORS} :aws.AccountId=\"{ALPHA}\"'}}", "R07 search"),
        ("{type: metric, title: x, lines: {a: {filter: nobody}}}", "R02 lines.a.filter"),
        ("{type: metric, title: x, rates: {a: {errors: {filter: errors}, requests: {}}}}", "R06 rates.a.requests"),
        ("{type: row, title: x}", "R06"),
        ("{type: service, service: pay}", "R02 service"),
        ("{type: alarms, alarms: [errors], by: team}", "S03 by"),
        ("{type: alarms, alarms: [errors], states: [alarm]}", "S03 states[0]"),
        ("{type: logs, title: x, query: limit 1}", "R06"),
        ("{type: logs, title: x, log_groups: [aplication], query: limit 1}", "R02 log_groups[0]"),
        ("{type: logs, title: x, log_group: application, accounts: [alfa], query: limit 1}", "R02 accounts[0]"),
        ("{type: logs, title: x, log_group: application, view: bar, query: limit 1}", "R07 view"),
    ],
)
def test_what_cannot_be_drawn_is_refused(widget: str, findings: str) -> None:
    code, _, key = findings.partition(" ")
    assert told(shop(widget)) == [f"{code} dashboards.shop.widgets[0]" + (f".{key}" if key else "")]
