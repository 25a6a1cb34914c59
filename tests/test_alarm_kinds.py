"""Every way to say what an alarm looks at: built, refused where it has to be, and played where that can be done."""

from __future__ import annotations

import json

import pytest

from generator.findings import Finding, dotted
from tests.played import ALPHA, BETA, HUB_ACCOUNT, MINUTE, alarmed, changes, deployed, played, published
from tests.support import built, spec

RATE = """
alarms:
  errors: null
  rate:
    expression: 100 * errors / calls
    metrics:
      errors: {namespace: Shop, name: Failed, statistic: Sum}
      calls: {namespace: Shop, name: Calls, statistic: Sum}
    threshold: "> 5"
"""
GUARD = "minimum_traffic: {metric: {namespace: Shop, name: Calls}, at_least: 50}"
QUIET = f"{RATE}    {GUARD}\n"


def found(change: str) -> list[Finding]:
    return built(spec(change)).findings


def told(change: str) -> list[tuple[str, str]]:
    """Code and place of each finding."""
    return [(one.code, dotted(one.path)) for one in found(change)]


# --- expressions ------------------------------------------------------------------------------------------------


def test_an_expression_fires_on_what_it_makes_of_its_metrics() -> None:
    stacks = deployed(RATE)

    seen = played(stacks, published("Calls", [100] * 5), published("Failed", [5, 5, 6, 5, 5]), lasts=5 * MINUTE)

    assert changes(seen, "rate-alarm-prod")[-2:] == [(3 * MINUTE, "ALARM"), (4 * MINUTE, "OK")]
    assert alarmed(seen, "rate-alarm-prod", BETA)  # nothing comes from there, and silence is bad news


def test_an_expression_of_the_hub_looks_at_one_member_each() -> None:
    change = """
alarms:
  errors: null
  lag:
    in: hub
    expression: lag / 1000
    metrics: {lag: {namespace: Shop, name: LagMs, statistic: Maximum}}
    threshold: ">= 30"
"""
    slow, fast = published("LagMs", [30_000] * 5), published("LagMs", [29_999] * 5, BETA)

    seen = played(deployed(change), slow, fast, lasts=4 * MINUTE)

    assert alarmed(seen, "lag-alpha-alarm-prod", HUB_ACCOUNT)
    assert changes(seen, "lag-beta-alarm-prod", HUB_ACCOUNT)[-1][1] == "OK"


@pytest.mark.parametrize(
    ("calls", "failed", "fires"),
    [(49, 49, False), (50, 3, True), (50, 2, False), (None, None, False)],
    ids=["too little traffic", "enough of it", "enough and fine", "none at all"],
)
def test_below_its_minimum_of_traffic_an_alarm_is_quiet(calls: float | None, failed: float | None, fires: bool) -> None:
    seen = played(deployed(QUIET), published("Calls", [calls] * 5), published("Failed", [failed] * 5), lasts=5 * MINUTE)

    assert alarmed(seen, "rate-alarm-prod") is fires


@pytest.mark.parametrize(("threshold", "quiet"), [("> 5", "0"), (">= 0", "-1"), ("< 99", "99"), ("<= 99", "100")])
def test_the_quiet_value_crosses_no_threshold(threshold: str, quiet: str) -> None:
    made = built(spec(QUIET.replace("> 5", threshold)))

    entry = made.templates["prod"]["member.template.yaml"]["Resources"]["AlarmRate"]["Properties"]["Metrics"][0]
    assert entry["Expression"] == f"IF(FILL(traffic, 0) >= 50, 100 * errors / calls, {quiet})"


def test_one_metric_may_have_a_minimum_of_traffic_too() -> None:
    change = f"alarms: {{errors: {{{GUARD}}}}}"
    errors = published("Errors", [6, 6, 6])

    assert not alarmed(played(deployed(change), errors, published("Calls", [49] * 3), lasts=180), "errors-alarm-prod")
    assert alarmed(played(deployed(change), errors, published("Calls", [50] * 3), lasts=180), "errors-alarm-prod")


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("errors / cals", "cals"),
        ("SEARCH('{Shop} Errors', 'Sum', 60) + errors / calls", "SEARCH"),
        ("METRICS()", "several time series"),
        ("errors / ", "end"),
        ("errors", "never uses `calls`"),
        ("SELECT SUM(Calls) FROM Shop", "Metrics Insights"),
    ],
)
def test_an_expression_that_cloudwatch_refuses_is_refused(expression: str, what: str) -> None:
    news = [one for one in found(RATE.replace("100 * errors / calls", expression)) if one.code == "T30"]

    assert any(what in one.message for one in news), news


def test_an_id_that_metric_math_has_not_is_refused_where_it_stands() -> None:
    assert told(RATE.replace("calls:", "Calls:").replace("/ calls", "/ Calls")) == [
        ("S03", "alarms.rate.metrics.Calls")
    ]


def test_more_than_ten_metrics_are_refused() -> None:
    metrics = ", ".join(f"m{n}: {{namespace: Shop, name: M{n}, statistic: Sum}}" for n in range(11))
    change = f'alarms: {{errors: null, sum: {{expression: SUM(METRICS()), metrics: {{{metrics}}}, threshold: "> 1"}}}}'

    assert told(change) == [("Q11", "alarms.sum")]


@pytest.mark.parametrize(
    ("alarm", "code"),
    [
        ("{}", "R06"),
        ("{metric: {filter: errors}, expression: a, statistic: Sum}", "R06"),
        ("{metric: {filter: errors}, metrics: {a: {filter: errors}}, statistic: Sum}", "R07"),
        ("{expression: a, metrics: {a: {filter: errors}}}", "R06"),
        ("{expression: a, metrics: {a: {filter: eror, statistic: Sum}}}", "R02"),
        ("{in: hub, over: all-accounts, expression: a, metrics: {a: {filter: errors, statistic: Sum}}}", "R07"),
    ],
)
def test_what_does_not_go_together_is_told(alarm: str, code: str) -> None:
    change = f"defaults: {{alarms: {{threshold: '> 1'}}}}\nalarms: {{odd: {alarm}}}"

    assert code in {one for one, _ in told(change)}


def test_every_metric_of_an_expression_is_held_to_what_aws_publishes() -> None:
    lambdas = RATE.replace("{namespace: Shop, name: Calls", "{namespace: AWS/Lambda, name: Calls")

    assert ("T06", "alarms.rate.metrics.calls.name") in told(lambdas)


def test_a_graph_of_an_expression_has_ids_of_its_own_for_each_account() -> None:
    made = built(spec(RATE + "\ndashboards: {overview: auto}\n"))
    body = made.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardOverview"]["Properties"]["DashboardBody"]
    text = body["Fn::Sub"] if isinstance(body, dict) else body
    graph = next(w for w in json.loads(text)["widgets"] if w["properties"].get("title") == "rate")

    ids = [row[-1]["id"] for row in graph["properties"]["metrics"]]
    assert len(ids) == len(set(ids)) == 9
    assert graph["properties"]["metrics"][2][0]["expression"] == "100 * m1_errors / m1_calls"
    assert {row[-1].get("accountId") for row in graph["properties"]["metrics"]} >= {ALPHA, BETA}
