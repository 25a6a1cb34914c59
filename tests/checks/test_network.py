"""Endpoints: who has them, how each account's VPC reaches the one template, and what the policies let through."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.build import Built
from tests.support import built, codes, spec

ALPHA = "{vpc: vpc-0123456789abcdef0, subnets: [subnet-0000000b, subnet-0000000a], cidr: 10.0.0.0/16}"
BETA = "{vpc: vpc-0123456789abcdef1, subnets: [subnet-0000000c], cidr: 10.1.0.0/16, region: eu-west-1}"


def network(services: str, accounts: str, more: str = "") -> str:
    return spec(f"network: {{endpoints: {{services: [{services}], accounts: {accounts}}}}}\n{more}")


def resources(made: Built, environment: str = "prod") -> dict[str, Any]:
    found = made.templates[environment]["member.template.yaml"]["Resources"]
    return {name: one for name, one in found.items() if name.startswith("Endpoint")}


def parameters(made: Built) -> dict[str, dict[str, str]]:
    """Account id to its overrides of the members' template."""
    (members,) = yaml.safe_load(made.artifacts["prod/manifest.yaml"])["stack_sets"]
    return {account: group["parameters"] for group in members["groups"] for account in group["accounts"].values()}


def test_an_account_has_its_own_vpc_and_the_others_have_none() -> None:
    made = built(network("logs", f"{{alpha: {ALPHA}}}"), lint=True)
    assert made.findings == []
    assert parameters(made) == {
        "222222222222": {
            "EndpointsCidr": "10.0.0.0/16",
            "EndpointsSubnetIds": "subnet-0000000a,subnet-0000000b",
            "EndpointsVpcId": "vpc-0123456789abcdef0",
        },
        "333333333333": {},
        "444444444444": {},
    }
    template = made.templates["prod"]["member.template.yaml"]
    assert template["Parameters"]["EndpointsVpcId"]["Default"] == ""
    assert {one["Condition"] for one in resources(made).values()} == {"HasEndpoints"}


def test_of_several_regions_a_vpc_is_in_one() -> None:
    made = built(network("logs", f"{{alpha: {ALPHA}, beta: {BETA}}}", "regions: [us-east-1, eu-west-1]"), lint=True)
    assert made.findings == []
    regions = {account: own.get("EndpointsRegion") for account, own in parameters(made).items()}
    assert regions == {"222222222222": "us-east-1", "333333333333": "eu-west-1", "444444444444": None}
    condition = made.templates["prod"]["member.template.yaml"]["Conditions"]["HasEndpoints"]
    assert {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "EndpointsRegion"}]} in condition["Fn::And"]


@pytest.mark.parametrize(
    ("region", "condition"),
    [("us-east-1", "HasEndpoints"), ("mx-central-1", "HasEc2messages")],
)
def test_systems_manager_takes_three_where_there_are_three(region: str, condition: str) -> None:
    made = built(network("ssm", f"{{alpha: {ALPHA}}}", f"regions: [{region}]\naccess: {{sharing: null}}"), lint=True)
    conditions = {name: one["Condition"] for name, one in resources(made).items()}
    assert conditions.pop("EndpointEc2messages") == condition
    assert set(conditions) == {"EndpointsSecurityGroup", "EndpointSsm", "EndpointSsmmessages"}


def test_only_the_organization_passes_and_only_systems_manager_reaches_what_is_aws_s() -> None:
    made = built(network("logs, ssm", f"{{alpha: {ALPHA}}}"))
    reached = {}
    for name, one in resources(made).items():
        if one["Type"] == "AWS::EC2::VPCEndpoint":
            (statement,) = one["Properties"]["PolicyDocument"]["Statement"]
            keys = statement["Condition"]["StringEquals"]
            assert keys["aws:PrincipalOrgID"] == "o-a1b2c3d4e5"
            reached[name] = keys.get("aws:ResourceOrgID")
    assert {name for name, organization in reached.items() if organization} == {"EndpointLogs"}


def test_china_has_prefixes_of_its_own() -> None:
    hub = "hub: {region: cn-north-1}\naccess: {sharing: [metrics, logs]}"
    made = resources(built(network("logs, monitoring", f"{{alpha: {ALPHA}}}", hub)))
    names = {name: one["Properties"]["ServiceName"] for name, one in made.items() if "Security" not in name}
    assert names == {
        "EndpointLogs": {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"},
        "EndpointMonitoring": {"Fn::Sub": "cn.com.amazonaws.${AWS::Region}.monitoring"},
    }


def test_the_owner_of_shared_accounts_makes_them() -> None:
    shared = "environments: [dev, prod]\naccess: {owned_by: prod, monitoring_role: false}"
    made = built(network("logs", f"{{alpha: {ALPHA}}}", shared))
    assert set(resources(made)) == {"EndpointLogs", "EndpointsSecurityGroup"}
    assert resources(made, "dev") == {}


def test_environments_with_accounts_of_their_own_need_no_owner() -> None:
    apart = "environments: {dev: {accounts: [beta]}, prod: {accounts: [alpha]}}"
    apart += "\naccess: {sharing: [], monitoring_role: false}"
    findings = codes(network("logs", f"{{alpha: {ALPHA}}}", apart))
    assert "R10" not in findings


def test_one_vpc_is_not_of_two_accounts() -> None:
    assert codes(network("logs", f"{{alpha: {ALPHA}, beta: {ALPHA}}}")) == {"T43"}
