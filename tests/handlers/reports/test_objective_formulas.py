"""Objectives that are sums, expressions or latencies, from the file to what a report says of their budget.

The stand-in of CloudWatch takes what botocore's model and GetMetricData's page allow, and evaluates the math:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import botocore.session
import numpy as np
import pytest
from botocore.validate import ParamValidator

from generator.evaluate.math.metric_math import Grid, MathRequest, Query, arrange, evaluate_all
from generator.render.event_settings import event_settings_json
from handlers.reports.gathered import Objective
from handlers.reports.metrics import MOST_QUERIES, Hub, objectives
from handlers.reports.settings import Target, report_settings_of
from tests.handlers.report_world import AT
from tests.support import built, spec

ALPHA, BETA = "222222222222", "333333333333"
ACCOUNTS = {ALPHA: "alpha", BETA: "beta"}
HUB = Hub("111111111111", "us-east-1")
DAYS = 30
# Account, metric and statistic to the value of each day.
Values = Mapping[tuple[str, str, str], Sequence[float | None]]
REPORTS = """
reports: {daily: {to: [mail]}}
"""
SUMS = """
slos:
  pay:
    objective: 99
    bad: [{namespace: Shop, name: Failed}, {namespace: Shop, name: TimedOut}]
    total:
      expression: card + cash
      metrics: {card: {namespace: Shop, name: Card}, cash: {namespace: Shop, name: Cash}}
"""
LATENCY = """
slos: {pay: {objective: 99, in: hub, latency: {namespace: Shop, name: Seconds, unit: s, below: 300ms}}}
"""


class CloudWatch:
    """GetMetricData over the values of thirty days."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.calls: list[list[Any]] = []

    def get_metric_data(self, **given: Any) -> dict[str, Any]:
        queries = given["MetricDataQueries"]
        _validate(given)
        self.calls.append(queries)
        # What an alarm could watch is one of them; here all are evaluated.
        last = queries[-1]["Id"]
        request = arrange([Query(one["Id"], one.get("Expression"), is_returned=one["Id"] == last) for one in queries])
        assert isinstance(request, MathRequest), request
        grid = Grid(0, 86_400, DAYS)
        metrics = {one["Id"]: self._series(one) for one in queries if "MetricStat" in one}
        found = {**metrics, **evaluate_all(request, metrics, grid)}
        returned = [one["Id"] for one in queries if one["ReturnData"]]
        return {"MetricDataResults": [{"Id": id_, "Values": _present(found[id_])} for id_ in returned]}

    def _series(self, query: Any) -> Any:
        stat = query["MetricStat"]
        key = (query.get("AccountId", HUB.account), stat["Metric"]["MetricName"], stat["Stat"])
        days = self.values.get(key, [None] * DAYS)
        return np.array([np.nan if one is None else one for one in days])


def _present(series: Any) -> list[float]:
    return [float(value) for value in series[::-1] if not np.isnan(value)]


@cache
def _shape() -> Any:
    model = botocore.session.get_session().get_service_model("cloudwatch")
    return model.operation_model("GetMetricData").input_shape


def _validate(given: Mapping[str, Any]) -> None:
    report = ParamValidator().validate(given, _shape())
    assert not report.has_errors(), report.generate_report()
    queries = given["MetricDataQueries"]
    assert len(queries) <= MOST_QUERIES
    ids = Counter(one["Id"] for one in queries)
    assert max(ids.values()) == 1
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]{0,254}", one) for one in ids)


def targets(change: str) -> tuple[Target, ...]:
    """The objectives as the report function reads them from its package."""
    made = built(spec(change + REPORTS))
    assert made.artifacts, made.findings
    data = json.loads(event_settings_json(made.estates["prod"]))
    return report_settings_of(data).targets


def left(change: str, values: Values) -> dict[str, float]:
    found = objectives(CloudWatch(values), targets(change), ACCOUNTS, HUB, AT)
    return {one.name: one.left for one in found}


def test_sums_and_expressions_are_what_is_left() -> None:
    """1,000 payments a day; 10 of 300 that may fail did, in two ways, of which one has no data on most days."""
    values = {
        (ALPHA, "Card", "Sum"): [900.0] * DAYS,
        (ALPHA, "Cash", "Sum"): [100.0] * DAYS,
        (ALPHA, "Failed", "Sum"): [4.0, *[None] * (DAYS - 1)],
        (ALPHA, "TimedOut", "Sum"): [None, 6.0, *[None] * (DAYS - 2)],
        (BETA, "Card", "Sum"): [10.0] * DAYS,
        (BETA, "Failed", "Sum"): [1.0, 5.0, *[None] * (DAYS - 2)],
    }
    assert left(SUMS, values) == pytest.approx({"pay, alpha": 100 * (1 - 10 / 300), "pay, beta": 100 * (1 - 6 / 3)})


def test_an_account_without_any_event_has_no_budget() -> None:
    assert left(SUMS, {(ALPHA, "Failed", "Sum"): [3.0] * DAYS}) == {}


def test_an_objective_of_some_accounts_leaves_out_the_others() -> None:
    """Another account may publish metrics of the same name, which the objective does not count."""
    values = {(account, "Card", "Sum"): [10.0] * DAYS for account in (ALPHA, BETA)}
    assert set(left(SUMS, values)) == {"pay, alpha", "pay, beta"}
    only = SUMS.replace("objective: 99", "accounts: [beta]\n    objective: 99")
    assert set(left(only, values)) == {"pay, beta"}


def test_the_latency_of_all_accounts_together() -> None:
    """Of 100 requests a day in each account, alpha has 2 that are slow, beta none: 2 of 200, all of the 1 %."""
    values: dict[tuple[str, str, str], Sequence[float | None]] = {}
    for account, share in ((ALPHA, 98.0), (BETA, 100.0)):
        values[account, "Seconds", "SampleCount"] = [100.0] * DAYS
        values[account, "Seconds", "PR(:0.3)"] = [share] * DAYS
    assert left(LATENCY, values) == pytest.approx({"pay": 0.0})


def test_the_unit_of_a_metric_is_asked_for() -> None:
    change = SUMS.replace("name: Failed}", "name: Failed, unit: Count}")
    cloudwatch = CloudWatch({})
    objectives(cloudwatch, targets(change), ACCOUNTS, HUB, AT)
    stats = [one["MetricStat"] for one in cloudwatch.calls[0] if "MetricStat" in one]
    assert {one["Metric"]["MetricName"] for one in stats if one.get("Unit") == "Count"} == {"Failed"}


def test_a_call_has_at_most_500_queries_and_a_formula_is_whole() -> None:
    """Each account has two formulas over two metrics, which is six queries; 83 accounts fill a call."""
    accounts = {f"{number:012}": f"account-{number}" for number in range(1, 201)}
    values: Values = {(id_, "Card", "Sum"): [10.0] * DAYS for id_ in accounts}
    cloudwatch = CloudWatch(values)
    found: tuple[Objective, ...] = objectives(cloudwatch, targets(SUMS), accounts, HUB, AT)

    assert len(found) == len(accounts)
    assert sum(len(call) for call in cloudwatch.calls) == 6 * len(accounts)
    assert len(cloudwatch.calls) == 3
