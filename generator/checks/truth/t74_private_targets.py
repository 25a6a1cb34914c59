"""T74: a private address is probed from a VPC, and no probe has an address of the function itself."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.estate import Estate
from generator.model.probes import DnsCheck, HttpCheck, Probe

CODE = "T74"
NAME = "private-targets"
TITLE = "A probe of a private address runs in a VPC, and no probe connects to a loopback or link-local address."
SUMMARY = "A probe of a private address runs in a VPC."
WHY = (
    "A function that is in no VPC reaches public addresses only, so the probe always fails. Loopback and link-local"
    " addresses are those of the function itself, its runtime interface and its credentials; the runner refuses them."
)
SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
BAD = """\
probes: {db: {type: tcp, host: 10.0.0.5, port: 5432}}
"""
GOOD = """\
probes: {db: {type: tcp, host: 10.0.0.5, port: 5432, from: alpha}}
network: {probes: {accounts: {alpha: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0]}}}}
"""
# Names that only a private resolver knows.
# https://www.iana.org/assignments/special-use-domain-names/special-use-domain-names.xhtml
_PRIVATE_NAMES = (".internal", ".local", ".lan", ".home.arpa")
_SELF_NAMES = ("localhost",)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each target that its runner cannot reach."""
    for probe in subject.estate.probes:
        host = probe.host.lower().rstrip(".")
        if not host:
            continue
        if _is_own(host):
            message = f"{host} is the function itself, or a link-local address"
            yield Finding(CODE, message, _path(probe), hint="use the address of the target")
        elif outside := _is_private(host) and _outside(probe, subject.estate):
            message = f"{host} is private, and the probes of `{outside}` do not run in a VPC"
            hint = f"set network: {{probes: {{accounts: {{{outside}: {{vpc: …, subnets: […]}}}}}}}}"
            yield Finding(CODE, message, _path(probe), hint=hint)


def _outside(probe: Probe, estate: Estate) -> str:
    """The first of its places without a VPC; empty where all have one."""
    in_vpc = {runner.account for runner in estate.probe_runners if runner.vpc}
    return next((place for place in probe.places if place not in in_vpc), "")


def _is_own(host: str) -> bool:
    ip = _ip(host)
    if ip is None:
        return host in _SELF_NAMES or host.endswith(".localhost")
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified


def _is_private(host: str) -> bool:
    ip = _ip(host)
    return host.endswith(_PRIVATE_NAMES) if ip is None else not ip.is_global


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _path(probe: Probe) -> Path:
    match probe.check:
        case HttpCheck():
            return (*probe.path, "url")
        case DnsCheck():
            return (*probe.path, "resolver")
        case _:
            return (*probe.path, "host")
