"""The probes of a runner, from the file inside its package; pure.

generator/render/probe_settings.py writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VERSION = 1


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """secret_headers: header to the secret's name and the key inside it; an empty key for the whole secret."""

    url: str
    method: str
    headers: Mapping[str, str]
    secret_headers: Mapping[str, tuple[str, str]]
    body: str
    follow_redirects: bool
    status: tuple[int, ...]
    contains: str
    matches: str
    expected_headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Of the types tcp and tls."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """resolver: an address; empty for the system's. expected: allowed answers; empty for any. port: of the resolver."""

    name: str
    record: str
    expected: tuple[str, ...]
    resolver: str
    port: int = 53


@dataclass(frozen=True, slots=True)
class Probe:
    """name: in CloudWatch. every, timeout: seconds. offset: of the minutes in which it runs."""

    name: str
    type: str
    every: int
    timeout: int
    offset: int
    settings: HttpSettings | EndpointSettings | DnsSettings

    def is_due(self, minute: int) -> bool:
        """True in one of `every` minutes. minute: since 1970."""
        return (minute - self.offset) % (self.every // 60) == 0


def load_probes(text: str, account: str) -> tuple[Probe, ...]:
    """The probes of one runner. account: its account's ID, or `hub`."""
    data = json.loads(text)
    if data["version"] != VERSION:
        raise ValueError(f"probes.json has version {data['version']}, expected {VERSION}")
    return tuple(probe_of(entry) for entry in data["probes"] if account in entry["from"])


def probe_of(entry: Mapping[str, Any]) -> Probe:
    """A probe from its entry."""
    return Probe(
        entry["probe"], entry["type"], entry["every"], entry["timeout"], entry.get("offset", 0), _settings(entry)
    )


def _settings(entry: Mapping[str, Any]) -> HttpSettings | EndpointSettings | DnsSettings:
    match entry["type"]:
        case "http":
            return HttpSettings(
                entry["url"],
                entry.get("method", "GET"),
                entry.get("headers", {}),
                {name: (secret["name"], secret.get("key", "")) for name, secret in entry.get("secrets", {}).items()},
                entry.get("body", ""),
                entry.get("follow_redirects", False),
                tuple(entry["status"]),
                entry.get("contains", ""),
                entry.get("matches", ""),
                entry.get("expected_headers", {}),
            )
        case "dns":
            return DnsSettings(
                entry["name"],
                entry["record"],
                tuple(entry.get("expected", ())),
                entry.get("resolver", ""),
                entry.get("port", 53),
            )
        case _:
            return EndpointSettings(entry["host"], entry["port"])
