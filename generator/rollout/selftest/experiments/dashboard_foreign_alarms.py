"""Alarm widgets with alarms of other accounts."""

from __future__ import annotations

from generator.rollout.selftest import dashboards
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps

FOREIGN = "111122223333"


def run(context: SelftestContext) -> ExperimentSteps:
    """A widget with the ARN of an alarm of an account that AWS uses in its documentation."""
    arn = context.arn("alarm", context.name("foreign"), FOREIGN)
    alarms = dashboards.widget("alarm", {"title": "foreign", "alarms": [arn]})
    context.expect(dashboards.create(context, "foreign", [alarms]))
    yield 0.0


EXPERIMENT = Experiment(
    name="dashboard-foreign-alarms",
    title="Alarms of other accounts on dashboards",
    doubt="an alarm widget with ARNs of other accounts",
    question="Does PutDashboard accept an alarm's ARN of another account?",
    expected="It is accepted without a message. Whether the console shows a state needs two accounts.",
    otherwise="Matrices of members are tables of the audit trail only.",
    actions=dashboards.ACTIONS,
    creates=dashboards.CREATES,
    monthly_usd=dashboards.MONTHLY_USD,
    minutes=1,
    run=run,
)
