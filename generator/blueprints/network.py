"""Interface endpoints in the members, and the security group in front of them.

A VPC is of one account and Region, so its ids travel as parameters; an account without one has none of this.
https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import Principal, StringEquals
from troposphere import GetAtt, Output, Parameter, Ref, Sub, Tags, ec2

from generator.aws.endpoints import OF_AWS_TOO, WITHOUT_EC2MESSAGES, prefix
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.member_parameters import (
    ENDPOINTS_CIDR,
    ENDPOINTS_REGION,
    ENDPOINTS_SUBNETS,
    ENDPOINTS_VPC,
)
from generator.blueprints.kit.policies import grant, policy
from generator.blueprints.kit.stack import Part, TemplateCondition, origin
from generator.model.estate import Estate
from generator.model.network import Endpoints

HTTPS = 443
# An address that leads out of no machine, where a range has to be given and nothing is meant.
NOWHERE = "127.0.0.1/32"


def member(estate: Estate) -> Iterator[Part]:
    """Parameters, the condition for who has a VPC, the group, and an endpoint for each service."""
    endpoints = estate.endpoints
    if not endpoints:
        return
    yield from _parameters(estate)
    yield TemplateCondition("HasEndpoints", _here(estate))
    group = estate.name("endpoints-security-group")
    yield ec2.SecurityGroup(
        "EndpointsSecurityGroup",
        GroupName=group,
        GroupDescription="HTTPS from the VPC to the endpoints",
        VpcId=Ref(ENDPOINTS_VPC),
        SecurityGroupIngress=[
            {
                "IpProtocol": "tcp",
                "FromPort": HTTPS,
                "ToPort": HTTPS,
                "CidrIp": Ref(ENDPOINTS_CIDR),
                "Description": "HTTPS from the VPC",
            }
        ],
        # No traffic begins at an endpoint; without any rule the group would let everything out.
        SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": NOWHERE, "Description": "Nothing begins here"}],
        Tags=Tags(Name=group),
        Condition="HasEndpoints",
        Metadata=origin(endpoints.path),
    )
    for service in endpoints.services:
        condition = "HasEndpoints"
        if service == "ec2messages" and set(estate.regions) & set(WITHOUT_EC2MESSAGES):
            condition = "HasEc2messages"
            yield TemplateCondition(condition, _with_ec2messages(estate))
        yield _endpoint(service, condition, endpoints, estate)
    yield Output(
        "EndpointsSecurityGroupId",
        Description="The endpoints' security group",
        Value=GetAtt("EndpointsSecurityGroup", "GroupId"),
        Condition="HasEndpoints",
    )


def _parameters(estate: Estate) -> Iterator[Part]:
    yield Parameter(ENDPOINTS_VPC, Type="String", Default="", Description="VPC with endpoints, none where empty")
    yield Parameter(ENDPOINTS_SUBNETS, Type="CommaDelimitedList", Default="", Description="Subnets with endpoints")
    yield Parameter(ENDPOINTS_CIDR, Type="String", Default=NOWHERE, Description="From where the endpoints are reached")
    if len(estate.regions) > 1:
        yield Parameter(ENDPOINTS_REGION, Type="String", Default="", Description="Region of the VPC with endpoints")


def _here(estate: Estate) -> dict[str, Any]:
    has_vpc = {"Fn::Not": [{"Fn::Equals": [Ref(ENDPOINTS_VPC), ""]}]}
    if len(estate.regions) == 1:
        return has_vpc
    return {"Fn::And": [has_vpc, {"Fn::Equals": [Ref("AWS::Region"), Ref(ENDPOINTS_REGION)]}]}


def _with_ec2messages(estate: Estate) -> dict[str, Any]:
    without = [region for region in estate.regions if region in WITHOUT_EC2MESSAGES]
    elsewhere = [{"Fn::Not": [{"Fn::Equals": [Ref("AWS::Region"), region]}]} for region in without]
    return {"Fn::And": [{"Condition": "HasEndpoints"}, *elsewhere]}


def _endpoint(service: str, condition: str, endpoints: Endpoints, estate: Estate) -> Part:
    title = "".join(word.capitalize() for word in service.split("-"))
    return ec2.VPCEndpoint(
        f"Endpoint{title}",
        ServiceName=Sub(f"{prefix(service, estate.hub.partition)}.${{AWS::Region}}.{service}"),
        VpcEndpointType="Interface",
        VpcId=Ref(ENDPOINTS_VPC),
        SubnetIds=Ref(ENDPOINTS_SUBNETS),
        SecurityGroupIds=[GetAtt("EndpointsSecurityGroup", "GroupId")],
        PrivateDnsEnabled=True,
        PolicyDocument=policy(_boundary(service, estate.organization.id)),
        Tags=Tags(Name=estate.name(f"{service}-endpoint")),
        Condition=condition,
        Metadata=origin(endpoints.path),
    )


def _boundary(service: str, organization: str) -> Any:
    """Who may pass, and to what. It grants nothing, and everybody in the VPC comes this way, whatever they do there.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    ours = {"aws:PrincipalOrgID": organization}
    if service not in OF_AWS_TOO:
        ours["aws:ResourceOrgID"] = organization
    return grant(Principal("*"), ["*"], ["*"], sid="OrganizationPasses", condition=When(StringEquals(ours)))


CONCERN = Concern(member=lambda inputs: member(inputs.estate))
