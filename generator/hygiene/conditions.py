"""What an alarm of a capture watches, and from when on it fires."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.capture.series import SeriesKey

Compare = Callable[[Any, float], Any]
COMPARISONS: Mapping[str, tuple[str, Compare]] = {
    "GreaterThanThreshold": (">", operator.gt),
    "GreaterThanOrEqualToThreshold": (">=", operator.ge),
    "LessThanThreshold": ("<", operator.lt),
    "LessThanOrEqualToThreshold": ("<=", operator.le),
}
_BY_SIGN = dict(COMPARISONS.values())


@dataclass(frozen=True, slots=True)
class WatchedMetric:
    """A metric that an alarm names. key: with the account that owns it."""

    key: SeriesKey
    statistic: str
    period_s: int


@dataclass(frozen=True, slots=True)
class ThresholdCondition:
    """A comparison of one metric with a fixed threshold. needed, of: datapoints to alarm."""

    stat: WatchedMetric
    comparison: str
    threshold: float
    needed: int
    of: int

    @property
    def is_upper(self) -> bool:
        """True if high values are bad."""
        return self.comparison.startswith(">")

    @property
    def compare(self) -> Compare:
        """Whether a value breaches a threshold."""
        return _BY_SIGN[self.comparison]


def metric_stats(definition: Mapping[str, Any], account: str) -> tuple[WatchedMetric, ...]:
    """The metrics that an alarm names; none for a composite, a query, a search or logs. account: the alarm's."""
    if "MetricName" in definition:
        statistic = definition.get("ExtendedStatistic") or definition.get("Statistic")
        return (_stat(definition, definition, statistic, account),)
    stats = []
    for entry in _list(definition.get("Metrics")):
        stat = entry.get("MetricStat")
        if isinstance(stat, Mapping) and isinstance(stat.get("Metric"), Mapping):
            stats.append(_stat(stat, stat["Metric"], stat.get("Stat"), str(entry.get("AccountId") or account)))
    return tuple(stats)


def condition(definition: Mapping[str, Any], account: str) -> ThresholdCondition | None:
    """The condition of an alarm on one metric; None where it has another form."""
    entries = _list(definition.get("Metrics"))
    stats = metric_stats(definition, account)
    threshold, comparison = definition.get("Threshold"), COMPARISONS.get(str(definition.get("ComparisonOperator")))
    has_threshold = isinstance(threshold, int | float) and not definition.get("ThresholdMetricId")
    if len(stats) != 1 or len(entries) > 1 or not has_threshold or comparison is None:
        return None
    of = _count(definition.get("EvaluationPeriods"))
    needed = _count(definition.get("DatapointsToAlarm") or of)
    return ThresholdCondition(stats[0], comparison[0], float(threshold or 0), needed, of)


def _stat(stat: Mapping[str, Any], metric: Mapping[str, Any], statistic: object, account: str) -> WatchedMetric:
    dimensions = sorted((str(d.get("Name")), str(d.get("Value"))) for d in _list(metric.get("Dimensions")))
    unit = stat.get("Unit")
    key = SeriesKey(
        account,
        str(metric.get("Namespace")),
        str(metric.get("MetricName")),
        tuple(dimensions),
        str(unit) if unit else None,
    )
    return WatchedMetric(key, str(statistic), _count(stat.get("Period")))


def _list(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 1
