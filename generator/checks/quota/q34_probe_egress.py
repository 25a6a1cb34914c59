"""Q34: the security group of probes has room for its rules."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding
from generator.model.probes import OF_HUB, egress_rules

CODE = "Q34"
NAME = "probe-egress"
TITLE = "The probes that run in VPCs need at most 60 outbound rules: one for each port, and for each IP address."
SUMMARY = "The security group of probes has at most 60 outbound rules."
WHY = (
    "A security group has 60 outbound rules by default, and the creation of one with more fails, and with it the stack:"
    " the alarms of that account too. Probes of host names share a rule for each port; each IP address needs a rule of"
    " its own."
)
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups"
_VPC = "network: {probes: {accounts: {alpha: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0]}}}}"
_MANY = ",\n  ".join(f"p{n}: {{type: tcp, host: db.example.com, port: {5000 + n}, from: alpha}}" for n in range(61))
BAD = f"""\
probes: {{
  {_MANY}
}}
{_VPC}
"""
GOOD = f"""\
probes: {{db: {{type: tcp, host: db.example.com, port: 5000, from: alpha}}}}
{_VPC}
"""
LIMIT = 60


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for the hub's group and for that of the members."""
    estate = subject.estate
    for of_hub in (True, False):
        runners = [runner for runner in estate.probe_runners if runner.vpc and (runner.account == OF_HUB) is of_hub]
        in_vpc = {runner.account for runner in runners}
        probes = [probe for probe in estate.probes if in_vpc & set(probe.places)]
        if probes:
            whose = "the hub" if of_hub else "members"
            count = len(egress_rules(probes, runners))
            what = f"the security group of probes in {whose} needs {count} outbound rules"
            yield from check_quota(
                CODE, what, count, LIMIT, ("probes",), "use host names, which share a rule for each port"
            )
