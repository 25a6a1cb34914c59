"""The section `events`: what the hub keeps of alarms, errors and failures, and its REST API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.model.logs import Encryption
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, RegexScalar
from generator.spec.strict import Strict

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
MOST_RATE, MOST_BURST = 10_000, 5_000
TableEncryption = Annotated[Encryption, EnumScalar("a way to encrypt the event store", "aws-owned", "customer-key")]
SubnetId = Annotated[str, RegexScalar(r"subnet-[0-9a-f]{8,17}", "a subnet ID", "subnet-0123456789abcdef0", 24)]
SecurityGroupId = Annotated[str, RegexScalar(r"sg-[0-9a-f]{8,17}", "a security group ID", "sg-0123456789abcdef0", 20)]


class ApiSpec(Strict):
    """The REST API, for who may call it by IAM."""

    rate: int = Field(default=10, description="requests per second", ge=1, le=MOST_RATE)
    burst: int = Field(default=20, description="burst of requests", ge=1, le=MOST_BURST)
    account_role: bool = Field(
        default=True,
        description="set the role with which API Gateway writes logs; false if the account has one",
    )


class VpcSpec(Strict):
    """The VPC, subnets and security groups of the hub's functions."""

    forms: ClassVar[Mapping[str, str]] = {"": "{subnets: [subnet-…], security_groups: [sg-…]}"}

    # https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
    subnets: list[SubnetId] = Field(
        description="IDs of subnets, one in each Availability Zone", min_length=1, max_length=16
    )
    security_groups: list[SecurityGroupId] = Field(description="IDs of security groups", min_length=1, max_length=5)


def _api_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | ApiSpec) else "switch"


ApiSwitch = Annotated[Annotated[bool, Tag("switch")] | Annotated[ApiSpec, Tag("mapping")], Discriminator(_api_form)]


class EventsSpec(Strict):
    """The event store of the hub."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "retain": "`keep`",
        "retention": "`keep`",
        "rate": "`api: {rate: …}`",
        "burst": "`api: {burst: …}`",
        "subnets": "`vpc: {subnets: […], security_groups: […]}`",
        "security_groups": "`vpc: {subnets: […], security_groups: […]}`",
    }
    forms: ClassVar[Mapping[str, str]] = {"": "true, or {keep, api, …}", "api": "true, false or {rate: 10, burst: 20}"}

    keep: Seconds = Field(default=90 * 86_400, description="retention of events and counts, in whole days")
    api: ApiSwitch = Field(default=True, description="a REST API: true, false or {rate, burst, account_role}")
    backup: bool = Field(default=False, description="point-in-time recovery of the table")
    encryption: TableEncryption = Field(default="aws-owned", description="aws-owned, or customer-key")
    vpc: VpcSpec | None = Field(
        default=None, description="VPC in which the functions of the hub run: {subnets, security_groups}"
    )
    dashboard: bool = Field(default=True, description="create the dashboard monitoring-events-<environment>")
    environments: list[str] = Field(
        default_factory=list, description="environments in which events are kept (default: all)"
    )


def _section_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | EventsSpec) else "switch"


EventsSection = Annotated[
    Annotated[bool, Tag("switch")] | Annotated[EventsSpec, Tag("mapping")], Discriminator(_section_form)
]
