"""T74: a private address is probed from a VPC, and no probe has a target that no function can reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.estate import Estate
from generator.model.probes import DnsCheck, HttpCheck, Probe

CODE = "T74"
NAME = "private-targets"
TITLE = "A probe of a private address runs in a VPC, and no probe has a target that no function can reach."
SUMMARY = "A function can reach the target of each probe."
WHY = (
    "A function that is in no VPC reaches public addresses only, so the probe always fails. Loopback and link-local"
    " addresses are those of the function itself, its runtime interface and its credentials; the runner refuses them,"
    " and addresses of more than one host. Functions have no IPv6 but in dual-stack subnets with a setting that"
    " probes do not have. AWS blocks port 25 of all functions that are in no VPC, against spam, and does not lift that."
)
SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
# https://repost.aws/knowledge-center/ec2-port-25-throttle
_SMTP = 25
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
        elif fault := _unreachable(host):
            yield Finding(
                CODE, f"{host} is {fault}", _path(probe), hint="use the IPv4 address of the target, or its name"
            )
        elif outside := _is_private(host) and _outside(probe, subject.estate):
            message = f"{host} is private, and the probes of `{outside}` do not run in a VPC"
            hint = f"set network: {{probes: {{accounts: {{{outside}: {{vpc: …, subnets: […]}}}}}}}}"
            yield Finding(CODE, message, _path(probe), hint=hint)
        elif _port(probe) == _SMTP and (outside := _outside(probe, subject.estate)):
            message = f"AWS blocks port {_SMTP}, and the probes of `{outside}` do not run in a VPC"
            hint = "probe another port of the server, such as 465 or 587"
            yield Finding(CODE, message, _port_path(probe), hint=hint)


def _outside(probe: Probe, estate: Estate) -> str:
    """The first of its places without a VPC; empty where all have one."""
    in_vpc = {runner.account for runner in estate.probe_runners if runner.vpc}
    return next((place for place in probe.places if place not in in_vpc), "")


def _is_own(host: str) -> bool:
    ip = _ip(host)
    if ip is None:
        return host in _SELF_NAMES or host.endswith(".localhost")
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified


def _unreachable(host: str) -> str:
    """Why no function reaches an address; empty for others and for names."""
    ip = _ip(host)
    if ip is None:
        return ""
    if ip.is_multicast or host == "255.255.255.255":
        return "not the address of one host"
    return "an IPv6 address, which functions cannot reach" if ip.version == 6 else ""  # noqa: PLR2004


def _is_private(host: str) -> bool:
    ip = _ip(host)
    return host.endswith(_PRIVATE_NAMES) if ip is None else not ip.is_global


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _port(probe: Probe) -> int:
    rule = probe.egress
    return rule[1] if rule else 0


def _port_path(probe: Probe) -> Path:
    return (*probe.path, "url" if isinstance(probe.check, HttpCheck) else "port")


def _path(probe: Probe) -> Path:
    match probe.check:
        case HttpCheck():
            return (*probe.path, "url")
        case DnsCheck():
            return (*probe.path, "resolver")
        case _:
            return (*probe.path, "host")
