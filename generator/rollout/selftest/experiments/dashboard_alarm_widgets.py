"""Alarm widgets of matrices: without a title, and with states that no alarm is in."""

from __future__ import annotations

from typing import Any

from generator.aws.regions import PARTITIONS, partition_of
from generator.rollout.selftest import dashboards
from generator.rollout.selftest.alarms import PUT_ALARM, set_by_hand
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A matrix, a gauge with a threshold, a band on the right axis, and math over two Regions."""
    region, namespace = context.calls.region, context.name("metrics")
    arn = context.arn("alarm", set_by_hand(context, "matrix"))
    matrix = dashboards.widget("alarm", {"alarms": [arn], "states": ["ALARM"], "sortBy": "stateUpdatedTimestamp"})
    context.expect(dashboards.create(context, "matrix", [matrix]))
    threshold = {"horizontal": [{"label": "limit", "value": 80}]}
    gauge = {
        "region": region,
        "view": "gauge",
        "metrics": [[namespace, "Values"]],
        "yAxis": {"left": {"min": 0, "max": 100}},
        "annotations": threshold,
    }
    context.expect(dashboards.create(context, "gauge", [dashboards.widget("metric", gauge)]))
    band = {"horizontal": [[{"label": "high", "value": 90, "yAxis": "right"}, {"label": "low", "value": 10}]]}
    right: dict[str, Any] = {"region": region, "view": "timeSeries", "annotations": band}
    right |= {"metrics": [[namespace, "Values", {"yAxis": "right"}]]}
    context.expect(dashboards.create(context, "band", [dashboards.widget("metric", right)]))
    other = next((name for name in PARTITIONS[partition_of(region)] if name != region), region)
    regions: list[list[Any]] = [
        [namespace, "Values", {"id": "m1", "visible": False}],
        [namespace, "Values", {"id": "m2", "region": other, "visible": False}],
        [{"id": "e1", "expression": "m1 + m2"}],
    ]
    math = dashboards.widget("metric", {"region": region, "view": "timeSeries", "metrics": regions})
    context.expect(dashboards.create(context, "regions", [math]))
    yield 0.0


EXPERIMENT = Experiment(
    name="dashboard-alarm-widgets",
    title="Alarm widgets, gauges, bands and Regions",
    doubt="alarms widgets without a title",
    question="Does PutDashboard accept matrices, thresholds on gauges, bands on the right axis and math over Regions?",
    expected="All are accepted without a message. How the console draws them is not tried.",
    otherwise="The widget that AWS objects to gets a title, another axis or another form.",
    actions=(*dashboards.ACTIONS, PUT_ALARM),
    creates=(*dashboards.CREATES, "alarm"),
    monthly_usd=4 * dashboards.MONTHLY_USD + 0.1,
    minutes=1,
    run=run,
)
