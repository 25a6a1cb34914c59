"""Percentile ranks in alarms: the share of requests that were fast enough."""

from __future__ import annotations

from generator.rollout.selftest.alarms import PUT_ALARM
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.metrics import stat
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """An alarm on 100 - PR(:300), as the burn rate of a latency objective has it, and one on PR alone."""
    math = [
        stat(context, "fast", "Latency", 300, "PR(:300)"),
        {"Id": "slow", "Expression": "100 - fast", "Label": "slow", "ReturnData": True},
    ]
    evaluated = {"EvaluationPeriods": 3, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    context.expect(
        context.attempt("math", "put_metric_alarm", "pr-math", Metrics=math, ActionsEnabled=False, **evaluated)
    )
    alone = [{**stat(context, "fast", "Latency", 300, "PR(:300)"), "ReturnData": True}]
    context.expect(
        context.attempt("alone", "put_metric_alarm", "pr-alone", Metrics=alone, ActionsEnabled=False, **evaluated)
    )
    yield 0.0


EXPERIMENT = Experiment(
    name="alarm-percentile-rank",
    title="Percentile ranks in alarms",
    doubt="**SLOs were never tried on AWS**",
    question="Does PutMetricAlarm accept the statistic PR(:300), alone and below metric math?",
    expected="Both alarms are accepted.",
    otherwise="SLOs on latency need another ratio, such as a metric filter that counts slow requests.",
    actions=(PUT_ALARM,),
    creates=("alarm",),
    monthly_usd=0.2,
    minutes=1,
    run=run,
)
