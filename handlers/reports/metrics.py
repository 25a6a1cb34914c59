"""What a report takes from CloudWatch: tag compliance and objectives, of all accounts that share their metrics.

A monitoring account reads the metrics of the accounts that are linked to it, in its own Region, by their AccountId:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from handlers.common.partitions import partition
from handlers.reports.gathered import ComplianceTotal, Objective
from handlers.reports.settings import Formula, Metric, Target
from handlers.reports.words import duration

# In one call.
MOST_QUERIES = 500
DAY_S = 86_400
# A scan a week is the least that makes sense.
SCAN_DAYS = 8
COMPLIANT, NON_COMPLIANT = (
    Metric("TagCompliance", name, (("Source", "Scan"),), "Maximum")
    for name in ("CompliantInstances", "NonCompliantInstances")
)


@dataclass(frozen=True, slots=True)
class Hub:
    """Whose metrics are read without an AccountId, by id, and where all are read."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Query:
    """One metric of one account, by its id, or a formula over several; the hub's own where that is empty."""

    metric: Metric | Formula
    account: str


def compliance(client: Any, accounts: Mapping[str, str], region: str, end: int) -> tuple[ComplianceTotal, ...]:
    """The latest totals of each account that has any. accounts: id to name. end: milliseconds since 1970."""
    queries = [Query(metric, account) for account in accounts for metric in (COMPLIANT, NON_COMPLIANT)]
    values = _values(client, queries, end - SCAN_DAYS * DAY_S * 1000, end, DAY_S)
    totals = []
    for account, name in accounts.items():
        good, bad = values.get(Query(COMPLIANT, account), ()), values.get(Query(NON_COMPLIANT, account), ())
        if good or bad:
            totals.append(ComplianceTotal(name, region, round(good[0]) if good else 0, round(bad[0]) if bad else 0))
    return tuple(totals)


def objectives(
    client: Any, targets: Sequence[Target], accounts: Mapping[str, str], hub: Hub, end: int
) -> tuple[Objective, ...]:
    """What is left of the budget of each objective that has data. accounts: id to name, of members."""
    result: list[Objective] = []
    for target in targets:
        having = [account for account in accounts if not target.account_ids or account in target.account_ids]
        pairs = {account: _pair(target, account, hub) for account in (("",) if target.is_of_hub else having)}
        queries = [query for pair in pairs.values() for query in pair]
        values = _values(client, queries, end - target.window_s * 1000, end, DAY_S)
        sums = {account: (sum(values.get(a, ())), sum(values.get(b, ()))) for account, (a, b) in pairs.items()}
        groups = (
            {"": list(sums.values())}
            if target.is_together
            else {accounts[id_]: [sums_of_account] for id_, sums_of_account in sums.items()}
        )
        for name, sums_of in groups.items():
            left = _left(
                target, sum(sums_of_account for sums_of_account, _ in sums_of), sum(total for _, total in sums_of)
            )
            if left is not None:
                title = f"{target.title}, {name}" if name else target.title
                result.append(Objective(title, target.objective, duration(target.window_s), left))
    return tuple(result)


def _left(target: Target, numerator: float, total: float) -> float | None:
    """Percent of the budget that is left; below 0 where more was spent; None without data."""
    if total <= 0:
        return None
    bad = numerator if target.is_bad else max(0.0, total - numerator)
    budget = total * (100 - target.objective) / 100
    return 100 * (1 - bad / budget) if budget else 0.0


def _pair(target: Target, account: str, hub: Hub) -> tuple[Query, Query]:
    numerator, total = (
        _substituted(metric, account or hub.account, hub.region) for metric in (target.numerator, target.total)
    )
    return Query(numerator, account), Query(total, account)


def _substituted(metric: Metric | Formula, account: str, region: str) -> Metric | Formula:
    """With what CloudFormation would put in place of its pseudo parameters there."""
    if isinstance(metric, Formula):
        operands = ((id_, _metric_of(operand, account, region)) for id_, operand in metric.metrics)
        return replace(metric, metrics=tuple(operands))
    return _metric_of(metric, account, region)


def _metric_of(metric: Metric, account: str, region: str) -> Metric:
    known = {"AccountId": account, "Region": region, "Partition": partition(region)}
    dimensions = []
    for name, value in metric.dimensions:
        for parameter, substitute in known.items():
            value = value.replace(f"${{AWS::{parameter}}}", substitute)  # noqa: PLW2901  # one after the other
        dimensions.append((name, value))
    return replace(metric, dimensions=tuple(dimensions))


def _values(client: Any, queries: Sequence[Query], start: int, end: int, period: int) -> dict[Query, list[float]]:
    """Values of each query, the latest first."""
    result: dict[Query, list[float]] = {}
    for part in _parts(queries):
        for index, values in _pages(client, part, start, end, period):
            result.setdefault(part[index], []).extend(values)
    return result


def _parts(queries: Sequence[Query]) -> Iterator[Sequence[Query]]:
    """As many queries as one call takes; a formula is one, and so is each of its metrics."""
    part: list[Query] = []
    size = 0
    for query in queries:
        own = 1 + len(query.metric.metrics) if isinstance(query.metric, Formula) else 1
        if part and size + own > MOST_QUERIES:
            yield part
            part, size = [], 0
        part.append(query)
        size += own
    if part:
        yield part


def _pages(
    client: Any, part: Sequence[Query], start: int, end: int, period: int
) -> Iterator[tuple[int, Sequence[float]]]:
    params: dict[str, Any] = {
        "MetricDataQueries": [entry for index, query in enumerate(part) for entry in _entries(index, query, period)],
        "StartTime": datetime.fromtimestamp(start / 1000, UTC),
        "EndTime": datetime.fromtimestamp(end / 1000, UTC),
        "ScanBy": "TimestampDescending",
    }
    while True:
        answer = client.get_metric_data(**params)
        for result in answer.get("MetricDataResults", ()):
            yield int(result["Id"][1:]), result.get("Values", ())
        token = answer.get("NextToken")
        if not token:
            return
        params["NextToken"] = token


def _entries(index: int, query: Query, period: int) -> Iterator[dict[str, Any]]:
    """A metric; or a formula, and before it its metrics, which are not returned."""
    id_, metric = f"q{index}", query.metric
    if isinstance(metric, Metric):
        yield _entry(id_, metric, query.account, period)
        return
    ids = {name: f"q{index}_{name}" for name, _ in metric.metrics}
    for name, operand in metric.metrics:
        yield {**_entry(ids[name], operand, query.account, period), "ReturnData": False}
    # Names of functions begin with a capital.
    expression = re.sub(r"(?<![\w.'\"])[a-z]\w*", lambda match: ids.get(match[0], match[0]), metric.expression)
    yield {"Id": id_, "Expression": expression, "ReturnData": True}


def _entry(id_: str, metric: Metric, account: str, period: int) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    stat = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    unit = {"Unit": metric.unit} if metric.unit else {}
    return {
        "Id": id_,
        **({"AccountId": account} if account else {}),
        "MetricStat": {"Metric": stat, "Period": period, "Stat": metric.stat, **unit},
        "ReturnData": True,
    }
