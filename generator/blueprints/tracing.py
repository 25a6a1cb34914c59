"""X-Ray in the members: sampling rules, and groups of traces.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import xray

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.member_parameters import number
from generator.blueprints.kit.stack import Part, origin
from generator.model.estate import Estate
from generator.model.tracing import SamplingRule

RULE_FORMAT = 1


def member(estate: Estate) -> Iterator[Part]:
    """Every rule and every group."""
    for rule in estate.tracing.sampling:
        yield _rule(rule)
    for group in estate.tracing.groups:
        yield xray.Group(
            group.logical_id,
            GroupName=group.name,
            FilterExpression=group.filter,
            # Nobody listens to the insights' notifications here.
            InsightsConfiguration=xray.InsightsConfiguration(
                InsightsEnabled=group.insights, NotificationsEnabled=False
            ),
            Metadata=origin(group.path),
        )


def _rule(rule: SamplingRule) -> Part:
    return xray.SamplingRule(
        rule.logical_id,
        SamplingRule=xray.SamplingRuleProperty(
            RuleName=rule.name,
            Priority=rule.priority,
            FixedRate=number(rule.rate),
            ReservoirSize=rule.reservoir,
            ServiceName=rule.service,
            ServiceType=rule.service_type,
            Host=rule.host,
            HTTPMethod=rule.method,
            URLPath=rule.url_path,
            ResourceARN=rule.resource,
            Version=RULE_FORMAT,
            **({"Attributes": dict(rule.attributes)} if rule.attributes else {}),
        ),
        Metadata=origin(rule.path),
    )


CONCERN = Concern(member=lambda inputs: member(inputs.estate))
