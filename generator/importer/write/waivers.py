"""Waivers of the house rules that an imported file breaks by being as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.importer.write.types import ImportOptions

_MISSING_DATA = "alarms-treat-missing-data-as-breaching"
_AS_IT_WAS = "imported as it was in AWS; not reviewed yet"


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
    for values in sections.get("log_groups", {}).values():
        if values.get("retention", "30d") != "30d":
            yield "log-retention-30-days", "log_groups"
        if not values["name"].endswith((f"-{environment}", f"/{environment}")):
            yield "names-end-with-environment", "log_groups"


def _may_be_silent(values: Mapping[str, Any], usual: str) -> bool:
    if "promql" in values:
        return False
    treatments = {
        values.get("missing_data", usual),
        *(over.get("missing_data", usual) for over in values.get("overrides", ())),
    }
    return treatments != {"breaching"}
