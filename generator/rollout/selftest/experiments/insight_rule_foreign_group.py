"""Contributor Insights rules over log groups that are not shared (yet)."""

from __future__ import annotations

import json

from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps

# An account ID of AWS's documentation, which is linked to none.
FOREIGN = "111122223333"


def run(context: SelftestContext) -> ExperimentSteps:
    """A rule over a log group of the run, which does not exist, and one over a group of another account."""
    for note, account in (("own", context.state.account), ("foreign", FOREIGN)):
        arn = context.arn("log group", context.name("none"), account)
        body = {
            "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
            "LogGroupARNs": [arn],
            "LogFormat": "JSON",
            "Contribution": {"Keys": ["$.sourceIp"], "Filters": []},
            "AggregateOn": "Count",
        }
        is_accepted = context.attempt(
            note, "put_insight_rule", f"rule-{note}", RuleDefinition=json.dumps(body), RuleState="ENABLED"
        )
        context.expect(is_accepted)
    yield 0.0


EXPERIMENT = Experiment(
    name="insight-rule-foreign-group",
    title="Contributor Insights before members are linked",
    doubt="Contributor Insights rules of the hub by log group ARN before the members are linked",
    question="Does PutInsightRule accept a log group's ARN of an account that is not linked?",
    expected="Both rules are accepted.",
    otherwise="The hub's rules are created by the rollout after the links, in a stack of their own.",
    actions=("cloudwatch:PutInsightRule",),
    creates=("Contributor Insights rule",),
    monthly_usd=1.0,
    minutes=1,
    run=run,
)
