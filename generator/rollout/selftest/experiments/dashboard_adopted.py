"""Widgets and properties of adopted dashboards that AWS's page on dashboard bodies does not list."""

from __future__ import annotations

from generator.rollout.selftest import dashboards
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A custom widget, a search beside `accountId`, properties that the console writes, a variable from a search."""
    account, region = context.state.account, context.calls.region
    search = "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 300)"
    own = {"region": region, "accountId": account, "metrics": [[{"expression": search, "id": "e1"}]]}
    function = (
        f"arn:{context.arn('alarm', 'x').split(':')[1]}:lambda:{region}:{account}:function:{context.name('none')}"
    )
    widgets = [
        dashboards.widget("metric", {**own, "labels": {"visible": True}, "view": "pie", "setPeriodToTimeRange": True}),
        dashboards.widget("metric", {**own, "timezone": "UTC"}),
        dashboards.widget("custom", {"endpoint": function, "updateOn": {"refresh": True}, "title": "own"}),
    ]
    variable = {
        "type": "property",
        "property": "FunctionName",
        "inputType": "select",
        "id": "function",
        "search": '{AWS/Lambda,FunctionName} MetricName="Errors"',
        "populateFrom": "FunctionName",
        "defaultValue": "__FIRST",
        "inputPopulationType": "search",
        "visible": True,
    }
    context.expect(dashboards.create(context, "adopted", widgets, variables=[variable]))
    yield 0.0


EXPERIMENT = Experiment(
    name="dashboard-adopted",
    title="Widgets and properties of adopted dashboards",
    doubt="widgets of type `custom`, `accountId` beside a search, and what the console writes",
    question="Does PutDashboard accept a custom widget, `labels`, a time zone by name, `accountId` beside a search?",
    expected="It is accepted without a message. What the console shows is not tried.",
    otherwise="An import drops the property with a reason.",
    actions=dashboards.ACTIONS,
    creates=dashboards.CREATES,
    monthly_usd=dashboards.MONTHLY_USD,
    minutes=1,
    run=run,
)
