"""Permissions of a function that runs in a VPC.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice-security
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import ArnEquals
from awacs.aws import Condition as When
from troposphere import Sub

from generator.blueprints.kit.policies import allow, refuse

# None of these can be given for one resource alone.
DESCRIBES_NETWORK = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
# One that names its resource leaves functions without their network, says AWS; so it names all of this account.
CHANGES_NETWORK = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)


def joins_network(function_name: str) -> Iterator[Any]:
    """The actions with which Lambda attaches a function to a VPC, denied to the function's own code."""
    own = Sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*")
    yield allow(list(CHANGES_NETWORK), [own], sid="JoinsNetwork")
    yield allow(list(DESCRIBES_NETWORK), ["*"], sid="LooksAtNetwork")
    # By its name: the function needs the role first.
    itself = Sub(f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{function_name}")
    refused = sorted((*CHANGES_NETWORK, *DESCRIBES_NETWORK))
    yield refuse(refused, ["*"], sid="LambdaAlone", condition=When(ArnEquals({"lambda:SourceFunctionArn": [itself]})))
