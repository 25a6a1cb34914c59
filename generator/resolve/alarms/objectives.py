"""The objectives of an environment, for what reads them beside the alarms: dashboards, reports, diffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.findings import Finding, Path, has_errors
from generator.model.logs import MetricFilter
from generator.model.objectives import EventCounts, Objective, SignalsObjective, WindowPair
from generator.model.placement import Placement, has, intersection_of
from generator.resolve.alarms.slo_counts import EventCount, count_events, count_path, specs_of
from generator.resolve.alarms.slo_windows import pairs_of
from generator.resolve.names import logical_id, resource_name
from generator.resolve.placement import effective_placement, placement
from generator.resolve.scope import Scope
from generator.spec.slos import SloSpec
from generator.wording import duration_as_written

_MINUTE = 60
KIND = "slo"


def objectives(scope: Scope, filters: tuple[MetricFilter, ...]) -> tuple[Objective, ...]:
    """Every objective that the environment has, by key; without those with findings, which `slos` reports."""
    by_key = {metric_filter.key: metric_filter for metric_filter in filters}
    all_ = (
        _objective(key, spec, scope, by_key)
        for key, spec in sorted(scope.document.slos.items())
        if not spec.environments or scope.environment in spec.environments
    )
    return tuple(slo for slo in all_ if slo and not (slo.placement and slo.placement.is_nowhere))


def where_counted(key: str, spec: SloSpec, scope: Scope, filters: Mapping[str, MetricFilter]) -> Placement | None:
    """The accounts that count its metrics, within the placement of its entry; in the hub the members that it
    monitors.
    """
    counted_metrics = (metric for events in (spec.bad, spec.good, spec.total) for metric in specs_of(events))
    metrics = [metric.filter for metric in counted_metrics if metric.filter]
    counting = [scope.counted_places.get(key), *(filters[name].placement for name in metrics if name in filters)]
    return effective_placement(intersection_of([placement(spec, scope), *counting]), scope)


def _objective(key: str, spec: SloSpec, scope: Scope, by_key: dict[str, MetricFilter]) -> Objective | None:
    path: Path = ("slos", key)
    kind = "bad" if spec.bad else "good"
    ignored: list[Finding] = []
    events, total = (
        count_events(name, specs, count_path(spec, path, name), scope, by_key, ignored) if specs else None
        for name, specs in ((kind, spec.bad or spec.good), ("total", spec.total))
    )
    if events is None or total is None or has_errors(ignored):
        return None
    partial, of_all = (EventCounts(counts.operands, counts.formula) for counts in (events, total))
    placed = None if spec.is_of_hub else where_counted(key, spec, scope, by_key)
    return Objective(
        key=key,
        title=spec.summary or key,
        percent=spec.objective,
        window=spec.window,
        counts_bad=kind == "bad",
        together=spec.in_ == "hub",
        counted=partial,
        total=of_all,
        path=path,
        of_hub=spec.is_of_hub,
        source=_source(spec),
        pairs=tuple(WindowPair(pair.alarm, pair.long, pair.short, pair.burn_rate) for pair in spec.windows),
        minimum_traffic=spec.minimum_traffic or 0,
        no_traffic_fails=spec.no_traffic == "failing",
        placement=placed,
        service=_service(spec),
        signals=_signals(key, spec, (events, total), placed, scope) if spec.application_signals else None,
    )


def _signals(
    key: str, spec: SloSpec, counts: tuple[EventCount, EventCount], placed: Placement | None, scope: Scope
) -> SignalsObjective:
    """The SLO in Application Signals. A minute without a value of what is counted has none of it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-ServiceLevelObjectives.html
    """
    if spec.in_ == "hub" and not spec.is_of_hub:
        accounts = tuple(account for account in scope.linked_accounts if has(placed, account.name))
        counts = (counts[0].in_accounts(accounts, scope.hub), counts[1].in_accounts(accounts, scope.hub))
    events, total = counts
    return SignalsObjective(
        name=resource_name(key, KIND, scope.environment),
        logical_id=logical_id("Objective", key),
        events=EventCounts(events.operands, events.filled),
        total=EventCounts(total.operands, "" if total.is_plain else total.filled),
        look_backs=tuple(sorted({*_look_backs(spec)})),
    )


def _source(spec: SloSpec) -> str:
    """`service api`, `probe shop`, or `service api within 300ms`."""
    for kind in ("service", "canary", "probe"):
        if spec.of and getattr(spec.of, kind):
            return f"{kind} {getattr(spec.of, kind)}"
    if spec.latency is None:
        return ""
    metric = spec.latency
    what = f"service {metric.service}" if metric.service else metric.filter or metric.name
    return f"{what} within {_milliseconds(metric.below)}"


def _milliseconds(value: int) -> str:
    return f"{value}ms" if value % 1000 else duration_as_written(value // 1000)


def _service(spec: SloSpec) -> str:
    """The entry of `services` that it belongs to: the one whose metrics it counts, or the one of its own key."""
    own = spec.of.service if spec.of else spec.latency.service if spec.latency else None
    return own or spec.service or ""


def _look_backs(spec: SloSpec) -> Iterator[int]:
    """The windows of its alarms, in minutes."""
    yield from (window // _MINUTE for pair in pairs_of(spec) for window in (pair.long_s, pair.short_s))
