"""Variables of dashboards inside searches, log sources and ARNs."""

from __future__ import annotations

from generator.rollout.selftest import dashboards
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A pattern of an account ID in a search, a log source and an alarm's ARN; two sources in one query."""
    account, region = context.state.account, context.calls.region
    variable = {
        "type": "pattern",
        "pattern": account,
        "inputType": "select",
        "id": "account",
        "label": "Account",
        "defaultValue": account,
        "visible": True,
        "values": [{"label": "own", "value": account}],
    }
    search = f"SEARCH(':aws.AccountId=\"{account}\" Namespace=\"{context.name('metrics')}\"', 'Sum', 300)"
    sources = " | ".join(f"SOURCE '{context.arn('log group', context.name(name))}'" for name in ("a", "b"))
    widgets = [
        dashboards.widget("metric", {"region": region, "metrics": [[{"expression": search, "id": "e1"}]]}),
        dashboards.widget("log", {"region": region, "view": "table", "query": f"{sources} | fields @message"}),
        dashboards.widget("alarm", {"title": "own", "alarms": [context.arn("alarm", context.name("none"))]}),
    ]
    context.expect(dashboards.create(context, "variables", widgets, variables=[variable]))
    yield 0.0


EXPERIMENT = Experiment(
    name="dashboard-variables",
    title="Variables in searches, sources and ARNs",
    doubt="variables of dashboards inside searches",
    question="Does PutDashboard accept a pattern variable that is part of a search, a log source and an ARN?",
    expected="It is accepted without a message. What the console replaces is not tried.",
    otherwise="Variables are limited to properties of widgets.",
    actions=dashboards.ACTIONS,
    creates=dashboards.CREATES,
    monthly_usd=dashboards.MONTHLY_USD,
    minutes=1,
    run=run,
)
