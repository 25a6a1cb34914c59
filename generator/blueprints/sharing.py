"""Observability Access Manager: a sink in the hub, a link in each member of the hub's Region.

One sink for each account and Region, and an account cannot link to its own.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account-Setup.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import ForAllValuesStringEquals, Principal, StringEquals
from troposphere import GetAtt, Output, Parameter, Ref, oam

from generator.blueprints.policies import grant, policy
from generator.blueprints.stack import Condition, Part, origin, plain
from generator.model.duties import Sharing
from generator.model.estate import Estate


def hub(estate: Estate) -> Iterator[Part]:
    """The sink, which admits links of the organization, for what is shared and nothing else."""
    if not estate.sharing or not estate.sharing.make:
        return
    condition = When(
        [
            ForAllValuesStringEquals({"oam:ResourceTypes": list(estate.sharing.resource_types)}),
            StringEquals({"aws:PrincipalOrgID": estate.organization.id}),
        ]
    )
    statement = grant(
        Principal("*"), ["oam:CreateLink", "oam:UpdateLink"], ["*"], sid="OrganizationLinks", condition=condition
    )
    yield oam.Sink(
        "Sink",
        Name=estate.name("observability-sink"),
        Policy=plain(policy(statement)),
        Metadata=origin(estate.sharing.path),
    )
    yield Output("SinkArn", Description="Sink that members link to", Value=GetAtt("Sink", "Arn"))


def member(estate: Estate) -> Iterator[Part]:
    """The link. Its sink's ARN is known only once the hub stands, so `deploy` passes it in."""
    if not estate.sharing or not estate.sharing.make:
        return
    yield Parameter("SinkArn", Type="String", Description="The hub's sink, an output of the hub stack")
    condition = _condition(estate)
    if condition is not None:
        yield Condition("IsLinked", condition)
    yield oam.Link(
        "Link",
        LabelTemplate="$AccountName",
        ResourceTypes=list(estate.sharing.resource_types),
        SinkIdentifier=Ref("SinkArn"),
        **_configuration(estate.sharing),
        Metadata=origin(estate.sharing.path),
        **({"Condition": "IsLinked"} if condition is not None else {}),
    )


def _configuration(sharing: Sharing) -> dict[str, Any]:
    """What of the shared types the link leaves through, where that is not everything."""
    parts: dict[str, Any] = {}
    if sharing.log_groups:
        parts["LogGroupConfiguration"] = oam.LinkFilter(Filter=sharing.log_groups.expression("LogGroupName"))
    if sharing.namespaces:
        parts["MetricConfiguration"] = oam.LinkFilter(Filter=sharing.namespaces.expression("Namespace"))
    return {"LinkConfiguration": oam.LinkConfiguration(**parts)} if parts else {}


def _condition(estate: Estate) -> Any:
    """Not in the hub itself, which a unit may contain; and only in the hub's Region, as links do not cross Regions."""
    tests: list[Any] = []
    if estate.organizational_units:
        tests.append({"Fn::Not": [{"Fn::Equals": [Ref("AWS::AccountId"), estate.hub.account]}]})
    if estate.regions != (estate.hub.region,):
        tests.append({"Fn::Equals": [Ref("AWS::Region"), estate.hub.region]})
    return {"Fn::And": tests} if len(tests) > 1 else (tests[0] if tests else None)
