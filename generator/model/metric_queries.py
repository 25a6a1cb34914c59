"""The metric queries of an alarm, in CloudWatch's order: what its template and its state change event both list.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from generator.model.accounts import Account
from generator.model.alarms import Alarm
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    Metric,
    PromqlSignal,
    QuerySignal,
    plain_number,
)


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One query: a statistic of a metric, or an expression.

    metric: None for an expression. account: the member that the metric is of; None for the alarm's own account.
    has_period: whether an expression has a period of its own, as a Metrics Insights query does.
    is_returned: whether the alarm evaluates this series.
    """

    id: str
    metric: Metric | None = None
    statistic: str = ""
    account: Account | None = None
    expression: str = ""
    label: str = ""
    has_period: bool = False
    is_returned: bool = False


def metric_queries(alarm: Alarm) -> tuple[MetricQuery, ...]:
    """The queries of an alarm; none of one on logs or PromQL. An anomaly has two: its metric, then the expected one."""
    statistic = alarm.statistic
    match alarm.signal:
        case LocalSignal(metric):
            return (MetricQuery("m1", metric, statistic, is_returned=True),)
        case AccountSignal(metric, account):
            return (MetricQuery("m1", metric, statistic, account, is_returned=True),)
        case AnomalySignal(metric, band, _):
            expression = f"ANOMALY_DETECTION_BAND(m1, {plain_number(band)})"
            expected = MetricQuery("band", expression=expression, label="expected", is_returned=True)
            return MetricQuery("m1", metric, statistic, is_returned=True), expected
        case QuerySignal(query) | FleetSignal(query=query) if query:
            return (MetricQuery("q1", expression=query, label=alarm.key, has_period=True, is_returned=True),)
        case FleetSignal(metric, accounts, combine):
            metrics = [
                MetricQuery(f"m{number}", metric, statistic, account) for number, account in enumerate(accounts, 1)
            ]
            expression = f"{combine}([{', '.join(query.id for query in metrics)}])"
            label = f"{metric.name} over {len(accounts)} accounts"
            return MetricQuery("all", expression=expression, label=label, is_returned=True), *metrics
        case MathSignal() as math:
            label = math.title or alarm.summary or alarm.key
            metrics = [
                MetricQuery(operand.id, operand.metric, operand.statistic, operand.account) for operand in math.operands
            ]
            parts = [MetricQuery(id_, expression=expression, label=id_) for id_, expression in math.parts]
            return MetricQuery(math.id, expression=math.formula, label=label, is_returned=True), *parts, *metrics
        case LogSignal() | PromqlSignal() | QuerySignal():
            return ()
        case _:
            assert_never(alarm.signal)
