"""T43: a VPC and a subnet belong to one account."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.network import EndpointPlace
from generator.model.probes import ProbeRunner

CODE = "T43"
NAME = "vpc-of-one-account"
TITLE = "No VPC and no subnet of endpoints or probes is listed in two accounts."
WHY = (
    "An ID belongs to one VPC of one account. In the other account the creation of the endpoint or function fails, and"
    " with it the whole stack of that member: its alarms too."
)
SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"
BAD = """\
network:
  endpoints:
    services: [monitoring]
    accounts:
      alpha: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0], cidr: 10.0.0.0/16}
      beta: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef1], cidr: 10.0.0.0/16}
"""
GOOD = """\
network:
  endpoints:
    services: [monitoring]
    accounts:
      alpha: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0], cidr: 10.0.0.0/16}
      beta: {vpc: vpc-0123456789abcdef1, subnets: [subnet-0123456789abcdef1], cidr: 10.0.0.0/16}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each ID that a second account lists."""
    endpoints = subject.estate.endpoints
    places: list[EndpointPlace | ProbeRunner] = [*(endpoints.places if endpoints else ())]
    places += [runner for runner in subject.estate.probe_runners if runner.vpc]
    first: dict[str, tuple[str, Path]] = {}
    for place in places:
        for name, value in (("vpc", place.vpc), *(("subnets", subnet) for subnet in place.subnets)):
            account, path = first.setdefault(value, (place.account, (*place.path, name)))
            if account != place.account:
                message = f"{value} is listed in `{account}` and in `{place.account}`"
                hint = "use the IDs of each account"
                yield Finding(CODE, message, (*place.path, name), hint=hint, also=((path, "first listed here"),))
