"""The section `network`: private ways from the members' networks to the services that watch them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from generator.aws.endpoints import SERVICES
from generator.spec.placements import PLACE_KEYS, placed_by_itself
from generator.spec.scalars import EnumScalar, Key, RegexScalar, RegionName, Scalar, show, wrong
from generator.spec.strict import Strict

# What RFC 1918 gives the largest network, and more than a VPC can have.
WIDEST = 8


def _cidr(value: object) -> str:
    try:
        network = ipaddress.IPv4Network(value if isinstance(value, str) else "")
    except ValueError as error:
        hint = "10.0.0.0/16; the bits after the prefix are 0" if "host bits" in str(error) else "such as 10.0.0.0/16"
        raise wrong(f"{show(value)} is not an address range", hint) from None
    if network.prefixlen < WIDEST:
        raise wrong(f"{show(value)} is wider than any VPC", "the VPC's own range, such as 10.0.0.0/16")
    return str(network)


VpcId = Annotated[str, RegexScalar(r"vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?", "the id of a VPC", "vpc-0123456789abcdef0")]
SubnetId = Annotated[
    str, RegexScalar(r"subnet-[0-9a-f]{8}(?:[0-9a-f]{9})?", "the id of a subnet", "subnet-0123456789abcdef0")
]
Cidr = Annotated[str, Scalar(_cidr, type="string", pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$", examples=["10.0.0.0/16"])]
ServiceName = Annotated[str, EnumScalar("a service with an endpoint here", *SERVICES)]


class EndpointPlaceSpec(Strict):
    """The VPC of one account."""

    vpc: VpcId = Field(description="its id")
    subnets: list[SubnetId] = Field(description="one for each zone that has instances", min_length=1)
    cidr: Cidr = Field(description="who may connect, such as the VPC's own range")
    region: RegionName | None = Field(default=None, description="where it is; the first of `regions` unless given")


class EndpointsSpec(Strict):
    """Interface endpoints, for these services, in the VPC of each of these accounts."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself(
        "an endpoint is in one VPC: `accounts` names each account, its VPC and the Region of that",
        [key for key in PLACE_KEYS if key != "accounts"],
    )

    forms: ClassVar[Mapping[str, str]] = {"accounts": "{alpha: {vpc: vpc-…, subnets: [subnet-…], cidr: 10.0.0.0/16}}"}

    services: list[ServiceName] = Field(description="such as [monitoring, logs, events, sns, ssm]", min_length=1)
    accounts: dict[Key, EndpointPlaceSpec] = Field(description="a VPC by account", min_length=1)


class NetworkSpec(Strict):
    """Private ways to the services that watch."""

    endpoints: EndpointsSpec | None = Field(default=None, description="interface endpoints in the members")
