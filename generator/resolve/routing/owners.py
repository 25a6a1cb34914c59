"""Owners: their channels as rules behind those of the routes, and runbooks for what has none of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Composite, Origin
from generator.model.routing import SEVERITIES, AlarmSeverity, RouteRule
from generator.resolve.names import fill
from generator.resolve.routing.channels import recipients
from generator.resolve.scope import Scope

OWNERS = "owners"
AnyAlarm = TypeVar("AnyAlarm", Alarm, Composite)


def rules(scope: Scope, findings: list[Finding]) -> Iterator[RouteRule]:
    """The rules of owners with channels: one for a list, and one for each severity of a mapping."""
    for name, spec in sorted(scope.document.owners.items()):
        path: Path = (OWNERS, name, "channels")
        by_severity: Mapping[AlarmSeverity, list[str]] | None = None
        if isinstance(spec.channels, dict):
            by_severity = spec.channels
        elif spec.channels:
            channels = recipients(spec.channels, f"what {name} owns", path, scope, findings)
            yield RouteRule(((_OWNER, (name,)),), channels, path, name)
        for severity in SEVERITIES if by_severity else ():
            if by_severity and severity in by_severity:
                severity_path = (*path, severity)
                names = by_severity[severity]
                channels = recipients(names, f"what {name} owns", severity_path, scope, findings)
                when = ((_OWNER, (name,)), ("severity", (severity,)))
                yield RouteRule(when, channels, severity_path, name, for_nobody=not names)


_OWNER = "owner"


def with_runbooks(alarms: tuple[AnyAlarm, ...], scope: Scope, findings: list[Finding]) -> tuple[AnyAlarm, ...]:
    """Those without a runbook have that of their owner; a placeholder that is not known is a finding (R01)."""
    if not scope.document.owners:
        return alarms
    patterns = {name: spec.runbooks for name, spec in scope.document.owners.items() if spec.runbooks}
    for name, pattern in sorted(patterns.items()):
        fill(pattern, _values("", scope), (OWNERS, name, "runbooks"), findings)
    return tuple(_with_runbook(alarm, patterns.get(alarm.owner, ""), scope) for alarm in alarms)


def _with_runbook(alarm: AnyAlarm, pattern: str, scope: Scope) -> AnyAlarm:
    if alarm.runbook or not pattern:
        return alarm
    path: Path = (OWNERS, alarm.owner, "runbooks")
    entry = alarm.level_of if isinstance(alarm, Alarm) and alarm.level_of else alarm.key
    runbook = fill(pattern, _values(entry, scope), path, [])
    origin = Origin("runbook", runbook, "owner", path)
    return replace(alarm, runbook=runbook, origins=(*alarm.origins, origin))


def _values(alarm: str, scope: Scope) -> dict[str, str]:
    return {"alarm": alarm, "environment": scope.environment, "project": scope.document.project}
