"""Several thresholds in one alarm: one alarm for each, which are one incident however they fire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from generator.findings import Finding, Path
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.resolve.alarms.cascade import FIELDS, SHARED_FIELDS
from generator.resolve.alarms.overrides import applied
from generator.resolve.scope import AlarmProvenance, Scope
from generator.spec.alarms import AlarmOverrideSpec, AlarmSpec
from generator.spec.quantities import Threshold
from generator.spec.services import ServiceAlarmSpec

_OF_EACH = ("threshold", "severity", "anomaly", "name")


def with_levels(scope: Scope, findings: list[Finding]) -> Scope:
    """The scope with an alarm `<key>-<severity>` for each threshold of an entry that has several."""
    alarms: dict[str, AlarmSpec] = {}
    provenance = dict(scope.lowered)
    levels: dict[str, tuple[str, ...]] = {}
    for key, spec in scope.document.alarms.items():
        if key not in scope.lowered:
            findings += names_without_thresholds(spec, ("alarms", key))
        if not spec.thresholds:
            findings += _without(key, spec, scope)
            alarms[key] = spec
            continue
        findings += _check_override(key, spec, scope)
        findings += _out_of_order(key, spec, scope)
        severities = [severity for severity in SEVERITIES if severity in spec.thresholds]
        levels[key] = tuple(f"{key}-{severity}" for severity in severities)
        if key in scope.document.composites:
            message = f"`{key}` is also the name of a composite, so rules cannot distinguish the two"
            also = ((("composites", key), "the composite"),)
            findings.append(Finding("R08", message, ("alarms", key), on="key", also=also))
        for severity in severities:
            name = f"{key}-{severity}"
            if name in scope.document.alarms:
                message = f"the alarm of its threshold for {severity} and another alarm would both be called `{name}`"
                path: Path = (*_place(key, scope), severity)
                related = ((scope.path_of(name), "the other"),)
                findings.append(Finding("R08", message, path, on="key", also=related))
                continue
            alarms[name], provenance[name] = _level(key, spec, severity, scope)
    if not levels:
        return scope
    document = scope.document.model_copy(update={"alarms": alarms})
    return replace(
        scope, document=document, lowered=provenance, levels=levels, former={**scope.former, **dict(_moved(scope))}
    )


def _moved(scope: Scope) -> Iterator[tuple[Path, str]]:
    """Of an entry that was moved, the keys that its alarms had at first."""
    for key, spec in scope.document.alarms.items():
        former = scope.former.get(("alarms", key))
        for severity in spec.thresholds if former else ():
            yield ("alarms", f"{key}-{severity}"), f"{former}-{severity}"


def _place(key: str, scope: Scope) -> Path:
    """The path of the thresholds of an entry, or of the alarm of a service."""
    return scope.lowered[key].origins["threshold"][1] if key in scope.lowered else ("alarms", key, "thresholds")


def _level(key: str, spec: AlarmSpec, severity: AlarmSeverity, scope: Scope) -> tuple[AlarmSpec, AlarmProvenance]:
    own: Path = (*_place(key, scope), severity)
    overrides, places = [], []
    for index, override in enumerate(spec.overrides):
        changed = override.model_copy(update={"threshold": override.thresholds.get(severity), "thresholds": {}})
        if any(getattr(changed, name) is not None for name in FIELDS):
            overrides.append(changed)
            places.append(scope.override_path(key, index))
    values: dict[str, Any] = {
        "threshold": spec.thresholds[severity],
        "severity": severity,
        "thresholds": {},
        "name": spec.names.get(severity),
        "names": {},
        "overrides": overrides,
    }
    own_origins = {"threshold": ("entry", own), "severity": ("entry", own)}
    level = spec.model_copy(update=values)
    if key in scope.lowered:
        entry = scope.lowered[key]
        return level, replace(entry, origins={**entry.origins, **own_origins}, overrides=tuple(places), level_of=key)
    path: Path = ("alarms", key)
    origins: dict[str, tuple[str, Path]] = {name: ("entry", (*path, name)) for name in (*FIELDS, *SHARED_FIELDS)}
    return level, AlarmProvenance(path, {**origins, **own_origins}, tuple(places), level_of=key)


def beside_thresholds(fields: Iterable[str], path: Path) -> Iterator[Finding]:
    """R07 for what each of several thresholds has by itself. fields: those that an entry sets."""
    for name in _OF_EACH:
        if name in fields:
            message = f"`{name}` cannot be set beside `thresholds`, which have one for each severity"
            yield Finding("R07", message, (*path, name), hint="remove one of the two", on="key")


def level_faults(own: ServiceAlarmSpec, path: Path) -> Iterator[Finding]:
    """R07 for the thresholds of an alarm of a pack, and their names."""
    yield from beside_thresholds(own.model_fields_set, path) if own.thresholds else ()
    yield from names_without_thresholds(own, path)


def names_without_thresholds(spec: AlarmSpec | ServiceAlarmSpec, path: Path) -> Iterator[Finding]:
    """R07 for names of alarms that no threshold makes. path: of the entry."""
    for severity in spec.names:
        if severity not in spec.thresholds:
            message = f"this alarm has no threshold for {severity}"
            hint = f"use one of {', '.join(spec.thresholds)}" if spec.thresholds else "use `name`"
            yield Finding("R07", message, (*path, "names", severity), hint=hint, on="key")


def _check_override(key: str, spec: AlarmSpec, scope: Scope) -> Iterator[Finding]:
    if key not in scope.lowered:
        yield from beside_thresholds(spec.model_fields_set, ("alarms", key))
    for index, override in enumerate(spec.overrides):
        override_path = scope.override_path(key, index)
        for name in ("threshold", "severity"):
            if getattr(override, name) is not None:
                message = f"`{name}` does not say to which of the thresholds it applies"
                yield Finding("R07", message, (*override_path, name), hint="write thresholds: {critical: …}", on="key")
        for severity in override.thresholds:
            if severity not in spec.thresholds:
                message = f"this alarm has no threshold for {severity}"
                hint = f"use one of {', '.join(spec.thresholds)}"
                yield Finding("R07", message, (*override_path, "thresholds", severity), hint=hint, on="key")


def _out_of_order(key: str, spec: AlarmSpec, scope: Scope) -> Iterator[Finding]:
    """Thresholds of some place that are in the wrong order, once for each override that makes them so."""
    wrong = list(_check_order(spec.thresholds, _place(key, scope)))
    yield from wrong
    reported: set[tuple[int, ...]] = set()
    regions = scope.regions if spec.overrides and not wrong else ()
    by_region = [applied(spec.overrides, scope, region) for region in regions]
    names = (*(account.name for account in scope.accounts), None)
    for name, overrides in product(names, by_region):
        places = tuple(index for index in overrides.to(name) if spec.overrides[index].thresholds)
        if not places or places in reported:
            continue
        reported.add(places)
        thresholds = dict(spec.thresholds)
        for index in places:
            thresholds |= spec.overrides[index].thresholds
        yield from _check_order(thresholds, (*scope.override_path(key, places[-1]), "thresholds"))


def _check_order(thresholds: Mapping[AlarmSeverity, Threshold], path: Path) -> Iterator[Finding]:
    """The order of thresholds: a more severe one is further away, or the others would never apply."""
    ordered = [(severity, thresholds[severity]) for severity in SEVERITIES if severity in thresholds]
    for (worse, far), (milder, near) in zip(ordered, ordered[1:], strict=False):
        side = near.comparison[0]
        apart = far.value > near.value if side == ">" else far.value < near.value
        if far.comparison[0] != side or not apart:
            message = f"the threshold for {worse} is less extreme than that for {milder}, or compares differently"
            hint = (
                f"use a {'higher' if side == '>' else 'lower'} threshold for {worse} than for {milder}, with `{side}`"
            )
            yield Finding("R07", message, path, hint=hint, on="key")
            return


def _without(key: str, spec: AlarmSpec, scope: Scope) -> Iterator[Finding]:
    for index, override in enumerate(spec.overrides):
        if isinstance(override, AlarmOverrideSpec) and override.thresholds:
            message = "this alarm has only one threshold"
            path: Path = (*scope.override_path(key, index), "thresholds")
            yield Finding("R07", message, path, hint="write threshold: …", on="key")
