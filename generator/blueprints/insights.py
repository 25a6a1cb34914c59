"""The layers of Lambda Insights, as parameters that other stacks look up: their ARNs differ in every Region.

CloudFormation has no resource for the account's default of Container Insights; it is a setting of each ECS cluster.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-Getting-Started-cloudformation.html
"""

from __future__ import annotations

from collections.abc import Iterator

from troposphere import FindInMap, Ref, ssm

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.stack import Part, TemplateMapping, origin
from generator.model.estate import Estate

LAYERS = "InsightsLayers"


def member(estate: Estate) -> Iterator[Part]:
    """A parameter for each architecture."""
    insights = estate.lambda_insights
    if not insights:
        return
    arm64, x86_64 = dict(insights.arm64), dict(insights.x86_64)
    yield TemplateMapping(LAYERS, {region: {"Arm64": arm64[region], "X8664": x86_64[region]} for region in arm64})
    for column, name in (("Arm64", "arm64"), ("X8664", "x86-64")):
        yield ssm.Parameter(
            f"InsightsLayer{column}",
            Name=estate.name(f"lambda-insights-{name}"),
            Description=f"Layer of Lambda Insights for {name}",
            Type="String",
            Tier="Standard",
            Value=FindInMap(LAYERS, Ref("AWS::Region"), column),
            Metadata=origin(insights.path),
        )


CONCERN = Concern(member=lambda inputs: member(inputs.estate))
