"""T43: a VPC, and a subnet, is of one account."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path

CODE = "T43"
NAME = "vpc-of-one-account"
TITLE = "No VPC and no subnet with endpoints is said to be of two accounts."
WHY = (
    "An id is given to one VPC of one account. In the other account the endpoint's creation fails, and with it the"
    " whole stack of that member: its alarms too."
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
    """A finding for each id that a second account is said to have."""
    endpoints = subject.estate.endpoints
    first: dict[str, tuple[str, Path]] = {}
    for endpoint in endpoints.places if endpoints else ():
        for name, value in (("vpc", endpoint.vpc), *(("subnets", subnet) for subnet in endpoint.subnets)):
            account, path = first.setdefault(value, (endpoint.account, (*endpoint.path, name)))
            if account != endpoint.account:
                message = f"{value} is said to be of `{account}` and of `{endpoint.account}`"
                hint = "each account has ids of its own"
                yield Finding(CODE, message, (*endpoint.path, name), hint=hint, also=((path, "the first"),))
