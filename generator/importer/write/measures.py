"""What an alarm measures, in the words of the language: a metric, an expression, a query, an anomaly, PromQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from generator.importer.write.placeholders import escaped
from generator.importer.write.quantities import Unwritable, duration, number, whole
from generator.importer.write.values import mapping, mappings

_SELECT = re.compile(r"\s*SELECT\s", re.IGNORECASE)
_ID = re.compile(r"(?!(?:true|false)$)[a-z][A-Za-z0-9_]{0,254}")
_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*([a-z]\w*)\s*(?:,\s*([0-9.]+)\s*)?\)\s*")
_DIRECTIONS = {
    "LessThanLowerOrGreaterThanUpperThreshold": "both",
    "GreaterThanUpperThreshold": "above",
    "LessThanLowerThreshold": "below",
}
Placed = Callable[[str], str]
# The key that says whose a metric is, if its entry has one for each metric.
AccountOf = Callable[[Mapping[str, Any]], Mapping[str, str]]


def measured(properties: Mapping[str, Any], placed: Placed, account_of: AccountOf) -> dict[str, Any]:
    """The keys that say what an alarm measures, and its period. Raises Unwritable."""
    if "EvaluationCriteria" in properties:
        return _promql(properties)
    metrics = properties.get("Metrics")
    if metrics:
        return _queries_of(properties, mappings(metrics), placed, account_of)
    statistic = properties.get("ExtendedStatistic") or properties.get("Statistic")
    if not statistic:
        raise Unwritable("it has no statistic")
    return {
        "metric": _metric(properties, properties, placed),
        "statistic": str(statistic),
        "period": duration(_requested(properties, "Period")),
    }


def _queries_of(
    properties: Mapping[str, Any], metrics: list[Mapping[str, Any]], placed: Placed, account_of: AccountOf
) -> dict[str, Any]:
    if properties.get("ThresholdMetricId"):
        return _anomaly(properties, metrics, placed)
    returned = [metric for metric in metrics if is_returned(metric)]
    if len(returned) != 1:
        raise Unwritable(f"{len(returned)} of its metrics return data, and an alarm is about one")
    result = returned[0]
    if len(metrics) == 1 and "MetricStat" in result:
        return _of_account(result, placed, account_of)
    if len(metrics) == 1 and _SELECT.match(str(result.get("Expression", ""))):
        return {"query": str(result["Expression"]), "period": duration(_requested(result, "Period"))}
    return _expression(result, metrics, placed, account_of)


def _of_account(metric: Mapping[str, Any], placed: Placed, account_of: AccountOf) -> dict[str, Any]:
    keys = single(mapping(metric["MetricStat"]), placed)
    return {**keys, "metric": {**keys["metric"], **account_of(metric)}}


def single(stat: Mapping[str, Any], placed: Placed) -> dict[str, Any]:
    """The keys of one metric with its statistic and period. Raises Unwritable."""
    return {
        "metric": _metric(mapping(stat.get("Metric")), stat, placed),
        "statistic": str(_requested(stat, "Stat")),
        "period": duration(_requested(stat, "Period")),
    }


def _expression(
    result: Mapping[str, Any], metrics: list[Mapping[str, Any]], placed: Placed, account_of: AccountOf
) -> dict[str, Any]:
    if "Expression" not in result:
        raise Unwritable("it returns a metric beside foreign that nothing uses")
    operands: dict[str, Any] = {}
    parts: dict[str, str] = {}
    periods = set()
    for metric in metrics:
        key = str(metric.get("Id", ""))
        if not _ID.fullmatch(key) and metric is not result:
            raise Unwritable(f"the ID {key} is none that metric math accepts")
        if "MetricStat" in metric:
            operand = _of_account(metric, placed, account_of)
            periods.add(operand["period"])
            operands[key] = {**operand["metric"], "statistic": operand["statistic"]}
        elif metric is not result:
            parts[key] = str(_requested(metric, "Expression"))
    if len(periods) > 1:
        raise Unwritable(f"its metrics have several periods: {', '.join(sorted(periods))}")
    if not periods:
        raise Unwritable("its expression has no metrics")
    keys: dict[str, Any] = {"expression": str(result["Expression"])}
    if parts:
        keys["expressions"] = parts
    return {**keys, "metrics": operands, "period": periods.pop()}


def _anomaly(properties: Mapping[str, Any], metrics: list[Mapping[str, Any]], placed: Placed) -> dict[str, Any]:
    band = next((metric for metric in metrics if metric.get("Id") == properties["ThresholdMetricId"]), None)
    match = _BAND.fullmatch(str(mapping(band).get("Expression", "")))
    rest = [metric for metric in metrics if metric is not band]
    if not match or len(rest) != 1 or "MetricStat" not in rest[0] or rest[0].get("Id") != match[1]:
        raise Unwritable("its threshold is an expression that is not the anomaly band of its one metric")
    direction = _DIRECTIONS.get(str(properties.get("ComparisonOperator")))
    if direction is None:
        raise Unwritable("it compares with an anomaly band in a way that the language does not have")
    anomaly: dict[str, Any] = {"band": number(match[2] or 2), "direction": direction}
    return {**single(mapping(rest[0]["MetricStat"]), placed), "anomaly": anomaly}


def _promql(properties: Mapping[str, Any]) -> dict[str, Any]:
    criteria = mapping(mapping(properties["EvaluationCriteria"]).get("PromQLCriteria"))
    promql: dict[str, Any] = {"query": str(_requested(criteria, "Query"))}
    interval = whole(properties.get("EvaluationInterval", 60), "EvaluationInterval")
    if interval != 60:
        promql["every"] = duration(interval)
    for key, name in (("pending", "PendingPeriod"), ("recovery", "RecoveryPeriod")):
        if whole(criteria.get(name, 0), name):
            promql[key] = duration(criteria[name])
    return {"promql": promql}


def _metric(metric: Mapping[str, Any], of: Mapping[str, Any], placed: Placed) -> dict[str, Any]:
    dimensions = {
        str(dimension.get("Name")): placed(str(dimension.get("Value", "")))
        for dimension in sorted(mappings(metric.get("Dimensions")), key=lambda item: str(item.get("Name")))
    }
    keys: dict[str, Any] = {
        "namespace": escaped(str(_requested(metric, "Namespace"))),
        "name": escaped(str(_requested(metric, "MetricName"))),
    }
    if dimensions:
        keys["dimensions"] = dimensions
    if of.get("Unit"):
        keys["unit"] = str(of["Unit"])
    return keys


def is_returned(metric: Mapping[str, Any]) -> bool:
    """Whether an alarm evaluates the series of a query."""
    return str(metric.get("ReturnData", True)).lower() == "true"


def _requested(properties: Mapping[str, Any], name: str) -> Any:
    if properties.get(name) in (None, ""):
        raise Unwritable(f"it has no {name}")
    return properties[name]
