"""Contributor Insights rules in the hub, over log groups of the members or of the hub itself.

A rule of the hub reads linked accounts' log groups by ARN. Fields of CLF logs go by position and alias, never by `$n`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere.cloudwatch import InsightRule

from generator.blueprints.bodies import body
from generator.blueprints.member_parameters import number
from generator.blueprints.stack import Part, origin
from generator.model.estate import Estate
from generator.model.logs import Insight, InsightFilter
from generator.model.placement import has_in
from generator.model.places import Side


def resources(estate: Estate) -> Iterator[Part]:
    """Every rule, enabled."""
    for insight in estate.insights:
        yield InsightRule(
            insight.logical_id,
            RuleName=insight.name,
            RuleState="ENABLED",
            RuleBody=body(_body(insight, estate)),
            Metadata=origin(insight.path),
        )


def _body(insight: Insight, estate: Estate) -> dict[str, Any]:
    fields = {"Fields": {str(position): name for position, name in insight.fields}} if insight.fields else {}
    contribution: dict[str, Any] = {"Keys": list(insight.keys)}
    if insight.value_of:
        contribution["ValueOf"] = insight.value_of
    # Always there, empty where nothing is filtered: the service wants the key.
    contribution["Filters"] = [_filter(f) for f in insight.filters]
    return {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        **_log_groups(insight, estate),
        "LogFormat": insight.format,
        **fields,
        "Contribution": contribution,
        "AggregateOn": insight.aggregate,
    }


def _log_groups(insight: Insight, estate: Estate) -> dict[str, list[str]]:
    group = estate.log_group(insight.log_group)
    if group is None or group.side is Side.HUB:
        return {"LogGroupNames": [group.name] if group else []}
    region = estate.hub.region
    accounts = [one for one in estate.linked_accounts if has_in(group.placement, one.name, region)]
    names = [(account, group.name_in(account, region)) for account in accounts]
    return {"LogGroupARNs": [estate.hub.arn("logs", f"log-group:{name}", account=one.id) for one, name in names]}


def _filter(condition: InsightFilter) -> dict[str, Any]:
    value: Any = condition.value
    if isinstance(value, tuple):
        value = list(value)
    elif not isinstance(value, bool):
        value = number(value)
    return {"Match": condition.match, condition.operator: value}
