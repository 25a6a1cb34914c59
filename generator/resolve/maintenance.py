"""Maintenance: the alarms of a window, and their placement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from generator.findings import Finding, Path, suggest
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.maintenance import Maintenance
from generator.resolve.alarms import slos
from generator.resolve.names import logical_id, resource_name
from generator.resolve.scope import Scope
from generator.resolve.section import Section

_IS_PATTERN = re.compile(r"[*?]")
_SHORTEST, _LONGEST = 60, 15 * 86_400


def maintenance(
    scope: Scope, by_key: Mapping[str, Sequence[Alarm | Composite]], findings: list[Finding]
) -> tuple[Maintenance, ...]:
    """A mute rule for each side that has some of the alarms."""
    windows: list[Maintenance] = []
    for key, spec in sorted(scope.document.maintenance.items()):
        path: Path = ("maintenance", key)
        if not _SHORTEST <= spec.duration <= _LONGEST or spec.duration % _SHORTEST:
            message = "expected a duration of one minute to fifteen days, in whole minutes"
            findings.append(Finding("R05", message, (*path, "duration"), hint="use a duration such as 45m"))
        members = _existing_alarms(spec.alarms, (*path, "alarms"), scope, by_key, findings)
        for side in Side:
            alarms = tuple(sorted({_ref(alarm) for alarm in members if alarm.side is side}))
            if alarms:
                name = resource_name(key, "mute", scope.environment)
                windows.append(
                    Maintenance(
                        key,
                        name,
                        logical_id("Maintenance", key),
                        path,
                        side,
                        alarms,
                        spec.schedule,
                        spec.duration,
                        spec.timezone,
                        spec.reason,
                    )
                )
    return tuple(windows)


def _existing_alarms(
    keys: Sequence[str],
    path: Path,
    scope: Scope,
    by_key: Mapping[str, Sequence[Alarm | Composite]],
    findings: list[Finding],
) -> list[Alarm | Composite]:
    """Those that at least one account has."""
    known = {*scope.document.alarms, *scope.document.composites, *slos.keys(scope.document)}
    alarms: list[Alarm | Composite] = []
    for index, pattern in enumerate(keys):
        matching = (
            sorted(key for key in known if fnmatchcase(key, pattern)) if _IS_PATTERN.search(pattern) else [pattern]
        )
        if not matching:
            message = f"no alarm matches `{pattern}`"
            findings.append(
                Finding("R02", message, (*path, index), hint=suggest(pattern, known, "`*` matches any characters"))
            )
        for key in matching:
            if key not in known:
                hint = suggest(key, known)
                if key in scope.document.slos:
                    hint = f"use the alarms of the objective, {key}-fast and {key}-slow"
                findings.append(Finding("R02", f"there is no alarm `{key}`", (*path, index), hint=hint))
            alarms += by_key.get(key, ())
    return [alarm for alarm in alarms if not (isinstance(alarm, Alarm) and alarm.everywhere_disabled)]


def _ref(alarm: Alarm | Composite) -> str:
    return alarm.ref if isinstance(alarm, Alarm) else alarm.key


SECTIONS = (
    Section(
        "maintenance", {"maintenance": lambda resolved: maintenance(resolved.scope, resolved.by_key, resolved.findings)}
    ),
)
