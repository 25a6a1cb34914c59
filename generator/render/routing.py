"""What the incident function has to know of this estate: shipped inside its package as routing.json."""

from __future__ import annotations

from typing import Any

from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.people import AlarmSeverity
from generator.render.json_rows import json_rows

ROUTING_VERSION = 1


def routing_json(estate: Estate) -> bytes:
    """Alarm name to severity, people and runbook; channels without secrets' values; account ids to names."""
    alarms: list[Alarm | Composite] = [a for a in estate.alarms if not a.everywhere_disabled]
    alarms += estate.composites
    data = {
        "version": ROUTING_VERSION,
        "project": estate.project,
        "environment": estate.environment,
        "accounts": {account.id: account.name for account in estate.accounts} | {estate.hub.account: "hub"},
        "routes": {route.severity: list(route.channels) for route in estate.routes},
        "channels": {
            c.name: {"type": c.type, **({"secret": c.secret} if c.secret else {}), **dict(c.settings)}
            for c in estate.channels
        },
        "alarms": {alarm.name: _alarm(alarm, estate) for alarm in sorted(alarms, key=lambda a: a.name)},
    }
    return json_rows(data).encode()


def _alarm(alarm: Alarm | Composite, estate: Estate) -> dict[str, Any]:
    entry: dict[str, Any] = {"severity": _severity(alarm)}
    for name in ("summary", "runbook", "owner"):
        if getattr(alarm, name):
            entry[name] = getattr(alarm, name)
    if isinstance(alarm, Alarm):
        differing = {v.account: v.tuning.severity for v in alarm.variants if v.tuning.severity != _severity(alarm)}
        ids = {account.name: account.id for account in estate.accounts}
        if differing:
            entry["severity_by_account"] = {ids[name]: severity for name, severity in sorted(differing.items())}
    return entry


def _severity(alarm: Alarm | Composite) -> AlarmSeverity:
    return alarm.tuning.severity if isinstance(alarm, Alarm) else alarm.severity
