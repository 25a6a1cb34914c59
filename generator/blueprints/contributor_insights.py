"""Contributor Insights rules in the hub, over log groups of the members or of the hub itself.

A rule of the hub reads linked accounts' log groups by ARN (log_group_arns.py). Fields of CLF logs go by position and
alias, never by `$n`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere.cloudwatch import InsightRule

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.json_text import body
from generator.blueprints.kit.member_parameters import number
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.log_group_arns import EVERY_ACCOUNT, over_members
from generator.blueprints.log_group_arns import KEY as LOG_GROUP_ARNS
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.logs import Insight, InsightFilter, LogGroup
from generator.model.placement import has_in
from generator.model.stack_values import depends_on_stack


def resources(estate: Estate) -> Iterator[Part]:
    """Every rule, enabled."""
    for insight in estate.insights:
        yield InsightRule(
            insight.logical_id,
            RuleName=insight.name,
            RuleState="ENABLED",
            RuleBody=_body(insight, estate),
            Metadata=origin(insight.path),
        )


def _body(insight: Insight, estate: Estate) -> str:
    fields = {"Fields": {str(position): name for position, name in insight.fields}} if insight.fields else {}
    contribution: dict[str, Any] = {"Keys": list(insight.keys)}
    if insight.value_of:
        contribution["ValueOf"] = insight.value_of
    # Always there, empty where nothing is filtered: the service wants the key.
    contribution["Filters"] = [_filter(f) for f in insight.filters]
    group = estate.log_group(insight.log_group)
    in_hub = group is None or group.side is Side.HUB
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        **({"LogGroupNames": [group.name] if group else []} if in_hub else {LOG_GROUP_ARNS: []}),
        "LogFormat": insight.format,
        **fields,
        "Contribution": contribution,
        "AggregateOn": insight.aggregate,
    }
    return body(rule) if group is None or in_hub else over_members(rule, _in_members(group, estate), estate.hub)


def _in_members(group: LogGroup, estate: Estate) -> Iterator[tuple[str, str]]:
    """Account id and name of the log group in each member that the hub sees; units bring some without a name here."""
    region = estate.hub.region
    if estate.organizational_units and not depends_on_stack(group.name):
        yield EVERY_ACCOUNT, group.name
        return
    for account in estate.linked_accounts:
        if has_in(group.placement, account.name, region):
            yield account.id, group.name_in(account, region)


def _filter(condition: InsightFilter) -> dict[str, Any]:
    value: Any = condition.value
    if isinstance(value, tuple):
        value = list(value)
    elif not isinstance(value, bool):
        value = number(value)
    return {"Match": condition.match, condition.operator: value}


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate))
