"""The probes of a runner: shipped inside its package as probes.json, which handlers/probes/settings.py reads.

Secrets are in it by name only.
"""

from __future__ import annotations

from typing import Any

from generator.model.estate import Estate
from generator.model.probes import OF_HUB, DnsCheck, EndpointCheck, HttpCheck, Probe
from generator.render.json_rows import json_rows
from generator.render.settings_entries import set_fields

PROBE_SETTINGS = "handlers/probes/probes.json"
SETTINGS_VERSION = 1


def probes_json(estate: Estate, *, of_hub: bool) -> bytes:
    """The probes of the hub's runner, or of all members': each of those picks the entries of its account."""
    probes = [probe_entry(probe, estate) for probe in estate.probes if probe.is_of_hub is of_hub]
    return json_rows({"version": SETTINGS_VERSION, "probes": probes}).encode()


def probe_entry(probe: Probe, estate: Estate) -> dict[str, Any]:
    """One probe; a key that is missing has its usual value."""
    ids = {account.name: account.id for account in estate.accounts} | {OF_HUB: OF_HUB}
    return {
        "probe": probe.name,
        "type": probe.type,
        "from": [ids[place] for place in probe.places],
        "every": probe.every,
        "timeout": probe.timeout,
        **set_fields(offset=probe.offset),
        **_check(probe.check),
    }


def _check(check: HttpCheck | EndpointCheck | DnsCheck) -> dict[str, Any]:
    match check:
        case HttpCheck():
            return _http(check)
        case EndpointCheck(host, port, _):
            return {"host": host, "port": port}
        case DnsCheck(name, record, expected, resolver):
            return {"name": name, "record": record, **set_fields(expected=list(expected), resolver=resolver)}


def _http(check: HttpCheck) -> dict[str, Any]:
    return {
        "url": check.url,
        "status": list(check.status),
        **set_fields(
            method="" if check.method == "GET" else check.method,
            headers=dict(check.headers),
            secrets={item.header: {"name": item.secret, **set_fields(key=item.key)} for item in check.secrets},
            body=check.body,
            follow_redirects=check.follow_redirects,
            contains=check.contains,
            matches=check.matches,
            expected_headers=dict(check.expected_headers),
        ),
    }
