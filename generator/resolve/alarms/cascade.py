"""The cascade: the effective value of each setting, for each alarm and account, and its origin.

One order, weakest first: built-in, defaults, the entry (of a service: the pack, the entry), its placement, overrides by
environment alone, by label, unit or Region, by account. Among overrides of one rank the later one in the list wins.
Accounts that join a unit later get what no label or account override touches, because auto-deployment ignores parameter
overrides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from generator.evaluate.promql import finds_missing_data
from generator.findings import Finding, Path
from generator.model.accounts import Account
from generator.model.alarms import PLACEMENT_LAYER, MissingData, Origin, Tuning
from generator.model.placement import Placement, has
from generator.resolve.alarms.overrides import Applied, applied, rank_of
from generator.resolve.placement_conditions import SEVERITY_BY_REGION, by_region, unknown_names, where_faults
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec, OverrideSpec
from generator.spec.document import Document
from generator.spec.promql import PromqlSpec
from generator.spec.quantities import Datapoints, Threshold
from generator.wording import duration_as_written

BUILT_IN: dict[str, Any] = {
    "period": 60,
    "datapoints": Datapoints(1, 1),
    "missing_data": "breaching",
    "severity": "medium",
    "enabled": True,
}
FIELDS = ("threshold", "period", "datapoints", "missing_data", "severity", "enabled")
SHARED_FIELDS = ("statistic", "owner", "runbook", "warm_up", "event_tags")
_DURATIONS = ("period", "warm_up")


@dataclass(frozen=True, slots=True)
class EffectiveSettings:
    """The effective settings of an alarm in an account: the tuning, and the origin of each field."""

    tuning: Tuning
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class AlarmPlacement:
    """The placement of an alarm, and the path in the YAML that decides it.

    fed: the placement of its data; no override creates the alarm beyond that. None for everywhere.
    is_in_some_region: whether there is a Region for it; without one no override creates it.
    """

    placement: Placement
    path: Path
    fed: Placement | None = None
    is_in_some_region: bool = True


def resolve_settings(
    key: str,
    spec: AlarmSpec,
    scope: Scope,
    account: Account | None,
    placed: AlarmPlacement | None = None,
    region: str = "",
) -> EffectiveSettings | None:
    """The alarm's tuning in an account (None: where no override by label or account applies).

    placed: its placement, if not everywhere. region: empty where no override by Region applies. None where it has no
    threshold at all, which is a finding of its own.
    """
    return Cascade(key, spec, scope, placed).settle(account, region)


class Cascade:
    """The cascade of one alarm, for many accounts: those in which the same holds are settled once."""

    def __init__(self, key: str, spec: AlarmSpec, scope: Scope, placed: AlarmPlacement | None = None) -> None:
        self.key, self.spec, self.scope, self.placed = key, spec, scope, placed
        self.applied: dict[str, Applied] = {}
        self.settled: dict[tuple[tuple[int, ...], bool, bool], EffectiveSettings | None] = {}

    def settle(self, account: Account | None, region: str = "") -> EffectiveSettings | None:
        """As the function of this name."""
        if region not in self.applied:
            self.applied[region] = applied(self.spec.overrides, self.scope, region)
        name = account.name if account else None
        stands = self.placed is None or self.placed.placement.has(name)
        is_fed = self.placed is None or has(self.placed.fed, name)
        case = (self.applied[region].to(name), stands, is_fed)
        if case not in self.settled:
            self.settled[case] = self._settle(*case)
        return self.settled[case]

    def _settle(self, places: tuple[int, ...], stands: bool, is_fed: bool) -> EffectiveSettings | None:
        key, spec, scope, placed = self.key, self.spec, self.scope, self.placed
        values: dict[str, tuple[Any, str, Path]] = {name: (value, "built-in", ()) for name, value in BUILT_IN.items()}
        for name in FIELDS:
            default, own = getattr(scope.document.defaults.alarms, name), getattr(spec, name)
            if own is not None:
                values[name] = (own, *scope.origin_of(key, name))
            elif default is not None:
                values[name] = (default, "default", ("defaults", "alarms", name))
        if placed and values["enabled"][0]:
            values["enabled"] = (stands, PLACEMENT_LAYER, placed.path)
        for index in places:
            override = spec.overrides[index]
            for name in FIELDS:
                value = getattr(override, name)
                if value is not None:
                    value_path = (*scope.override_path(key, index), name)
                    values[name] = (value, f"override by {rank_of(override.where)}", value_path)
        if placed and not is_fed:
            values["enabled"] = (False, PLACEMENT_LAYER, placed.path)
        if spec.anomaly is not None:
            values["threshold"] = (Threshold(">", spec.anomaly.band), "entry", ("alarms", key, "anomaly"))
        if spec.promql is not None:
            return _of_promql(spec.promql, values)
        if "threshold" not in values:
            return None
        tuning = _tuning({name: value for name, (value, _, _) in values.items()})
        if spec.anomaly is not None:
            width = values.pop("threshold")
            values["anomaly"] = (f"{spec.anomaly.direction} {spec.anomaly.band:g}", *width[1:])
        return EffectiveSettings(tuning, _origins(values))


def _of_promql(promql: PromqlSpec, values: dict[str, tuple[Any, str, Path]]) -> EffectiveSettings:
    """The settings of an alarm on PromQL: only the severity, and whether there is one. The query has the rest."""
    own = {name: values[name] for name in ("severity", "enabled")}
    missing_data: MissingData = "breaching" if finds_missing_data(promql.query) else "not-breaching"
    tuning = Tuning(">", 0, promql.every, 1, 1, missing_data, own["severity"][0], own["enabled"][0])
    return EffectiveSettings(tuning, _origins(own))


def _tuning(values: dict[str, Any]) -> Tuning:
    threshold: Threshold = values["threshold"]
    datapoints: Datapoints = values["datapoints"]
    return Tuning(
        comparison=threshold.comparison,
        threshold=threshold.value,
        period=values["period"],
        datapoints=datapoints.needed,
        evaluation_periods=datapoints.of,
        missing_data=values["missing_data"],
        severity=values["severity"],
        enabled=values["enabled"],
    )


def _origins(values: dict[str, tuple[Any, str, Path]]) -> tuple[Origin, ...]:
    return tuple(
        (_shared if layer in ("built-in", "default") else Origin)(name, written(name, value), layer, path)
        for name, (value, layer, path) in sorted(values.items())
    )


# What no entry says is the same for thousands of alarms.
_shared = lru_cache(maxsize=256)(Origin)


def written(name: str, value: Any) -> str:
    """A value as it would be written in the YAML."""
    if isinstance(value, Threshold):
        return f"{value.comparison} {value.value:g}"
    if isinstance(value, Datapoints):
        return f"{value.needed} of {value.of}"
    if name == "warm_up" and not value:
        return "none"
    if name == "event_tags":
        return ", ".join(value) or "none"
    if name in _DURATIONS:
        return duration_as_written(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def shared(key: str, spec: AlarmSpec, scope: Scope) -> tuple[dict[str, Any], tuple[Origin, ...]]:
    """The fields that are the same in every account: statistic, owner, runbook, warm-up."""
    values: dict[str, tuple[Any, str, Path]] = {}
    for name in SHARED_FIELDS:
        default, own = getattr(scope.document.defaults.alarms, name), getattr(spec, name)
        if own is not None:
            values[name] = (own, *scope.origin_of(key, name))
        elif default is not None:
            values[name] = (default, "default", ("defaults", "alarms", name))
    return {name: value for name, (value, _, _) in values.items()}, _origins(values)


def unreachable_overrides(scope: Scope) -> list[Finding]:
    """Overrides that name an account, label or environment that nothing has (R04), and that no place can have (R07)."""
    findings: list[Finding] = []
    for key, spec in scope.document.alarms.items():
        for index, override in enumerate(spec.overrides):
            path = scope.override_path(key, index)
            if spec.in_ == "members":
                findings += where_faults(override.where, scope, (*path, "where"))
            else:
                # The hub monitors accounts of the file, so the unit of each is known.
                findings += unknown_names(override.where, scope.document, (*path, "where"))
            findings += _by_region(override, spec, scope.document, path)
            if all(getattr(override, name) is None for name in FIELDS):
                message = "this override changes nothing"
                findings.append(Finding("R04", message, path, hint=f"set one of {', '.join(FIELDS)}"))
    return findings


def _by_region(override: OverrideSpec, spec: AlarmSpec, document: Document, path: Path) -> Iterator[Finding]:
    """R07: the severity of an alarm, which decides its channels, is the same in every Region of an account."""
    if not by_region(override.where, document):
        return
    if spec.in_ == "hub":
        message = "an alarm in the hub is in one Region"
        yield Finding("R07", message, (*path, "where", "region"), hint="remove `region`", on="key")
    if override.severity is not None:
        yield Finding("R07", SEVERITY_BY_REGION.message, (*path, "severity"), hint=SEVERITY_BY_REGION.hint, on="key")
