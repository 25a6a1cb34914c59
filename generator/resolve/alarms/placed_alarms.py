"""Placement of alarms: as their entries say, and only where their data is.

An alarm on the metric of a filter is created where the filter is: elsewhere the metric has no data, and missing data
would keep the alarm in ALARM.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from generator.aws.agent import NAMESPACE as AGENT
from generator.findings import Finding, Path
from generator.model.logs import LogGroup, MetricFilter
from generator.model.placement import Placement, intersection, intersection_of, union_of
from generator.model.signals import LogSignal, MathSignal, PromqlSignal, QuerySignal, Signal
from generator.resolve.alarms.cascade import AlarmPlacement
from generator.resolve.alarms.hub_region import check_hub_region
from generator.resolve.placement import (
    NOT_OF_EACH,
    OF_MEMBERS,
    check_hub_placement,
    check_placement_names,
    effective_placement,
    placement,
    regions_of,
    rule_path,
)
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec

# Those that are one entry, of whatever alarms they have.
_WHOLE_SECTIONS = ("compliance", "error_logs")


def place_alarm(
    key: str,
    spec: AlarmSpec,
    signal: Signal,
    scope: Scope,
    filters: Mapping[str, MetricFilter],
    groups: Mapping[str, LogGroup],
    findings: list[Finding],
) -> AlarmPlacement | None:
    """The placement of an alarm of the members, or the members that one of the hub monitors; None for all of them.

    R07 where its resources exist, but in no account all of them: it would be left out silently.
    """
    own = placement(spec, scope)
    looked_at = (*_data_sources(signal, scope, filters, groups), *_needed_log_groups(key, scope, groups))
    fed = [(path, other) for path, other in looked_at if other is not None]
    within = intersection_of(other for _, other in fed)
    where = effective_placement(intersection(own, within), scope)
    if where is None:
        return None
    entry = scope.path_of(key)
    if where.is_nowhere and not any(
        placement.is_nowhere for placement in (own, *(other for _, other in fed)) if placement
    ):
        message = f"in {scope.environment} no account has everything that this alarm requires, so it would not exist"
        hint = "place it in the accounts and Regions of what it monitors"
        also = tuple((path, "it requires") for path, _ in fed)
        findings.append(Finding("R07", message, entry, hint=hint, on="key", also=also))
    if spec.in_ == "hub" and not spec.is_of_hub:
        findings += check_hub_region(where, entry, scope, tuple(path for path, _ in fed))
    path = rule_path(spec, entry[:1] if entry[0] in _WHOLE_SECTIONS else entry[:2]) if own else fed[0][0]
    return AlarmPlacement(where, path, within, is_in_some_region=_is_in_some_region(spec, fed, scope))


def _is_in_some_region(spec: AlarmSpec, fed: Iterable[tuple[Path, Placement]], scope: Scope) -> bool:
    """True if a Region is left by all that is said of Regions, whatever is said of accounts."""
    left = set(regions_of(spec, scope))
    return bool(left.intersection(*(placement.regions or scope.regions for _, placement in fed)))


def _needed_log_groups(
    key: str, scope: Scope, groups: Mapping[str, LogGroup]
) -> Iterator[tuple[Path, Placement | None]]:
    """Log groups that an alarm needs without reading them: it is created where any of them is."""
    provenance = scope.lowered.get(key)
    log_groups = [groups[name] for name in provenance.log_groups if name in groups] if provenance else []
    if log_groups:
        yield log_groups[0].path, union_of(metric_filter.placement for metric_filter in log_groups)


def _data_sources(
    signal: Signal, scope: Scope, filters: Mapping[str, MetricFilter], groups: Mapping[str, LogGroup]
) -> Iterator[tuple[Path, Placement | None]]:
    """The data sources of an alarm, each with its placement."""
    if isinstance(signal, LogSignal):
        read = [groups[name] for name in signal.log_groups if name in groups]
        yield from ((group.path, group.placement) for group in read)
        return
    if isinstance(signal, QuerySignal | PromqlSignal):
        return
    metrics = [operand.metric for operand in signal.operands] if isinstance(signal, MathSignal) else [signal.metric]
    counting = [filters[metric.filter] for metric in metrics if metric.filter and metric.filter in filters]
    yield from ((metric_filter.path, metric_filter.placement) for metric_filter in counting)
    agent = scope.document.agent
    if agent and any(metric.namespace == AGENT for metric in metrics):
        yield ("agent",), placement(agent, scope)


def check_placement(key: str, spec: AlarmSpec, scope: Scope) -> Iterator[Finding]:
    """Rules that name what nothing has, or that mean nothing to an alarm in the hub."""
    provenance = scope.lowered.get(key)
    is_level = provenance and provenance.level_of and provenance.path[0] == "alarms"
    if provenance and (not is_level or scope.levels[provenance.level_of][0] != key):
        # Its service, its section, or its entry with several thresholds is checked as a whole.
        return
    path = scope.path_of(key)
    yield from check_placement_names(spec, scope.document, path)
    if spec.in_ == "hub":
        whole = any(kind is not None for kind in (spec.query, spec.logs, spec.promql))
        yield from check_hub_placement(spec, path, OF_MEMBERS if whole else NOT_OF_EACH)
