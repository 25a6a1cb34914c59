"""The section `network`: private ways from the members' networks to the services that watch them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from generator.aws.endpoints import SERVICES
from generator.spec.placements import PLACE_KEYS, placed_by_itself
from generator.spec.probes import AddressText
from generator.spec.scalars import EnumScalar, Key, RegexScalar, RegionName, Scalar, show, wrong
from generator.spec.strict import Strict

# What RFC 1918 gives the largest network, and more than a VPC can have.
WIDEST = 8


def _cidr(value: object) -> str:
    try:
        network = ipaddress.IPv4Network(value if isinstance(value, str) else "")
    except ValueError as error:
        hint = (
            "10.0.0.0/16; the bits after the prefix are 0"
            if "host bits" in str(error)
            else "use a range such as 10.0.0.0/16"
        )
        raise wrong(f"expected an address range, got {show(value)}", hint) from None
    if network.prefixlen < WIDEST:
        raise wrong(
            f"the address range {show(value)} is larger than any VPC",
            "use the address range of the VPC, such as 10.0.0.0/16",
        )
    return str(network)


VpcId = Annotated[str, RegexScalar(r"vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?", "a VPC ID", "vpc-0123456789abcdef0")]
SubnetId = Annotated[str, RegexScalar(r"subnet-[0-9a-f]{8}(?:[0-9a-f]{9})?", "a subnet ID", "subnet-0123456789abcdef0")]
Cidr = Annotated[str, Scalar(_cidr, type="string", pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$", examples=["10.0.0.0/16"])]
ServiceName = Annotated[str, EnumScalar("a service that obsgen can create an endpoint for", *SERVICES)]


class EndpointPlaceSpec(Strict):
    """The VPC of one account."""

    vpc: VpcId = Field(description="ID of the VPC")
    subnets: list[SubnetId] = Field(description="one subnet for each Availability Zone with instances", min_length=1)
    cidr: Cidr = Field(description="address range that may connect, such as that of the VPC")
    region: RegionName | None = Field(default=None, description="Region of the VPC (default: the first of `regions`)")


class EndpointsSpec(Strict):
    """Interface endpoints, for these services, in the VPC of each of these accounts."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself(
        "use `accounts`: an endpoint is in one VPC, with an account and a Region",
        [key for key in PLACE_KEYS if key != "accounts"],
    )

    forms: ClassVar[Mapping[str, str]] = {"accounts": "{alpha: {vpc: vpc-…, subnets: [subnet-…], cidr: 10.0.0.0/16}}"}

    services: list[ServiceName] = Field(description="such as [monitoring, logs, events, sns, ssm]", min_length=1)
    accounts: dict[Key, EndpointPlaceSpec] = Field(description="VPCs by account", min_length=1)


class ProbeNetworkSpec(Strict):
    """The VPC in which the probes of one account run."""

    vpc: VpcId = Field(description="ID of the VPC")
    subnets: list[SubnetId] = Field(
        description="private subnets of the VPC, in several Availability Zones", min_length=1, max_length=16
    )
    region: RegionName | None = Field(default=None, description="Region of the VPC (default: the first of `regions`)")
    resolvers: list[AddressText] = Field(
        default_factory=list, description="IP addresses of the VPC's own DNS servers, if its DHCP options name some"
    )


class ProbeNetworksSpec(Strict):
    """The VPCs in which probes run, by account."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself(
        "use `accounts`: a VPC belongs to one account and Region",
        [key for key in PLACE_KEYS if key != "accounts"],
    )
    forms: ClassVar[Mapping[str, str]] = {"accounts": "{ledger: {vpc: vpc-…, subnets: [subnet-…]}}"}

    accounts: dict[Key, ProbeNetworkSpec] = Field(description="VPCs by account; `hub` for the hub's", min_length=1)


class NetworkSpec(Strict):
    """Private ways to the services that watch, and to what probes check."""

    endpoints: EndpointsSpec | None = Field(default=None, description="interface VPC endpoints in members")
    probes: ProbeNetworksSpec | None = Field(default=None, description="VPCs in which probes run")
