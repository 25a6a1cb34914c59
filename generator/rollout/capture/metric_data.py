"""Reading a batch of metrics: all requests, their pages, and the values at their times."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import nan
from typing import Any

from generator.capture.series import series_row
from generator.capture.times import datetime_ms
from generator.capture.types import MetricDataWindow
from generator.rollout.capture.calls import CallFailed, RegionCalls
from generator.rollout.capture.fetches import DataRequest, SeriesPlan, requests, series_plans
from generator.rollout.capture.needs import MetricNeed

ACTION = "cloudwatch:GetMetricData"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
COMPLETE, PARTIAL = "Complete", "PartialData"
Values = dict[SeriesPlan, "array[float]"]


def read_batch(
    calls: RegionCalls, needs: Sequence[MetricNeed], window: MetricDataWindow
) -> tuple[list[dict[str, Any]], list[CallFailed]]:
    """The rows of a batch, and what AWS did not give. Raises CallFailed where it refuses a request as a whole."""
    plans = [plan for need in needs for plan in series_plans(need, window)]
    values: Values = {plan: array("d", [nan]) * _length(plan) for plan in plans}
    failed: dict[SeriesPlan, CallFailed] = {}
    for request in requests(plans):
        for plan, status in _read(calls, request, values):
            message = f"{plan.key.namespace} {plan.key.name} {plan.statistic} in {plan.key.account}"
            failed[plan] = CallFailed(ACTION, status, message)
    rows = [
        series_row(
            plan.key,
            plan.statistic,
            plan.period_s,
            plan.step_s,
            plan.from_ms,
            [None if value != value else value for value in values[plan]],
        )
        for plan in plans
        if plan not in failed
    ]
    return rows, list(failed.values())


def _length(plan: SeriesPlan) -> int:
    return max(0, (plan.to_ms - plan.from_ms) // (1000 * plan.step_s))


def _read(calls: RegionCalls, request: DataRequest, values: Values) -> Iterator[tuple[SeriesPlan, str]]:
    """Put the values of a request in their places; what is incomplete at the end, with its status."""
    plans = {f"m{number}": plan for number, plan in enumerate(request.series)}
    params = {
        "MetricDataQueries": [_query(id_, plan, calls.account) for id_, plan in plans.items()],
        "StartTime": datetime.fromtimestamp(request.start_ms / 1000, UTC),
        "EndTime": datetime.fromtimestamp(request.end_ms / 1000, UTC),
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": 100_800,
    }
    statuses: dict[str, str] = dict.fromkeys(plans, "NoResult")
    pace = calls.paces.of(calls.account, calls.region, ACTION)
    following: dict[str, str] = {}
    tokens: set[str] = set()
    while True:
        page = calls.call(ACTION, 0.0, **params, **following)
        count = 0
        for result in page.get("MetricDataResults", ()):
            plan = plans.get(result["Id"])
            if plan is not None:
                count += _place(plan, values[plan], result)
                statuses[result["Id"]] = str(result.get("StatusCode", COMPLETE))
        # What a request costs of the account's data points is known afterwards.
        pace.spend(count)
        token = page.get("NextToken")
        if not token:
            break
        if token in tokens:
            raise CallFailed(ACTION, "RepeatedToken", "AWS answered with the token of the same page again")
        tokens.add(token)
        following = {"NextToken": token}
    yield from ((plans[id_], status) for id_, status in statuses.items() if status != COMPLETE)


def _query(id_: str, plan: SeriesPlan, account: str) -> dict[str, Any]:
    key = plan.key
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    metric = {"Namespace": key.namespace, "MetricName": key.name, "Dimensions": dimensions}
    unit = {"Unit": key.unit} if key.unit else {}
    owner = {"AccountId": key.account} if key.account != account else {}
    return {
        "Id": id_,
        "MetricStat": {"Metric": metric, "Period": plan.period_s, "Stat": plan.statistic, **unit},
        "ReturnData": True,
        **owner,
    }


def _place(plan: SeriesPlan, values: array[float], result: Mapping[str, Any]) -> int:
    """Put the values of a result in their places; how many there are."""
    times, numbers = result.get("Timestamps", ()), result.get("Values", ())
    step_ms = 1000 * plan.step_s
    for time, number in zip(times, numbers, strict=False):
        index, rest = divmod(datetime_ms(time) - plan.from_ms, step_ms)
        if not rest and 0 <= index < len(values):
            values[index] = number
    return len(times)
