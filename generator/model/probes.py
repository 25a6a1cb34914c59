"""Probes: what is requested, connected to or looked up every minute or so, and the functions that do it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from generator.findings import Path

HttpMethod = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
RecordType = Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT"]
METHODS: tuple[HttpMethod, ...] = get_args(HttpMethod)
RECORDS: tuple[RecordType, ...] = get_args(RecordType)
NAMESPACE = "Obsgen/Probes"
RUNNER = "probe-runner"
# The place of a probe that runs in the hub's account.
OF_HUB = "hub"
# The function's time limit, which is less than the interval of its schedule; how much of it is kept for the beginning
# of the first probes and for writing; how many probes it runs at a time, and how long after one another they begin
# (handlers/probes/run.py).
TIMEOUT_SECONDS, RESERVE_SECONDS, CONCURRENT, APART_SECONDS = 55, 5, 64, 0.025
_HTTPS, _DNS = 443, 53


@dataclass(frozen=True, slots=True)
class HeaderSecret:
    """A header from a secret. key: inside its JSON object; empty for the whole secret."""

    header: str
    secret: str
    key: str


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """A request and what is expected of its response. expected_headers: name to pattern."""

    url: str
    method: HttpMethod
    headers: tuple[tuple[str, str], ...]
    secrets: tuple[HeaderSecret, ...]
    body: str
    follow_redirects: bool
    status: tuple[int, ...]
    contains: str
    matches: str
    expected_headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EndpointCheck:
    """A connection; with a TLS handshake if `tls`."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class DnsCheck:
    """A query. expected: allowed answers, () for any. resolver: an address; empty for that of the network."""

    name: str
    record: RecordType
    expected: tuple[str, ...]
    resolver: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe of the environment.

    name: the value of its metrics' dimension. places: `hub`, or names of member accounts. every, timeout: seconds.
    offset: of the minutes in which it runs. alarm: the key of the alarm on its failures. certificate: whether it has an
    alarm on the days of the certificate.
    """

    key: str
    name: str
    path: Path
    type: Literal["http", "tcp", "tls", "dns"]
    places: tuple[str, ...]
    every: int
    timeout: int
    offset: int
    check: HttpCheck | EndpointCheck | DnsCheck
    alarm: str
    certificate: bool = False

    @property
    def is_of_hub(self) -> bool:
        """True if the hub's runner runs it."""
        return self.places == (OF_HUB,)

    @property
    def target(self) -> str:
        """The target as people know it."""
        match self.check:
            case HttpCheck(url=url):
                return url
            case EndpointCheck(host=host, port=port):
                return f"{host} port {port}"
            case DnsCheck(name=name, record=record):
                return f"{name} {record}"

    @property
    def host(self) -> str:
        """The host that it connects to; of a look-up its resolver, empty for that of the network."""
        match self.check:
            case HttpCheck(url=url):
                return urlsplit(url).hostname or ""
            case EndpointCheck(host=host):
                return host
            case DnsCheck(resolver=resolver):
                return resolver

    @property
    def egress(self) -> tuple[str, int, str] | None:
        """Protocol, port and address range that it needs; None for the network's own resolver.

        Redirects may lead to the usual ports too: `egress_rules` has them.
        """
        match self.check:
            case HttpCheck(url=url):
                address = urlsplit(url)
                return "tcp", address.port or (_HTTPS if address.scheme == "https" else 80), _range(self.host)
            case EndpointCheck(host=host, port=port):
                return "tcp", port, _range(host)
            case DnsCheck(resolver=resolver):
                return ("udp", _DNS, _range(resolver)) if resolver else None


@dataclass(frozen=True, slots=True)
class ProbeRunner:
    """The function of one account. account: its name, or `hub`. vpc, subnets: empty where it is in none. resolvers:
    addresses of DNS servers that the VPC has instead of AWS's own.
    """

    account: str
    region: str
    vpc: str
    subnets: tuple[str, ...]
    path: Path
    resolvers: tuple[str, ...] = ()


ANYWHERE = "0.0.0.0/0"


def egress_rules(probes: Iterable[Probe], runners: Iterable[ProbeRunner]) -> tuple[tuple[str, int, str], ...]:
    """Protocol, port and address range of each rule that these probes need in a VPC, sorted.

    AWS's own resolver is not subject to security groups, but other DNS servers are.
    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    servers = {_range(address) for runner in runners for address in runner.resolvers}
    rules = {(protocol, _DNS, addresses) for protocol in ("tcp", "udp") for addresses in servers}
    for probe in probes:
        if probe.egress:
            protocol, port, addresses = probe.egress
            rules.add((protocol, port, addresses))
            # A truncated answer is asked for again by TCP.
            rules |= {("tcp", port, addresses)} if protocol == "udp" else set()
        if isinstance(probe.check, HttpCheck) and probe.check.follow_redirects:
            rules.add(("tcp", _HTTPS, ANYWHERE))
        if isinstance(probe.check, HttpCheck) and probe.check.secrets:
            # To Secrets Manager.
            rules.add(("tcp", _HTTPS, ANYWHERE))
    return tuple(sorted(rules))


def secrets_of(probes: Iterable[Probe]) -> Iterator[str]:
    """The names of the secrets that these probes read, sorted, each once."""
    checks = (probe.check for probe in probes)
    yield from sorted({secret.secret for check in checks if isinstance(check, HttpCheck) for secret in check.secrets})


def _range(host: str) -> str:
    """The address range of a host: one address, or anything where it is a name."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return ANYWHERE
    return f"{ip}/{ip.max_prefixlen}"
