"""What is left of error budgets on dashboards: the range of a graph is the objective's window, and its math is played.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html has the functions; a range of a
widget's own is as the console writes it, in https://github.com/aws/aws-cdk/issues/26216.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from generator.evaluate.math.metric_math import Grid, MathRequest, Query, arrange, evaluate_all
from tests.support import built, spec

HOURS = 30 * 24
SLO = """
slos:
  checkout:
    objective: 99
    bad: {namespace: Shop, name: Failed}
    total: {namespace: Shop, name: Calls}
"""
OVERVIEW = "dashboards: {overview: auto}\n"
ALB = """
services: {api: {type: alb, load_balancer: app/shop/50dc6c495c0c9188}}
slos:
  api: {objective: 99.9, of: {service: api}}
  fast: {objective: 99, latency: {service: api, below: 300ms}}
  other: {objective: 99, bad: {filter: errors}, total: {namespace: Shop, name: Calls}}
"""
CHOSEN = "dashboards: {shop: {variables: [account], widgets: [{type: error_budgets, slos: [checkout]}]}}\n"
Values = Mapping[str, Callable[[int], float | None]]


def graphs(change: str) -> dict[str, dict[str, Any]]:
    """The properties of every graph of a budget, by title."""
    made = built(spec(change))
    assert made.artifacts, made.findings
    resources = made.templates["prod"]["hub.template.yaml"]["Resources"].values()
    bodies = [one["Properties"]["DashboardBody"] for one in resources if one["Type"] == "AWS::CloudWatch::Dashboard"]
    found = [widget["properties"] for body in bodies for widget in json.loads(body)["widgets"]]
    return {one["title"]: one for one in found if one.get("title", "").endswith(", budget left")}


def played(graph: dict[str, Any], values: Values, hours: int = HOURS) -> dict[str, list[float]]:
    """The points of each line, without those that have no value; values: of each hour, by metric, in every account."""
    rows = [(row[-1], row[1] if len(row) > 1 else "") for row in graph["metrics"]]
    queries = [Query(options["id"], options.get("expression")) for options, _ in rows]
    last = Query(queries[-1].id, queries[-1].expression, is_returned=True)
    request = arrange([*queries[:-1], last])
    assert isinstance(request, MathRequest), request
    metrics = {options["id"]: _series(values.get(name), hours) for options, name in rows if name}
    found = evaluate_all(request, metrics, Grid(0, 3600, hours))
    labels = {options["id"]: options["label"] for options, name in rows if not name}
    return {labels[id_]: [float(one) for one in line if not np.isnan(one)] for id_, line in found.items()}  # type: ignore[union-attr]


def _series(value: Callable[[int], float | None] | None, hours: int) -> Any:
    given = [value(hour) if value else None for hour in range(hours)]
    return np.array([np.nan if one is None else float(one) for one in given])


def test_the_line_falls_to_what_is_left() -> None:
    """1 % of 72,000 calls may fail, 720: 180 fail in the tenth hour, and 180 in the last."""
    graph = graphs(SLO + OVERVIEW)["checkout, budget left"]
    points = played(graph, {"Calls": lambda _: 100, "Failed": lambda hour: 180 if hour in (9, HOURS - 1) else None})

    line = points["alpha ${LAST} %"]
    assert (len(line), line[8], line[9], line[-2], line[-1]) == (HOURS, 100, 75, 75, 50)
    assert (graph["start"], graph["end"], graph["period"], graph["liveData"]) == ("-P30D", "P0D", 3600, True)
    assert graph["yAxis"] == {"left": {"max": 100}}


def test_more_than_the_budget_is_below_zero() -> None:
    points = played(graphs(SLO + OVERVIEW)["checkout, budget left"], {"Calls": lambda _: 10, "Failed": lambda _: 10})
    assert points["alpha ${LAST} %"][-1] == pytest.approx(-9900)


@pytest.mark.parametrize("values", [{}, {"Failed": lambda _: 1}], ids=["the first day", "no calls"])
def test_without_calls_nothing_is_drawn(values: Values) -> None:
    assert played(graphs(SLO + OVERVIEW)["checkout, budget left"], values)["alpha ${LAST} %"] == []


def test_a_quiet_night_uses_up_nothing() -> None:
    """Calls by day only, and one failure at noon: nights are at what was left before."""
    values: Values = {
        "Calls": lambda hour: 100 if 8 <= hour % 24 < 20 else None,
        "Failed": lambda hour: 36 if hour == 12 else None,
    }
    line = played(graphs(SLO + OVERVIEW)["checkout, budget left"], values)["alpha ${LAST} %"]
    assert line[11] == 100
    assert {round(one, 6) for one in line[12:]} == {90.0}


def test_good_events_are_what_is_not_bad() -> None:
    change = SLO.replace("bad: {namespace: Shop, name: Failed}", "good: {namespace: Shop, name: Served}") + OVERVIEW
    points = played(
        graphs(change)["checkout, budget left"],
        {"Calls": lambda hour: 100 if hour < 100 else None, "Served": lambda hour: 99.5 if hour < 100 else None},
    )
    assert points["alpha ${LAST} %"][-1] == pytest.approx(50)


def test_a_ratio_of_several_counts_and_a_latency() -> None:
    """A load balancer that answers itself is in no RequestCount; of its requests 2 of 1,000 take longer than 300 ms."""
    found = graphs(ALB + OVERVIEW)
    values: Values = {
        "RequestCount": lambda _: 999,
        "HTTPCode_ELB_5XX_Count": lambda _: 1,
        "TargetResponseTime": lambda _: 99.8,
    }
    assert played(found["api, budget left"], values)["alpha ${LAST} %"][-1] == pytest.approx(0)
    # The same number stands for the requests and for the percentage of them, which is what PR gives.
    assert played(found["fast, budget left"], values)["alpha ${LAST} %"][-1] == pytest.approx(80)


def test_in_the_hub_all_accounts_have_one_line() -> None:
    graph = graphs(SLO + "    in: hub\n" + OVERVIEW)["checkout, budget left"]
    points = played(graph, {"Calls": lambda _: 100, "Failed": lambda hour: 72 if hour == 0 else None})
    assert {label: line[-1] for label, line in points.items()} == pytest.approx({"budget left ${LAST} %": 90})


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("accounts: [hub]", ["111111111111"]),
        ("in: hub", ["222222222222", "333333333333", "444444444444"]),
        ("in: members", ["222222222222", "333333333333", "444444444444"]),
    ],
)
def test_a_metric_has_the_id_of_its_own_account(place: str, named: list[str]) -> None:
    change = SLO.replace("name: Failed}", 'name: Failed, dimensions: {Account: "{account_id}"}}') + f"    {place}\n"
    rows = graphs(change + OVERVIEW)["checkout, budget left"]["metrics"]
    assert [row[3] for row in rows if row[1:2] == ["Failed"]] == named


@pytest.mark.parametrize(
    ("window", "start", "period"),
    [("7d", "-P7D", 900), ("28d", "-P28D", 3600), ("90d", "-P90D", 21_600), ("180h", "-PT10800M", 900)],
)
def test_the_range_is_the_window(window: str, start: str, period: int) -> None:
    graph = graphs(f"{SLO}    window: {window}\n{OVERVIEW}")["checkout, budget left"]
    assert (graph["start"], graph["period"]) == (start, period)


def test_a_row_of_a_service_has_its_budgets() -> None:
    found = graphs(ALB + "dashboards: {shop: {widgets: [{type: service, service: api}]}}\n")
    assert sorted(found) == ["api, budget left", "fast, budget left"]


def test_a_widget_draws_the_budgets_that_it_names() -> None:
    widget = "dashboards: {shop: {widgets: [{type: error_budgets, slos: [fast, other]}]}}\n"
    assert sorted(graphs(ALB + widget)) == ["fast, budget left", "other, budget left"]
    assert len(graphs(ALB + widget.replace(", slos: [fast, other]", ""))) == 3
    (line,) = played(graphs(SLO + CHOSEN)["checkout, budget left"], {})
    assert line == "checkout ${LAST} %"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (SLO + "dashboards: {shop: {widgets: [{type: error_budgets, slos: [chekout]}]}}", "R02", "widgets.0.slos.0"),
        ("dashboards: {shop: {widgets: [{type: error_budgets}]}}", "R07", "widgets.0"),
        (
            SLO + "    in: hub\n" + CHOSEN,
            "R07",
            "widgets.0.slos.0",
        ),
    ],
)
def test_a_budget_that_cannot_be_drawn_is_refused(change: str, code: str, path: str) -> None:
    found = [(one.code, ".".join(map(str, one.path))) for one in built(spec(change)).findings]
    assert found == [(code, f"dashboards.shop.{path}")]


def test_of_very_many_accounts_sums_are_added_and_shares_are_not() -> None:
    accounts = "accounts:\n" + "".join(f'  member-{n}: {{id: "{n:012}"}}\n' for n in range(1, 120))
    latency = "  fast: {objective: 99, latency: {namespace: Shop, name: Seconds, unit: s, below: 300ms}}\n"
    found = graphs(SLO + latency + OVERVIEW + accounts)

    (row,) = found["checkout, budget left"]["metrics"]
    assert row[0]["expression"].count("SEARCH(") == 2
    assert "fast, budget left" not in found


def test_a_budget_that_is_named_and_cannot_be_drawn_is_refused_with_the_reason() -> None:
    accounts = "accounts:\n" + "".join(f'  member-{n}: {{id: "{n:012}"}}\n' for n in range(1, 120))
    slos = "slos: {fast: {objective: 99, latency: {namespace: Shop, name: Seconds, unit: s, below: 300ms}}}\n"
    widget = "dashboards: {shop: {widgets: [{type: error_budgets, slos: [fast]}]}}\n"
    (finding,) = built(spec(slos + widget + accounts)).findings
    assert finding.message == "`fast` counts shares, which do not add up over more than 100 accounts"


def test_metrics_that_the_links_leave_out_are_not_drawn_by_themselves_and_refused_by_name() -> None:
    sharing = "access: {sharing: {logs: all, metrics: [AWS/Lambda]}}\n"
    assert graphs(SLO + OVERVIEW + sharing) == {}
    widget = "dashboards: {shop: {widgets: [{type: error_budgets, slos: [checkout]}]}}\n"
    assert {one.code for one in built(spec(SLO + widget + sharing)).findings} == {"T16"}


def test_units_without_named_accounts_have_no_line() -> None:
    units = "accounts: null\norganizational_units: [ou-ab12-cdefgh34]\n"
    assert graphs(SLO + OVERVIEW + units) == {}
