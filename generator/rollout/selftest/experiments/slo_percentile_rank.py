"""SLOs of Application Signals: percentile ranks, and expressions without a period."""

from __future__ import annotations

from typing import Any

from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.metrics import READ, stat
from generator.rollout.selftest.types import Experiment, ExperimentSteps

GOAL = {"Interval": {"RollingInterval": {"DurationUnit": "DAY", "Duration": 28}}, "AttainmentGoal": 99.9}
MOST_METRICS = 10


def run(context: SelftestContext) -> ExperimentSteps:
    """Three SLOs with the forms that obsgen writes."""
    rank = [{**stat(context, "fast", "Latency", 60, "PR(:300)"), "ReturnData": True}]
    periods: dict[str, Any] = {"SliMetricConfig": {"PeriodSeconds": 60, "MetricDataQueries": rank}}
    periods |= {"MetricThreshold": 99.0, "ComparisonOperator": "GreaterThanOrEqualTo"}
    context.expect(_accepts(context, "rank", SliConfig=periods))
    total = [{**stat(context, "total", "Requests"), "ReturnData": True}]
    filled = [stat(context, "errors", "Errors"), {"Id": "bad", "Expression": "FILL(errors, 0)", "ReturnData": True}]
    context.expect(_accepts(context, "expression", RequestBasedSliConfig=_requests(total, filled)))
    ids = [f"m{number}" for number in range(MOST_METRICS)]
    every = [stat(context, id_, f"Errors-{id_}") for id_ in ids]
    every.append({"Id": "bad", "Expression": " + ".join(f"FILL({id_}, 0)" for id_ in ids), "ReturnData": True})
    context.expect(_accepts(context, "ten-metrics", RequestBasedSliConfig=_requests(total, every)))
    yield 0.0


def _requests(total: list[dict[str, Any]], bad: list[dict[str, Any]]) -> dict[str, Any]:
    metrics = {"TotalRequestCountMetric": total, "MonitoredRequestCountMetric": {"BadCountMetric": bad}}
    return {"RequestBasedSliMetricConfig": metrics}


def _accepts(context: SelftestContext, note: str, **params: Any) -> bool:
    return context.attempt(note, "create_service_level_objective", f"slo-{note}", Goal=GOAL, **params)


EXPERIMENT = Experiment(
    name="slo-percentile-rank",
    title="SLOs of Application Signals with the forms of obsgen",
    doubt="**SLOs of Application Signals**",
    question="Does CreateServiceLevelObjective accept percentile ranks, expressions without a period and ten metrics?",
    expected="All three SLOs are accepted.",
    otherwise="application_signals refuses such objectives at build, or a period is added to expressions.",
    actions=("application-signals:CreateServiceLevelObjective", READ),
    creates=("SLO",),
    monthly_usd=3.0,
    minutes=1,
    run=run,
)
