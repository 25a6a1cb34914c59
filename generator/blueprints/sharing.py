"""Observability Access Manager: a sink of the hub's account in a Region, a link in each member of that Region.

One sink for each account and Region, and an account cannot link to its own. The hub's stack has the sink of its own
Region; each further one is a stack of its own.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account-Setup.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import ForAllValuesStringEquals, Principal, StringEquals
from troposphere import GetAtt, If, Output, Parameter, Ref, oam

from generator.aws.regions import in_logical_ids
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.placements import region_condition
from generator.blueprints.kit.policies import grant, policy
from generator.blueprints.kit.stack import Part, TemplateCondition, origin, template, to_plain
from generator.model.estate import Estate
from generator.model.governance import Sharing

SINK_ARN = "SinkArn"


def hub(estate: Estate) -> Iterator[Part]:
    """The sink of the hub's Region."""
    if estate.sharing and estate.sharing.make:
        yield from _sink(estate, estate.sharing)


def other_regions(estate: Estate) -> tuple[str, ...]:
    """The Regions in which a stack of its own makes a sink."""
    return estate.sharing.other_regions if estate.sharing and estate.sharing.make else ()


def sink(estate: Estate) -> dict[str, Any]:
    """The template of such a stack, the same in every Region; empty where there is none."""
    if not estate.sharing or not other_regions(estate):
        return {}
    title = f"{estate.project} {estate.environment}: sink of a Region. Written by obsgen; edit observability.yaml."
    return template(_sink(estate, estate.sharing), title, dict(estate.tags))


def _sink(estate: Estate, sharing: Sharing) -> Iterator[Part]:
    """It admits links of the organization, for what is shared and nothing else."""
    condition = When(
        [
            ForAllValuesStringEquals({"oam:ResourceTypes": list(sharing.resource_types)}),
            StringEquals({"aws:PrincipalOrgID": estate.organization.id}),
        ]
    )
    statement = grant(
        Principal("*"), ["oam:CreateLink", "oam:UpdateLink"], ["*"], sid="OrganizationLinks", condition=condition
    )
    yield oam.Sink(
        "Sink",
        Name=estate.name("observability-sink"),
        Policy=to_plain(policy(statement)),
        Metadata=origin(sharing.path),
    )
    yield Output(SINK_ARN, Description="Sink that members link to", Value=GetAtt("Sink", "Arn"))


def sink_parameters(estate: Estate) -> tuple[str, ...]:
    """The parameters of the members' template that have a sink's ARN; outputs of the hub's account have these names."""
    if not estate.sharing or not estate.sharing.make:
        return ()
    return (SINK_ARN, *(f"{SINK_ARN}{in_logical_ids(region)}" for region in other_regions(estate)))


def member(estate: Estate) -> Iterator[Part]:
    """The link. Its sink's ARN is known only once the sink stands, so `deploy` passes it in."""
    if not estate.sharing or not estate.sharing.make:
        return
    yield Parameter(SINK_ARN, Type="String", Description="The hub's sink, an output of the hub stack")
    identifier: Any = Ref(SINK_ARN)
    for region in other_regions(estate):
        name = f"{SINK_ARN}{in_logical_ids(region)}"
        yield Parameter(name, Type="String", Description=f"The sink in {region}, an output of its stack")
        # The link of the hub's Region names its sink as ever: another name would replace the link.
        identifier = If(region_condition(region), Ref(name), identifier)
    condition = _link_test(estate)
    if condition is not None:
        yield TemplateCondition("IsLinked", condition)
    yield oam.Link(
        "Link",
        LabelTemplate="$AccountName",
        ResourceTypes=list(estate.sharing.resource_types),
        SinkIdentifier=identifier,
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


def _link_test(estate: Estate) -> Any:
    """Not in the hub itself, which a unit may contain; and only where a sink is, as links do not cross Regions."""
    tests: list[Any] = []
    if estate.organizational_units:
        tests.append({"Fn::Not": [{"Fn::Equals": [Ref("AWS::AccountId"), estate.hub.account]}]})
    if not estate.is_linked_everywhere:
        tests.append({"Fn::Equals": [Ref("AWS::Region"), estate.hub.region]})
    return {"Fn::And": tests} if len(tests) > 1 else (tests[0] if tests else None)


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate),
    member=lambda inputs: member(inputs.estate),
)
