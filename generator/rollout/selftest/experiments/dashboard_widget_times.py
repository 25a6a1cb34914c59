"""Graphs with a range of their own."""

from __future__ import annotations

from generator.rollout.selftest import dashboards
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A graph with `start` and `end`, as the console writes them."""
    graph = {
        "region": context.calls.region,
        "metrics": [[context.name("metrics"), "Values", {"stat": "Sum", "period": 3600}]],
        "view": "timeSeries",
        "start": "-P28D",
        "end": "P0D",
    }
    context.expect(dashboards.create(context, "times", [dashboards.widget("metric", graph)], periodOverride="inherit"))
    yield 0.0


EXPERIMENT = Experiment(
    name="dashboard-widget-times",
    title="Graphs with a range of their own",
    doubt="**What is left of an error budget**",
    question="Does PutDashboard accept `start` and `end` of a widget without a warning?",
    expected="It is accepted without a message.",
    otherwise="Graphs of error budgets follow the dashboard's range.",
    actions=dashboards.ACTIONS,
    creates=dashboards.CREATES,
    monthly_usd=dashboards.MONTHLY_USD,
    minutes=1,
    run=run,
)
