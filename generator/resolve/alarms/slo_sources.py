"""The events of objectives that name a service, a canary, a probe or a latency: written out as `good` and `total`.

A probe publishes `Up`, 1 or 0, for each run; a canary `SuccessPercent`, 0 or 100:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html (2026-11-30)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from generator.aws.metrics import lookup
from generator.aws.synthetics import NAMESPACE as SYNTHETICS
from generator.findings import Finding, Path, has_errors, unknown_reference
from generator.model.placement import Placement, intersection_of
from generator.model.probes import NAMESPACE as PROBES
from generator.model.probes import OF_HUB
from generator.model.signals import plain_number
from generator.resolve.alarms.slo_windows import rare_runs
from generator.resolve.names import resource_name
from generator.resolve.placement import effective_placement, placement, rule_path
from generator.resolve.probe_places import own_overrides
from generator.resolve.scope import Scope
from generator.resolve.services.packs import PackRegistry
from generator.resolve.services.service_metrics import ServiceEntry, metric_of, operand_of
from generator.resolve.services.services import read_parameters
from generator.spec.packs import PackCounts, PackObjective
from generator.spec.placements import PlacedSpec
from generator.spec.signals import CountedMetricSpec
from generator.spec.slos import CountSpec, LatencySpec, SloSpec, SourceSpec

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html has PR(n:m) for any values of
# the metric, and TC(X%:X%) only for percentages; so the share is ranked, not counted.
_UNITS = {"Seconds": "s", "Milliseconds": "ms", "Microseconds": "us"}
_IN_A_SECOND = {"s": 1, "ms": 1000, "us": 1_000_000}
_EVENTS = ("bad", "good", "total")
_SOURCES = ("of", "latency")


@dataclass(frozen=True, slots=True)
class _Source:
    """What an objective counts, and where. placed: the thing whose metrics these are; None of a metric."""

    events: Mapping[str, CountSpec]
    placed: PlacedSpec | None = None


def with_sources(scope: Scope, packs: PackRegistry | None, findings: list[Finding]) -> Scope:
    """The scope with the events of all objectives written out, and their places; those with findings are left out."""
    slos: dict[str, SloSpec] = {}
    places: dict[str, Placement | None] = {}
    for key, spec in scope.document.slos.items():
        if spec.of is None and spec.latency is None:
            slos[key] = spec
            continue
        faults: list[Finding] = list(_beside(spec, ("slos", key)))
        source = None if faults else _source(spec, ("slos", key), scope, packs, faults)
        findings += faults
        if source is not None and not has_errors(faults):
            slos[key] = _placed(spec, source, ("slos", key), findings)
            places[key] = placement(source.placed, scope) if source.placed else None
            findings += _apart(spec, places[key], ("slos", key), scope)
    if slos == scope.document.slos:
        return scope
    return replace(scope, document=scope.document.model_copy(update={"slos": slos}), counted_places=places)


def _beside(spec: SloSpec, path: Path) -> Iterator[Finding]:
    """R06: events that are given twice."""
    keys = [name for name in (*_SOURCES, *_EVENTS) if getattr(spec, name) is not None]
    for name in keys[1:]:
        message = f"`{name}` beside `{keys[0]}`, which has all events of the objective"
        yield Finding("R06", message, (*path, name), hint=f"remove `{name}` or `{keys[0]}`", on="key")


def _source(
    spec: SloSpec, path: Path, scope: Scope, packs: PackRegistry | None, findings: list[Finding]
) -> _Source | None:
    if spec.latency is not None:
        return _latency(spec.latency, (*path, "latency"), scope, packs, findings)
    source = spec.of or SourceSpec()
    at: Path = (*path, "of")
    keys = [name for name in ("service", "canary", "probe") if getattr(source, name) is not None]
    if len(keys) != 1:
        message = "`of` requires a `service`, a `canary` or a `probe`, and only one of them"
        findings.append(Finding("R06", message, at, hint="write, for example, of: {service: checkout-api}", on="key"))
        return None
    name = getattr(source, keys[0])
    if source.service is not None:
        return _of_service(name, (*at, "service"), scope, packs, findings)
    known: Mapping[str, Any] = scope.document.canaries if source.canary else scope.document.probes
    if name not in known:
        findings.append(unknown_reference("R02", keys[0], name, known, (*at, keys[0])))
        return None
    is_enabled = _canary_enabled(name, scope) if source.canary else own_overrides(known[name], scope).enabled
    is_here = not spec.environments or scope.environment in spec.environments
    if is_here and not is_enabled:
        message = f"the {keys[0]} `{name}` is disabled in {scope.environment}, so nothing is counted there"
        findings.append(Finding("R07", message, (*at, keys[0]), hint="set `environments` of the objective"))
        return None
    findings += rare_runs(spec, known[name].every, (*at, keys[0]))
    return _of_canary(name, scope) if source.canary else _of_probe(name, scope)


def _of_canary(key: str, scope: Scope) -> _Source:
    metric = {
        "namespace": SYNTHETICS,
        "name": "SuccessPercent",
        "dimensions": {"CanaryName": resource_name(key, "canary", scope.environment)},
    }
    return _Source(_runs(metric, "success / 100", "success"), PlacedSpec(accounts=[OF_HUB]))


def _of_probe(key: str, scope: Scope) -> _Source:
    name = resource_name(scope.named(("probes", key)), "probe", scope.environment)
    metric = {"namespace": PROBES, "name": "Up", "dimensions": {"Probe": name}}
    places = scope.document.probes[key].from_
    return _Source(_runs(metric, "up", "up"), PlacedSpec(accounts=[places] if isinstance(places, str) else places))


def _runs(metric: Mapping[str, Any], expression: str, name: str) -> dict[str, CountSpec]:
    """Runs that succeed, and all runs."""
    return {
        "good": CountSpec(expression=expression, metrics={name: CountedMetricSpec(**metric, statistic="Sum")}),
        "total": CountSpec(**metric, statistic="SampleCount"),
    }


def _canary_enabled(key: str, scope: Scope) -> bool:
    spec = scope.document.canaries[key]
    is_enabled = spec.enabled is not False
    for override in spec.overrides:
        names = override.where.get("environment", [])
        applies = scope.environment in ([names] if isinstance(names, str) else names)
        is_enabled = override.enabled if applies and override.enabled is not None else is_enabled
    return is_enabled


def _of_service(
    key: str, path: Path, scope: Scope, packs: PackRegistry | None, findings: list[Finding]
) -> _Source | None:
    objective_of_entry = _objective(key, path, scope, packs, findings)
    if objective_of_entry is None:
        return None
    entry, objective = objective_of_entry
    by_kind = {kind: counts for kind in _EVENTS if (counts := getattr(objective, kind)) is not None}
    return _Source({kind: _count(entry, counts) for kind, counts in by_kind.items()}, entry.spec)


def _count(entry: ServiceEntry, counts: PackCounts) -> CountSpec:
    metrics: dict[str, CountedMetricSpec] = {key: operand_of(entry, metric) for key, metric in counts.metrics.items()}
    if list(metrics) == [counts.expression]:
        (metric,) = metrics.values()
        return CountSpec(**metric.model_dump(exclude_none=True))
    return CountSpec(expression=counts.expression, metrics=metrics)


def _objective(
    key: str, path: Path, scope: Scope, packs: PackRegistry | None, findings: list[Finding]
) -> tuple[ServiceEntry, PackObjective] | None:
    """The entry with its values, and the objective of its pack; None with findings, here or of the entry itself."""
    services = scope.document.services
    if key not in services:
        findings.append(unknown_reference("R02", "service", key, services, path))
        return None
    spec = services[key]
    pack = packs.packs.get(spec.type) if packs else None
    if pack is None:
        return None
    if pack.objective is None or spec.fleet:
        why = "is a fleet, which has no metrics of one resource" if spec.fleet else f"is of type {spec.type}"
        message = f"`{key}` {why}" if spec.fleet else f"`{key}` {why}, whose pack has no objective"
        findings.append(Finding("R07", message, path, hint="write `bad` and `total` yourself"))
        return None
    entry = ServiceEntry(key, spec, pack)
    return None if has_errors(read_parameters(entry, scope)) else (entry, pack.objective)


def _latency(
    spec: LatencySpec, path: Path, scope: Scope, packs: PackRegistry | None, findings: list[Finding]
) -> _Source | None:
    """Requests of at most so long, as the share that CloudWatch ranks, times their number."""
    if spec.service is None:
        unit = _unit(spec, path, scope, findings)
        metric = spec.model_dump(include={"filter", "namespace", "name", "dimensions"}, exclude_none=True)
        return _Source(_fast(metric, spec.below, unit)) if unit else None
    for name in ("filter", "namespace", "name", "dimensions", "unit"):
        if getattr(spec, name):
            message = f"`{name}` beside `service`, whose pack has the metric"
            findings.append(Finding("R06", message, (*path, name), hint="remove it, or `service`", on="key"))
    objective_of_entry = _objective(spec.service, (*path, "service"), scope, packs, findings)
    if objective_of_entry is None:
        return None
    entry, objective = objective_of_entry
    if objective.latency is None:
        message = f"the pack of `{spec.service}` has no latency of each request"
        findings.append(Finding("R07", message, (*path, "service"), hint="name a metric: {namespace: …, name: …}"))
        return None
    metric = metric_of(entry, objective.latency.metric)
    return _Source(_fast(metric, spec.below, objective.latency.unit), entry.spec)


def _unit(spec: LatencySpec, path: Path, scope: Scope, findings: list[Finding]) -> str:
    """The unit of the metric; empty with a finding where it is not known, or is no unit of time."""
    name = _unit_name(spec, scope)
    published = _UNITS.get(name, "")
    if name and not published:
        message = f"this metric is in {name}, so it has no duration"
        findings.append(Finding("R07", message, path, hint="use the metric of a duration", on="key"))
        return ""
    if published and spec.unit and published != spec.unit:
        message = f"this metric is in {name}, not in {spec.unit}"
        findings.append(Finding("R07", message, (*path, "unit"), hint="remove it", on="key"))
        return ""
    if not published and not spec.unit:
        message = "the unit of this metric is not known"
        findings.append(Finding("R06", message, path, hint="add unit: ms, or unit: s", on="key"))
    return published or spec.unit or ""


def _unit_name(spec: LatencySpec, scope: Scope) -> str:
    """The unit in which the filter or AWS publishes the metric; empty where it says none."""
    filters = scope.document.metric_filters
    if spec.filter:
        unit = filters[spec.filter].metric.unit if spec.filter in filters else None
    else:
        namespace = lookup(spec.namespace or "")
        metric = namespace.metrics.get(spec.name or "") if namespace else None
        unit = metric.unit if metric else None
    return "" if unit in (None, "None") else unit


def _fast(metric: Mapping[str, Any], below_ms: int, unit: str) -> dict[str, CountSpec]:
    below = plain_number(float(Decimal(below_ms) * _IN_A_SECOND[unit] / 1000))
    metrics = {
        "requests": CountedMetricSpec(**metric, statistic="SampleCount"),
        "share": CountedMetricSpec(**metric, statistic=f"PR(:{below})"),
    }
    good = CountSpec(expression="requests * share / 100", metrics=metrics)
    return {"good": good, "total": CountSpec(**metric, statistic="SampleCount")}


def _placed(spec: SloSpec, source: _Source, path: Path, findings: list[Finding]) -> SloSpec:
    """The objective with its events; in the hub if these are the hub's own."""
    if source.placed is None or not source.placed.is_of_hub:
        if source.placed and spec.is_of_hub:
            message = "the metrics are those of members, so there is no objective of the hub's own"
            findings.append(Finding("R07", message, (*path, "accounts"), hint="remove it, or write in: hub"))
        return spec.model_copy(update=source.events)
    own = spec.model_fields_set
    if "accounts" in own and not spec.is_of_hub:
        message = "the metrics are the hub's own, so there is no objective of other accounts"
        findings.append(Finding("R07", message, (*path, "accounts"), hint="remove it, or write accounts: [hub]"))
    if "in_" in own and spec.in_ != "hub":
        message = "the metrics are the hub's own, so the objective is not in members"
        findings.append(Finding("R07", message, (*path, "in"), hint="remove it"))
    return spec.model_copy(update={**source.events, "accounts": [OF_HUB], "in_": "hub"})


def _apart(spec: SloSpec, source: Placement | None, path: Path, scope: Scope) -> Iterator[Finding]:
    """R07: an objective in places where nothing of it is counted."""
    places = [place for place in (placement(spec, scope), source) if place is not None]
    if len(places) < 2 or any(place.is_nowhere for place in places):
        return
    common = effective_placement(intersection_of(places), scope)
    if common is not None and common.is_nowhere:
        message = "the objective is in other accounts or Regions than what it counts"
        yield Finding("R07", message, rule_path(spec, path), hint="remove it: the objective is where that is", on="key")
