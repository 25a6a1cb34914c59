"""What an alarm measures, without the values of dimensions: two alarms of one shape may be the same alarm of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from generator.spec.packs import Pack, PackAlarm, PackMetric, parameters_in

Dimensions = Mapping[str, str]
_TOKEN = re.compile(r"[A-Za-z_]\w*|[0-9.]+|\S")


class Measured(NamedTuple):
    """A shape, and the dimensions of each metric in it, in order."""

    shape: tuple[object, ...]
    dimensions: tuple[Dimensions, ...]


def measured_by(values: Mapping[str, Any]) -> Measured | None:
    """What an entry of `alarms` measures; None for what no pack does, such as a unit, a filter or a query."""
    guard = values.get("minimum_traffic")
    traffic = [guard["metric"]] if guard else []
    if "metric" in values:
        rows = [values["metric"], *traffic]
        return None if not all(map(_is_plain, rows)) else _of_metric(rows[0], traffic)
    if "expression" not in values or "expressions" in values:
        return None
    metrics = values["metrics"]
    if not all(map(_is_plain, [*metrics.values(), *traffic])):
        return None
    return _of_expression(values["expression"], metrics, traffic)


def measured_by_pack(pack: Pack, alarm: PackAlarm) -> Iterable[Measured]:
    """What an alarm of a pack measures, with and without the dimensions of optional parameters."""
    optional = {key for key, parameter in pack.parameters.items() if parameter.optional}
    variants = [
        measured
        for left_out in (frozenset(), frozenset(optional))
        if (measured := _of_pack(alarm, left_out)) is not None
    ]
    return variants[:1] if len(variants) > 1 and variants[0] == variants[1] else variants


def _of_pack(alarm: PackAlarm, left_out: frozenset[str]) -> Measured | None:
    traffic = [_row(alarm.minimum_traffic.metric, left_out)] if alarm.minimum_traffic else []
    if alarm.metric:
        return _of_metric(_row(alarm.metric, left_out), traffic)
    if alarm.expression is None:
        return None
    return _of_expression(
        alarm.expression, {key: _row(metric, left_out) for key, metric in alarm.metrics.items()}, traffic
    )


def _row(metric: PackMetric, left_out: frozenset[str]) -> dict[str, Any]:
    """A metric of a pack as an entry has it."""
    dimensions = {
        name: text for name, text in metric.dimensions.items() if not left_out.intersection(parameters_in(text))
    }
    row = {"namespace": metric.namespace, "name": metric.name, "dimensions": dimensions}
    statistic = getattr(metric, "statistic", None)
    return {**row, "statistic": statistic} if statistic else row


def _of_metric(metric: Mapping[str, Any], traffic: Sequence[Mapping[str, Any]]) -> Measured:
    rows = [metric, *traffic]
    # The statistic of the metric may be another one than that of the pack; that of the traffic may not.
    return Measured((_shape({**metric, "statistic": ""}), *map(_shape, traffic)), tuple(map(_dimensions, rows)))


def _of_expression(
    expression: str, metrics: Mapping[str, Mapping[str, Any]], traffic: Sequence[Mapping[str, Any]]
) -> Measured | None:
    """The expression with shapes instead of IDs; None if a metric is not in it."""
    tokens = _TOKEN.findall(expression)
    if not set(metrics) <= set(tokens):
        return None
    rows = [metrics[token] for token in tokens if token in metrics] + [*traffic]
    shape = tuple(_shape(metrics[token]) if token in metrics else token for token in tokens)
    return Measured(("math", *shape, *map(_shape, traffic)), tuple(map(_dimensions, rows)))


def _is_plain(metric: Mapping[str, Any]) -> bool:
    return "namespace" in metric and set(metric) <= {"namespace", "name", "dimensions", "statistic"}


def _dimensions(metric: Mapping[str, Any]) -> Dimensions:
    dimensions: Dimensions = metric.get("dimensions", {})
    return dimensions


def _shape(metric: Mapping[str, Any]) -> tuple[str, str, str, frozenset[str]]:
    return metric["namespace"], metric["name"], metric.get("statistic", ""), frozenset(_dimensions(metric))
