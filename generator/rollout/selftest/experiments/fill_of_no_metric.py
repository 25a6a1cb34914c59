"""FILL of a metric that was never published."""

from __future__ import annotations

from datetime import timedelta

from generator.rollout.selftest.alarms import PUT_ALARM, history, state_of, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.metrics import READ, stat, values
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """Read FILL(traffic, 0), and have an alarm on it that fires if its value is 0."""
    queries = [
        stat(context, "traffic", "Never"),
        {"Id": "filled", "Expression": "FILL(traffic, 0)", "ReturnData": True},
    ]
    read = values(context, queries, context.now - timedelta(minutes=30), context.now)
    context.note("GetMetricData", read.get("filled", []))
    name = context.create(
        "put_metric_alarm",
        "fill",
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="missing",
        ActionsEnabled=False,
    )
    is_filled = yield from context.wait_for(lambda: state_value(context, name) == "ALARM", 8)
    context.note("alarm", state_of(context, name))
    context.note("history", history(context, name))
    context.expect(is_filled)


EXPERIMENT = Experiment(
    name="fill-of-no-metric",
    title="FILL of a metric that was never published",
    doubt="the value of FILL for a metric that has never existed",
    question="Is FILL(m, 0) of a metric that was never published 0, or is there no value?",
    expected="The value is 0: the alarm on FILL(traffic, 0) < 1 is in ALARM.",
    otherwise="A new objective without traffic has missing data, so its alarms and error budgets need another guard.",
    actions=(PUT_ALARM, READ, "cloudwatch:DescribeAlarmHistory"),
    creates=("alarm",),
    monthly_usd=0.1,
    minutes=9,
    run=run,
)
