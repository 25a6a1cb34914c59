"""Private ways from the members' networks to the services that watch them."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class EndpointPlace:
    """The VPC of an account. cidr: from where the endpoints are reached."""

    account: str
    region: str
    vpc: str
    subnets: tuple[str, ...]
    cidr: str
    path: Path


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Interface endpoints. services: as in the endpoint's name, such as `ec2messages`."""

    services: tuple[str, ...]
    places: tuple[EndpointPlace, ...]
    path: Path
