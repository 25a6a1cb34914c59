"""The section `probes`: addresses, ports, names and certificates that are checked every minute or so."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.probes import METHODS, RECORDS, HttpMethod, RecordType
from generator.spec.addresses import AddressReach, reach
from generator.spec.canaries import CanaryUrl
from generator.spec.channel_words import SecretName
from generator.spec.incidents import ServiceName
from generator.spec.line_pattern import LinePattern
from generator.spec.placements import placed_by_itself
from generator.spec.quantities import DatapointsText, Seconds, ThresholdText, WarmUpText
from generator.spec.scalars import EnumScalar, Key, RegexScalar, Scalar, SeverityName, Url, show, wrong
from generator.spec.strict import Strict

_HOST = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?|\{[a-z]+\}|[.-])+")


def _host(value: object) -> str:
    """A host name, or an IP address without brackets."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text):
            return text
    hint = "write the host alone, without https:// and the port" if "/" in text or ":" in text else "db.example.com"
    raise wrong(f"expected a host name or an IP address, got {show(value)}", hint)


def _address(value: object) -> str:
    """Of a name server. The probe's function refuses the same ones: its own machine has no name server for it."""
    hint = "use an address such as 192.0.2.53"
    try:
        address = str(ipaddress.ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        raise wrong(f"expected an IP address, got {show(value)}", hint) from None
    if reach(address) is AddressReach.LOCAL:
        reason = "a loopback, link-local or multicast address, where no name server answers a Lambda function"
        raise wrong(f"{show(value)} is {reason}", hint)
    return address


HostText = Annotated[str, Scalar(_host, type="string", maxLength=253, examples=["db.example.com", "10.0.0.5"])]
AddressText = Annotated[str, Scalar(_address, type="string", examples=["192.0.2.53"])]
HeaderName = Annotated[
    str, RegexScalar(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", "the name of a header", "Accept", longest=64)
]
HeaderText = Annotated[str, RegexScalar(r"[\x20-\x7e]{1,1024}", "a header value in ASCII", "application/json")]
MethodName = Annotated[HttpMethod, EnumScalar("an HTTP method", *METHODS)]
RecordName = Annotated[RecordType, EnumScalar("a record type", *RECORDS)]
StatusCode = Annotated[int, Field(ge=100, le=599)]


class HeaderSecretSpec(Strict):
    """A header whose value is in Secrets Manager, in the account that probes."""

    forms: ClassVar[Mapping[str, str]] = {"": "{secret: shop/probe}, or {secret: shop/probe, key: token}"}

    secret: SecretName = Field(description="name of the secret in Secrets Manager, in the account that probes")
    key: str | None = Field(
        default=None, description="key of its JSON object (default: the whole secret)", min_length=1, max_length=128
    )


def _header_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | HeaderSecretSpec) else "text"


HeaderValue = Annotated[
    Annotated[HeaderText, Tag("text")] | Annotated[HeaderSecretSpec, Tag("mapping")], Discriminator(_header_form)
]


class ProbeExpectSpec(Strict):
    """The conditions that the response has to meet, all of them."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "body": "write `contains` for a text, `matches` for a pattern",
        "within": "`slow` of the probe is an alarm on its duration",
        "header": "`headers`",
    }

    status: StatusCode | Annotated[list[StatusCode], Field(min_length=1)] = Field(
        default=200, description="expected HTTP status, or a list of them"
    )
    contains: str | None = Field(
        default=None, description="expected text in the first 64 KB of the body", min_length=1, max_length=500
    )
    matches: LinePattern | None = Field(
        default=None, description="pattern that the first 8,192 characters of the body match"
    )
    headers: dict[HeaderName, LinePattern] = Field(
        default_factory=dict, description="headers of the response, and the patterns that they match"
    )


class SlowSpec(Strict):
    """The alarm on the duration of successful probes."""

    forms: ClassVar[Mapping[str, str]] = {"": '"> 1500", or {threshold: "> 1500", severity: low}'}

    threshold: ThresholdText = Field(description='duration in milliseconds, such as "> 1500"')
    datapoints: DatapointsText | None = Field(default=None, description="slow runs to alarm, M of N")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")


class CertificateSpec(Strict):
    """The alarm on the days that a certificate is still valid."""

    forms: ClassVar[Mapping[str, str]] = {"": "21d, or {before: 21d, severity: high}"}

    before: Seconds = Field(description="how long before the certificate expires, in whole days such as 21d")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")


def _slow_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | SlowSpec) else "text"


def _certificate_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | CertificateSpec) else "text"


Slow = Annotated[Annotated[ThresholdText, Tag("text")] | Annotated[SlowSpec, Tag("mapping")], Discriminator(_slow_form)]
Certificate = Annotated[
    Annotated[Seconds, Tag("text")] | Annotated[CertificateSpec, Tag("mapping")], Discriminator(_certificate_form)
]


class ProbeOverrideSpec(Strict):
    """Other values in some environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "warm_up": "the warm-up cannot be overridden: set it in the probe, beside `overrides`"
    }

    where: dict[str, str | list[str]] = Field(description="condition, environment: name", min_length=1)
    enabled: bool | None = Field(default=None, description="false removes the probe and its alarms")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    datapoints: DatapointsText | None = Field(default=None, description="failed runs to alarm, M of N")


def _from_form(value: object) -> str:
    return "list" if isinstance(value, list) else "text"


ProbeFrom = Annotated[
    Annotated[Key, Tag("text")] | Annotated[list[Key], Field(min_length=1), Tag("list")], Discriminator(_from_form)
]


class _ProbeKeys(Strict):
    """The keys of every probe."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **placed_by_itself("write `from`: hub, the name of an account, or a list of names"),
        "in": "write `from: hub`",
    }

    every: Seconds = Field(default=60, description="interval, from 1m to 1h in whole minutes")
    timeout: Seconds = Field(default=5, description="time limit of one run, from 1s to 30s")
    from_: ProbeFrom = Field(
        default="hub", alias="from", description="where it runs: hub, the name of an account, or a list of names"
    )
    slow: Slow | None = Field(
        default=None,
        description='alarm on the duration in ms: "> 1500", or {threshold, datapoints, severity}',
    )
    datapoints: DatapointsText | None = Field(default=None, description="failed runs to alarm, M of N, such as 2 of 3")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    summary: str = Field(default="", description="one-line description for the person on call", max_length=400)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")
    service: ServiceName | None = Field(
        default=None, description="the service it belongs to; alarms of one service form one incident"
    )
    warm_up: WarmUpText | None = Field(
        default=None, description="time until the actions of its new alarms are enabled, such as 30m; or none"
    )
    enabled: bool = Field(default=True, description="false removes the probe and its alarms")
    overrides: list[ProbeOverrideSpec] = Field(default_factory=list, description="overrides by environment")


class HttpProbeSpec(_ProbeKeys):
    """An HTTP request, and the expected response."""

    type: Literal["http"]
    url: CanaryUrl = Field(description="URL to request, without secrets")
    method: MethodName = Field(default="GET", description="HTTP method; a probe should change nothing")
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, description="headers of the request; {secret: name} for a value from Secrets Manager"
    )
    body: str = Field(default="", description="body of the request, without secrets", max_length=4096)
    follow_redirects: bool = Field(default=False, description="whether up to five redirects are followed")
    expect: ProbeExpectSpec = Field(default_factory=ProbeExpectSpec, description="expected response")
    certificate: Certificate | None = Field(
        default=None, description="alarm so long before the certificate expires: 21d, or {before, severity}"
    )


class TcpProbeSpec(_ProbeKeys):
    """A TCP connection."""

    type: Literal["tcp"]
    host: HostText = Field(description="host name or IP address")
    port: int = Field(description="port", ge=1, le=65_535)


class TlsProbeSpec(_ProbeKeys):
    """A TLS handshake, and the certificate of the server."""

    type: Literal["tls"]
    host: HostText = Field(description="host name, which the certificate must have")
    port: int = Field(default=443, description="port", ge=1, le=65_535)
    certificate: Certificate | None = Field(
        default=None, description="alarm so long before the certificate expires: 21d, or {before, severity}"
    )


class DnsProbeSpec(_ProbeKeys):
    """A DNS query, and the expected answers."""

    type: Literal["dns"]
    name: HostText = Field(description="name to look up")
    record: RecordName = Field(default="A", description="record type: A, AAAA, CNAME, MX, NS or TXT")
    expect: list[Annotated[str, Field(min_length=1, max_length=255)]] = Field(
        default_factory=list, description="allowed answers; [] for any"
    )
    resolver: AddressText | None = Field(
        default=None, description="IP address of the resolver (default: that of the network)"
    )


ProbeSpec: Any = Annotated[HttpProbeSpec | TcpProbeSpec | TlsProbeSpec | DnsProbeSpec, Field(discriminator="type")]
AnyProbeSpec = HttpProbeSpec | TcpProbeSpec | TlsProbeSpec | DnsProbeSpec
