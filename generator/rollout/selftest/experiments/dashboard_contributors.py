"""Contributors widgets of dashboards."""

from __future__ import annotations

from generator.rollout.selftest import dashboards
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A widget of a rule, as the console writes it."""
    rule = {"maxContributorCount": 10, "orderBy": "Sum", "ruleName": context.name("no-rule")}
    graph = {"region": context.calls.region, "view": "timeSeries", "period": 300, "insightRule": rule}
    context.expect(dashboards.create(context, "contributors", [dashboards.widget("metric", graph)]))
    yield 0.0


EXPERIMENT = Experiment(
    name="dashboard-contributors",
    title="Contributors widgets",
    doubt="contributors widgets of dashboards",
    question="Does PutDashboard accept a widget with `insightRule`, and which messages has its answer?",
    expected="It is accepted without a message.",
    otherwise="Contributors are drawn by INSIGHT_RULE_METRIC, or linked.",
    actions=dashboards.ACTIONS,
    creates=dashboards.CREATES,
    monthly_usd=dashboards.MONTHLY_USD,
    minutes=1,
    run=run,
)
