"""Waivers of the house rules that an imported file breaks by being as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.importer.write.types import ImportOptions

_MISSING_DATA = "alarms-treat-missing-data-as-breaching"
_AS_IT_WAS = "as it was in AWS when it was imported"


def waivers(
    sections: Mapping[str, Mapping[str, Any]], defaults: Mapping[str, str], environment: str, options: ImportOptions
) -> list[dict[str, Any]]:
    """The waivers, one for a whole section where many of its entries need it."""
    granted = {(rule, path): _waiver(rule, path) for rule, path in _expected(sections, defaults, environment)}
    for rule, path in options.waived:
        granted.setdefault((rule, path), _waiver(rule, path))
    sections_waived = {(rule, path) for rule, path in granted if "." not in path}
    return [
        granted[rule, path]
        for rule, path in sorted(granted)
        if "." not in path or (rule, path.partition(".")[0]) not in sections_waived
    ]


def _waiver(rule: str, path: str) -> dict[str, Any]:
    return {"rule": rule, "for": path, "reason": _AS_IT_WAS}


def _expected(
    sections: Mapping[str, Mapping[str, Any]], defaults: Mapping[str, str], environment: str
) -> Iterator[tuple[str, str]]:
    usual = defaults.get("missing_data", "breaching")
    if any(_may_be_silent(values, usual) for values in sections.get("alarms", {}).values()):
        yield _MISSING_DATA, "alarms"
    if any(_is_changed(values) for values in sections.get("services", {}).values()):
        yield _MISSING_DATA, "services"
    for values in sections.get("log_groups", {}).values():
        if values.get("retention", "30d") != "30d":
            yield "log-retention-30-days", "log_groups"
        is_shared = "{" not in values["name"]
        if (
            values.get("create", True)
            and is_shared
            and not values["name"].endswith((f"-{environment}", f"/{environment}"))
        ):
            yield "names-end-with-environment", "log_groups"


def _is_changed(service: Mapping[str, Any]) -> bool:
    """Whether an alarm treats missing data otherwise than its pack, which has its own reason."""
    alarms = [alarm for alarm in service["alarms"].values() if isinstance(alarm, Mapping)]
    values = [
        part.get("missing_data", "breaching") for alarm in alarms for part in (alarm, *alarm.get("overrides", ()))
    ]
    return any(value != "breaching" for value in values)


def _may_be_silent(values: Mapping[str, Any], usual: str) -> bool:
    if "promql" in values:
        return False
    treatments = {
        values.get("missing_data", usual),
        *(over.get("missing_data", usual) for over in values.get("overrides", ())),
    }
    return treatments != {"breaching"}
