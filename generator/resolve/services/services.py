"""Services: each entry becomes ordinary alarms, from its pack and the settings of the entry.

Weakest first: built-in, defaults, the pack, the entry, its entry for the alarm's group, its entry for the alarm, the
placement of the entry, and then overrides as in every alarm, those of the whole entry before those of one alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic_core import PydanticCustomError

from generator.findings import Finding, Path, suggest, unknown_reference, without_duplicates
from generator.model.stack_values import as_written, joined
from generator.model.stack_values import filled as in_place
from generator.resolve.alarms.cascade import FIELDS, SHARED_FIELDS
from generator.resolve.alarms.levels import level_faults
from generator.resolve.names import escaped
from generator.resolve.placement import check_placement_names
from generator.resolve.scope import AlarmProvenance, Scope
from generator.resolve.services.filters import ServiceFilters, check_log_groups, filter_key, with_filters
from generator.resolve.services.fleet import SILENCE, as_fleet, check_fleet, covered, summary_of, unnamed
from generator.resolve.services.packs import PackRegistry
from generator.resolve.services.regions import check_region
from generator.resolve.services.service_metrics import ServiceEntry, metric_of, operand_of, traffic_of
from generator.spec.alarms import AlarmOverrideSpec, AlarmSpec
from generator.spec.packs import PackAlarm, PackParameter, Relative, capacity
from generator.spec.quantities import Threshold
from generator.spec.scalars import show
from generator.spec.services import KEYS, ServiceAlarmSpec, ServiceSpec
from generator.spec.signals import MeasuredMetricSpec

_PERCENT = 100


def with_service_alarms(scope: Scope, packs: PackRegistry, findings: list[Finding]) -> Scope:
    """The scope with the alarms of all services among the document's own."""
    alarms: dict[str, AlarmSpec] = {}
    origins: dict[str, AlarmProvenance] = {}
    service_filters = ServiceFilters()
    for key, spec in sorted(scope.document.services.items()):
        for name, alarm, origin in _service(key, spec, scope, packs, service_filters, findings):
            duplicate: Path = ("alarms", name) if name in scope.document.alarms else ()
            duplicate = origins[name].path if name in origins else duplicate
            if duplicate:
                message = f"its alarm and another alarm would both be called `{name}`"
                hint = "rename one; an alarm that the entry removes keeps its name"
                findings.append(
                    Finding("R08", message, origin.path, hint=hint, on="key", also=((duplicate, "the other"),))
                )
                continue
            alarms[name], origins[name] = alarm, origin
    if not alarms:
        return scope
    document = scope.document.model_copy(update={"alarms": {**scope.document.alarms, **alarms}})
    return with_filters(replace(scope, document=document, lowered=origins), service_filters, findings)


def _service(
    key: str,
    spec: ServiceSpec,
    scope: Scope,
    packs: PackRegistry,
    service_filters: ServiceFilters,
    findings: list[Finding],
) -> Iterator[tuple[str, AlarmSpec, AlarmProvenance]]:
    path: Path = ("services", key)
    if spec.type not in packs.types:
        findings.append(
            unknown_reference(
                "R02",
                "pack",
                spec.type,
                packs.types,
                (*path, "type"),
                "run `obsgen packs` to list packs, or add your own to packs/",
            )
        )
        return
    pack = packs.packs.get(spec.type)
    if pack is None:
        return
    entry = ServiceEntry(key, spec, pack)
    placed = check_placement_names(spec, scope.document, path)
    faults = [*read_parameters(entry, scope), *_check_alarms(entry), *check_region(entry, scope), *placed]
    faults += [*check_fleet(entry), *check_log_groups(entry, scope)]
    findings += faults
    if faults:
        return
    possible = covered(entry, findings)
    alarms = [pair for name, alarm in possible.items() for pair in _alarm(entry, name, alarm, findings)]
    if not alarms:
        off_by_default = [name for name, alarm in possible.items() if not alarm.enabled]
        message = f"this entry creates no alarms; run `obsgen packs show {spec.type}` for what each alarm requires"
        hint = f"set alarms: {{{off_by_default[0]}: true}}" if off_by_default else ""
        findings.append(Finding("R07", message, path, hint=hint, on="key"))
    for name, _, _ in alarms:
        service_filters.add(entry, pack.alarms[name.removeprefix(f"{key}-")])
    yield from alarms


def read_parameters(entry: ServiceEntry, scope: Scope) -> list[Finding]:
    """Read the parameters and capacities into the entry; what is wrong with them."""
    findings: list[Finding] = []
    pack, path = entry.pack, entry.path
    known = {*pack.parameters, *pack.capacities}
    for name, value in entry.spec.given.items():
        if name not in known:
            hint = suggest(name, known | KEYS)
            findings.append(Finding("S01", f"unknown key `{name}`", (*path, name), hint=hint, on="key"))
        elif name in pack.capacities:
            try:
                entry.capacities[name] = capacity(value, pack.capacities[name].unit)
            except PydanticCustomError as error:
                hint = str((error.context or {}).get("hint") or f"use a value such as {pack.capacities[name].example}")
                findings.append(Finding("S03", error.message(), (*path, name), hint=hint))
        else:
            findings += _parameter(entry, name, pack.parameters[name], value, scope)
    for name, parameter in pack.parameters.items():
        if name in entry.spec.given:
            continue
        if parameter.default is not None:
            entry.values[name] = parameter.default
        elif not parameter.optional and name not in unnamed(entry):
            hint = f"{parameter.what}, such as {parameter.example}"
            findings.append(Finding("S02", f"`{name}` is missing", (*path, name), hint=hint))
    return without_duplicates(findings)


def _parameter(entry: ServiceEntry, name: str, parameter: PackParameter, value: Any, scope: Scope) -> list[Finding]:
    path: Path = (*entry.path, name)
    if not isinstance(value, str) or not value:
        hint = f'quote it: "{value}"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
        return [Finding("S03", f"expected text, got {show(value)}", path, hint=hint)]
    findings: list[Finding] = []
    # What only the place of a stack says stays as it is written: it is filled in with the dimensions.
    filled_in = scope.fill_in_place(value, path, findings)
    entry.values[name] = as_written(escaped(filled_in))
    everywhere = (in_place(filled_in, account, scope.regions[0]) for account in (*scope.accounts, joined("0" * 12)))
    such_as = next((text for text in everywhere if "${" not in text), None)
    if not findings and parameter.form and such_as is not None and not re.fullmatch(parameter.form, such_as):
        message = f"expected {parameter.what}, got {show(value)}"
        findings.append(Finding("S03", message, path, hint=f"use a value such as {parameter.example}"))
    return findings


def _check_alarms(entry: ServiceEntry) -> Iterator[Finding]:
    """Alarms of the entry that its pack does not have, or that cannot be with what the entry declares."""
    pack = entry.pack
    known = {*pack.alarms, *pack.groups}
    for name, own in entry.spec.alarms.items():
        path: Path = (*entry.path, "alarms", name)
        if name not in known:
            hint = suggest(name, known)
            yield Finding("R02", f"the pack `{entry.spec.type}` has no alarm `{name}`", path, hint=hint, on="key")
        elif name in pack.alarms and own is not False:
            wanting = _wanting(entry, name, pack.alarms[name])
            if wanting:
                message = f"the alarm `{name}` requires `{wanting}`, which this entry does not set"
                yield Finding("R07", message, path, hint=f"add `{wanting}`, or remove the alarm", on="key")
        if name in known and isinstance(own, ServiceAlarmSpec):
            yield from level_faults(own, path)
            yield from _meaningless(own, [pack.alarms[key] for key in pack.groups.get(name, [name])], path)


def _meaningless(own: ServiceAlarmSpec, alarms: list[PackAlarm], path: Path) -> Iterator[Finding]:
    """Keys that mean nothing to what the alarm measures, or any alarm of the group."""
    if own.statistic is not None and all(alarm.expression for alarm in alarms):
        message = "this alarm is an expression: the statistics of its metrics are set by the pack"
        yield Finding("R07", message, (*path, "statistic"), hint="remove it", on="key")
    if own.at_least is not None and not any(alarm.minimum_traffic for alarm in alarms):
        message = "this alarm has no minimum traffic"
        yield Finding("R07", message, (*path, "at_least"), hint="remove it", on="key")


def _wanting(entry: ServiceEntry, name: str, alarm: PackAlarm) -> str:
    """The parameter or capacity without which there is no such alarm."""
    missing = [need for need in alarm.needs if need not in entry.values]
    relative = isinstance(alarm.threshold, Relative) and _threshold(entry, name, alarm) is None
    return missing[0] if missing else alarm.threshold.capacity if relative else ""  # type: ignore[union-attr]


def _own(entry: ServiceEntry, name: str) -> list[tuple[str, ServiceAlarmSpec | bool]]:
    """The settings of the entry for an alarm, weakest first: by the groups it is in, and by its name."""
    groups = [group for group, members in entry.pack.groups.items() if name in members]
    return [(key, entry.spec.alarms[key]) for key in (*groups, name) if key in entry.spec.alarms]


def _alarm(
    entry: ServiceEntry, name: str, alarm: PackAlarm, findings: list[Finding]
) -> Iterator[tuple[str, AlarmSpec, AlarmProvenance]]:
    own = _own(entry, name)
    if not (alarm.enabled or own) or _wanting(entry, name, alarm):
        return
    path: Path = (*entry.path, "alarms", name)
    values, origins = _values(entry, name, alarm, own)
    overrides = list(_overrides(entry, own))
    if origins["threshold"][0].startswith("pack ") and _per_second(entry, alarm):
        message = "the threshold is for the period of the pack and does not change with this period"
        findings += [
            Finding("R07", message, (*override_path, "period"), hint="set a threshold here, too")
            for override, override_path in overrides
            if override.period is not None and override.threshold is None
        ]
    actions = [arn for _, settings in own if isinstance(settings, ServiceAlarmSpec) for arn in settings.actions]
    spec = AlarmSpec.model_construct(
        in_=entry.spec.in_,
        accounts=entry.spec.accounts,
        labels=entry.spec.labels,
        units=entry.spec.units,
        later=entry.spec.later,
        regions=entry.spec.regions,
        metric=_metric(entry, alarm),
        expression=alarm.expression,
        metrics={key: operand_of(entry, metric) for key, metric in alarm.metrics.items()},
        minimum_traffic=traffic_of(entry, alarm.minimum_traffic, own),
        actions=[*actions],
        overrides=[override for override, _ in overrides],
        service=entry.key,
        **_of_alarm(own),
        **values,
    )
    chosen = alarm.missing_data.as_ != "breaching" and origins["missing_data"][0].startswith("pack ")
    silence = alarm.missing_data.because if chosen else ""
    spec = as_fleet(entry, alarm, spec)
    if spec.query and origins["missing_data"][0].startswith("pack "):
        # One that sends nothing is no contributor, so data can only be missing of all of them.
        spec, silence = spec.model_copy(update={"missing_data": "not-breaching"}), SILENCE
    places = tuple(override_path for _, override_path in overrides)
    yield f"{entry.key}-{name}", spec, AlarmProvenance(path, origins, places, silence, entry.pack.region or "")


def _metric(entry: ServiceEntry, alarm: PackAlarm) -> MeasuredMetricSpec | None:
    """The metric of an alarm that is no expression."""
    if alarm.filter:
        return MeasuredMetricSpec(filter=filter_key(entry, alarm))
    return MeasuredMetricSpec(**metric_of(entry, alarm.metric)) if alarm.metric else None


def _of_alarm(own: list[tuple[str, ServiceAlarmSpec | bool]]) -> dict[str, Any]:
    """The name, the incident settings and when actions are invoked; those of the last entry that has them."""
    return {
        name: value
        for name in ("actions_enabled", "actions_in", "group", "name", "ok", "page_again")
        for _, settings in own
        if isinstance(settings, ServiceAlarmSpec)
        if (value := getattr(settings, name)) is not None
    }


def _values(
    entry: ServiceEntry, name: str, alarm: PackAlarm, own: list[tuple[str, ServiceAlarmSpec | bool]]
) -> tuple[dict[str, Any], dict[str, tuple[str, Path]]]:
    """The fields that the pack or the entry gives, each with its layer and place."""
    values: dict[str, Any] = {
        "statistic": alarm.statistic,
        "threshold": _threshold(entry, name, alarm),
        "period": alarm.period,
        "datapoints": alarm.datapoints,
        "missing_data": alarm.missing_data.as_,
        "severity": alarm.severity,
        "enabled": True,
        "summary": summary_of(entry, alarm),
    }
    origins: dict[str, tuple[str, Path]] = dict.fromkeys(values, (f"pack {entry.spec.type}", ()))
    for field_name in ("severity", "owner", "runbook", "enabled"):
        value = getattr(entry.spec, field_name)
        if value is not None:
            values[field_name], origins[field_name] = value, ("service", (*entry.path, field_name))
    for key, settings in own:
        path: Path = (*entry.path, "alarms", key)
        if isinstance(settings, bool):
            values["enabled"], origins["enabled"] = settings, ("entry", path)
            continue
        for field_name in (*FIELDS, *SHARED_FIELDS, "summary"):
            value = getattr(settings, field_name)
            if value is not None:
                values[field_name], origins[field_name] = value, ("entry", (*path, field_name))
        if settings.thresholds or settings.threshold:
            values["thresholds"], values["names"] = settings.thresholds, settings.names
        if settings.thresholds:
            origins["threshold"] = ("entry", (*path, "thresholds"))
    return values, origins


def _threshold(entry: ServiceEntry, name: str, alarm: PackAlarm) -> Threshold | None:
    """The threshold that holds for the entry; None where its capacity is not declared."""
    own = [settings for _, settings in _own(entry, name) if isinstance(settings, ServiceAlarmSpec)]
    thresholds = [value for settings in own for value in (*settings.thresholds.values(), settings.threshold) if value]
    if thresholds or not isinstance(alarm.threshold, Relative):
        return thresholds[-1] if thresholds else alarm.threshold  # type: ignore[return-value]
    relative = alarm.threshold
    declared = entry.capacities.get(relative.capacity)
    if declared is None:
        return None
    periods = [settings.period for settings in own if settings.period is not None]
    length = (periods[-1] if periods else alarm.period) if _per_second(entry, alarm) else 1
    return Threshold(relative.comparison, declared * length * relative.percent / _PERCENT)


def _per_second(entry: ServiceEntry, alarm: PackAlarm) -> bool:
    relative = alarm.threshold
    return isinstance(relative, Relative) and entry.pack.capacities[relative.capacity].per_second


def _overrides(
    entry: ServiceEntry, own: list[tuple[str, ServiceAlarmSpec | bool]]
) -> Iterator[tuple[AlarmOverrideSpec, Path]]:
    """The overrides of the whole entry, then those of the group, then those of the alarm."""
    for index, service_override in enumerate(entry.spec.overrides):
        override = AlarmOverrideSpec.model_construct(
            where=service_override.where, severity=service_override.severity, enabled=service_override.enabled
        )
        yield override, (*entry.path, "overrides", index)
    for key, settings in own:
        overrides = settings.overrides if isinstance(settings, ServiceAlarmSpec) else ()
        yield from ((item, (*entry.path, "alarms", key, "overrides", index)) for index, item in enumerate(overrides))
