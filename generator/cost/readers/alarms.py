"""Alarms: metrics of metric alarms, composites, and alarms on queries.

An alarm is billed for each metric that it names; expressions are free. A band of anomaly detection counts as two
metrics more. A Metrics Insights query is billed for each metric that it analyzes, which only AWS knows.
https://aws.amazon.com/cloudwatch/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.cost.charges import Charge, Kind, Priced, by_piece
from generator.cost.readers.metrics import watched_metric
from generator.evaluate.template.properties import Properties

METRIC_ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
LOG_ALARM = "AWS::CloudWatch::LogAlarm"
ALARM_TYPES = (METRIC_ALARM, COMPOSITE, LOG_ALARM)

QUERY = "a Metrics Insights query is billed for each metric that it analyzes; one is counted"
_BAND = "ANOMALY_DETECTION_BAND"
_BOUNDS = 2


def _metric_alarm(properties: Properties) -> Iterator[Charge]:
    if "EvaluationCriteria" in properties.given:
        yield Charge(Kind.ALARMS, "promql-alarm")
        return
    entries = properties.list("Metrics")
    if not entries:
        yield Charge(Kind.ALARMS, _item(properties.count("Period", 60)))
        yield from watched_metric(properties.given)
        return
    metrics, shortest = 0, 60
    for entry in entries:
        stat, expression = entry.part("MetricStat"), entry.text("Expression", "")
        if stat.is_there:
            metrics += 1
            shortest = min(shortest, stat.count("Period", 60))
            if "AccountId" not in entry.given:
                yield from watched_metric(stat.part("Metric").given)
        elif expression.lstrip().upper().startswith("SELECT"):
            yield Charge(Kind.ALARMS, "alarm-query-metric", more=QUERY)
        metrics += _BOUNDS * expression.count(_BAND)
    if metrics:
        yield Charge(Kind.ALARMS, _item(shortest), metrics)


def _item(period: int) -> str:
    return "alarm-metric" if period >= 60 else "alarm-metric-high-resolution"


def _periods(properties: Mapping[str, Any]) -> Any:
    """Periods and expressions: neither names nor dimensions change the price."""
    metrics = properties.get("Metrics")
    if not isinstance(metrics, list):
        return [metrics, properties.get("Period")]
    return [
        [entry.get("Expression"), (entry.get("MetricStat") or {}).get("Period")]
        if isinstance(entry, Mapping)
        else entry
        for entry in metrics
    ]


PRICED: Mapping[str, Priced] = {
    METRIC_ALARM: Priced(_metric_alarm, _periods),
    COMPOSITE: by_piece(Kind.COMPOSITES, "composite-alarm"),
    LOG_ALARM: by_piece(Kind.ALARMS, "log-alarm"),
}
