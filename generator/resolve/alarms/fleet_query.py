"""One metric over more accounts than an alarm can name: a Metrics Insights query, answered by whatever is linked.

In a monitoring account a query finds the metrics of every source account and the monitoring account's own. So the hub,
and the accounts of the file that are not meant, are left out one by one. WHERE knows `=`, `!=` and AND, and an
expression has 2,048 characters.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from generator.model.accounts import Account
from generator.model.signals import MOST_COMBINED, FleetSignal, Metric
from generator.resolve.scope import Scope

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
_LONGEST = 2_048
_COMBINING = {"Sum": "SUM", "SampleCount": "SUM", "Average": "AVG", "Minimum": "MIN"}
# What a query can say of a statistic and the function that makes one value of several accounts'.
_FUNCTIONS = {
    ("Sum", "SUM"): "SUM",
    ("SampleCount", "SUM"): "COUNT",
    ("Average", "AVG"): "AVG",
    ("Maximum", "MAX"): "MAX",
    ("Minimum", "MIN"): "MIN",
}


def combining(statistic: str) -> str:
    """The function that makes one value of those of several accounts.

    Counts add up. Otherwise the worst account counts: the highest value, the lowest of a minimum and of a share of
    values up to a bound, PR(:300).
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    kind = statistic[:2].upper()
    if kind in ("TC", "TS"):
        return "SUM"
    if kind == "PR":
        return "MAX" if statistic.rstrip(") ").endswith(":") else "MIN"
    return _COMBINING.get(statistic, "MAX")


def fleet_signal(
    metric: Metric, statistic: str, accounts: tuple[Account, ...], combine: str, scope: Scope
) -> FleetSignal:
    """The accounts by name up to the limit of an alarm, and an equivalent query beyond, where one exists."""
    if len(accounts) > MOST_COMBINED:
        query = fleet_query(metric, statistic, combine, [account.name for account in accounts], scope)
        if query:
            return FleetSignal(metric, (), combine, query)
    return FleetSignal(metric, accounts, combine)


def fleet_query(metric: Metric, statistic: str, combine: str, accounts: Sequence[str], scope: Scope) -> str:
    """The query over these accounts, given by name; empty where Metrics Insights cannot say the same.

    A dimension without a value may have any.
    """
    function = _FUNCTIONS.get((statistic, combine))
    names = (metric.namespace, metric.name, *(name for name, _ in metric.dimensions))
    if function is None or any('"' in name for name in names) or any("'" in value for _, value in metric.dimensions):
        return ""
    schema = ", ".join(f'"{name}"' for name in (metric.namespace, *(name for name, _ in metric.dimensions)))
    conditions = [f"\"{name}\" = '{value}'" for name, value in metric.dimensions if value]
    conditions += [f"AWS.AccountId != '{number}'" for number in sorted(_others(metric, frozenset(accounts), scope))]
    selected = f'{function}("{metric.name}") FROM SCHEMA({schema})'
    query = f"SELECT {selected} WHERE {' AND '.join(conditions)}"
    return query if len(query) <= _LONGEST else ""


def by_account(query: str, order: Literal["ASC", "DESC"], most: int) -> str:
    """The same with a series for each account, the highest or the lowest first."""
    function = query.removeprefix("SELECT ").partition("(")[0]
    return f"{query} GROUP BY AWS.AccountId ORDER BY {function}() {order} LIMIT {most}"


def _others(metric: Metric, accounts: frozenset[str], scope: Scope) -> set[str]:
    """The ids of the hub, and of accounts that may have the metric and are not meant: where the environment is part of
    it, other environments' have none.
    """
    words = (metric.namespace, metric.name, *(value for _, value in metric.dimensions))
    if any(scope.environment in word for word in words):
        known = {account.name: account.id for account in scope.accounts}
    else:
        known = {name: spec.id for name, spec in scope.document.accounts.items()}
    return {number for name, number in known.items() if name not in accounts} | {scope.hub.account}
