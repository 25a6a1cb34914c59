"""Alarms that are those of a pack, as entries of `services`: only where every value can be said there."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.importer.write.drafts import ImportedEntry
from generator.importer.write.names import Keys, key_of
from generator.importer.write.pack_shapes import measured_by
from generator.importer.write.packs import PackIndex, PackMatch
from generator.importer.write.quantities import duration
from generator.spec.packs import PackAlarm, Relative
from generator.spec.scalars import KEY_LIMIT

_LONGEST = 40
_PLACED = ("accounts", "regions")
_MEASURES = ("metric", "statistic", "expression", "metrics", "minimum_traffic")
# What the alarms of an entry may set, in the order in which it is written.
_SETTINGS = (
    *(
        "threshold",
        "thresholds",
        "at_least",
        "period",
        "datapoints",
        "missing_data",
        "severity",
        "statistic",
        "summary",
        "owner",
        "runbook",
    ),
    *("warm_up", "name", "names", "actions", "actions_in", "actions_enabled", "overrides"),
)
_SHARED = ("severity", "owner", "runbook")
_SEVERITIES = ("critical", "high", "medium", "low", "none")


@dataclass(slots=True)
class Service:
    """An entry of `services`: its pack, its parameters, where it is, and the alarms that it does not have."""

    key: str
    match: PackMatch
    placed: Mapping[str, Any]
    absent: list[str]
    alarms: dict[str, PackAlarm]


def recognized(
    entries: Iterable[ImportedEntry], packs: Mapping[str, bytes], keys: Keys, refused: Mapping[str, str]
) -> list[Service]:
    """The services of which some alarms are; these get their keys. An entry that was refused is none."""
    possible = [entry for entry in entries if _is_possible(entry)]
    index = PackIndex.of(packs, (namespace for entry in possible for namespace in _namespaces(entry)))
    groups: dict[str, dict[str, tuple[ImportedEntry, PackMatch]]] = {}
    for entry in sorted(possible, key=_order):
        for match in index.matches(entry.values):
            region = index.packs[match.type].region
            if region and {location.region for location in entry.locations} != {region}:
                continue
            placed = _placed(entry, region)
            group = groups.setdefault(json.dumps([match.type, match.parameters, placed]), {})
            if match.alarm not in group:
                group[match.alarm] = entry, match
                break
    services = []
    grouped: set[int] = set()
    used: set[str] = set()
    for _, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        alarms = {name: pair for name, pair in group.items() if id(pair[0]) not in grouped}
        if not alarms:
            continue
        match = next(iter(alarms.values()))[1]
        absent = [name for name in index.created(match) if name not in alarms]
        if len(absent) > len(alarms) * (2 if len(alarms) > 1 else 1):
            continue
        key = _key(match, alarms, keys, used)
        if not key or f"services.{key}" in refused:
            continue
        used.add(key)
        first = next(iter(alarms.values()))[0]
        pack = index.packs[match.type]
        placed = _placed(first, pack.region)
        services.append(Service(key, match, placed, absent, {name: pack.alarms[name] for name in alarms}))
        for name, (entry, _) in alarms.items():
            grouped.add(id(entry))
            entry.service = (key, name)
            entry.key = keys.free(f"{key}-{name}", key)
    return services


def _placed(entry: ImportedEntry, region: str | None) -> dict[str, Any]:
    """Where a service is. region: the only one of its pack, which then is no key of its own."""
    return {key: entry.values[key] for key in _PLACED if key in entry.values and not (region and key == "regions")}


def service_values(services: Iterable[Service], entries: Iterable[ImportedEntry]) -> dict[str, dict[str, Any]]:
    """The entries of the section, by key."""
    by_service: dict[str, dict[str, ImportedEntry]] = {}
    for entry in entries:
        if entry.service:
            by_service.setdefault(entry.service[0], {})[entry.service[1]] = entry
    return {
        service.key: _values(service, by_service.get(service.key, {})) for service in sorted(services, key=_service_key)
    }


def _service_key(service: Service) -> str:
    return service.key


def _values(service: Service, entries: Mapping[str, ImportedEntry]) -> dict[str, Any]:
    values: dict[str, Any] = {"type": service.match.type, **dict(service.match.parameters), **service.placed}
    common = {key: _common(key, entries.values()) for key in _SHARED}
    values |= {key: value for key, value in common.items() if value}
    alarms: dict[str, Any] = {}
    for name, alarm in service.alarms.items():
        usual = {**_of_pack(alarm), **{key: value for key, value in common.items() if value}}
        if name not in entries:
            alarms[name] = False
            continue
        own = _settings(entries[name].values)
        settings = {key: own[key] for key in _SETTINGS if key in own and own[key] != usual.get(key)}
        alarms[name] = settings or True
    values["alarms"] = {name: alarms[name] for name in sorted(alarms)} | dict.fromkeys(service.absent, False)
    return values


def _common(key: str, entries: Collection[ImportedEntry]) -> Any:
    """The value of all alarms of a service, where it is one."""
    values = {entry.values.get(key) for entry in entries}
    is_overridden = any(key in override for entry in entries for override in entry.values.get("overrides", ()))
    return next(iter(values)) if len(values) == 1 and not is_overridden else None


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an alarm as those of an alarm of a pack: the minimum traffic is only a number there."""
    guard = values.get("minimum_traffic")
    return {**values, "at_least": guard["at_least"]} if guard else dict(values)


def _of_pack(alarm: PackAlarm) -> dict[str, Any]:
    """The values of a pack's alarm as texts of the language."""
    usual: dict[str, Any] = {
        "period": duration(alarm.period),
        "datapoints": f"{alarm.datapoints.needed} of {alarm.datapoints.of}",
        "missing_data": alarm.missing_data.as_,
        "severity": alarm.severity,
        "statistic": alarm.statistic,
    }
    if alarm.minimum_traffic:
        usual["at_least"] = alarm.minimum_traffic.at_least
    if isinstance(alarm.threshold, Relative):
        return usual
    comparison, value = alarm.threshold
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    return {**usual, "threshold": f"{comparison} {number!r}"}


def _is_possible(entry: ImportedEntry) -> bool:
    """Whether an alarm of a service can be like this one."""
    values = entry.values
    unusual = set(values) - {*_SETTINGS, *_PLACED, *_MEASURES}
    is_compared = "threshold" in values or "thresholds" in values
    return is_compared and not unusual and values.get("accounts") != ["hub"] and measured_by(values) is not None


def _namespaces(entry: ImportedEntry) -> set[str]:
    values = entry.values
    return {metric["namespace"] for metric in [values.get("metric"), *values.get("metrics", {}).values()] if metric}


def _order(entry: ImportedEntry) -> tuple[int, str, str]:
    """Of two alarms on one metric the more severe is the pack's."""
    return (
        min(map(_SEVERITIES.index, entry.levels or [entry.values.get("severity", "medium")])),
        entry.drafts[0].stem,
        entry.drafts[0].location.account,
    )


def _key(match: PackMatch, alarms: Iterable[str], keys: Keys, used: set[str]) -> str:
    """A key of the service that leaves the names of its alarms free; empty where there is none."""
    text = match.parameters[-1][1] if match.parameters else match.type
    text = re.sub(r"\{(?:var|label)\.", "{", text).rpartition("/")[2] or text
    name = key_of(text, last=match.type)[:_LONGEST].strip("-")
    for key in (name, f"{name}-{match.type}"[:_LONGEST].strip("-")):
        names = [f"{key}-{alarm}" for alarm in alarms]
        if key not in used and all(keys.is_free(of) and len(of) <= KEY_LIMIT for of in names):
            return key
    return ""
