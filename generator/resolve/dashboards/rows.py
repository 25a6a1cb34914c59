"""Rows of graphs, and the graph of one alarm, of one metric, of all metrics of a service's alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm
from generator.model.dashboards import LogWidget, MetricWidget, TextWidget, Widget
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    PromqlSignal,
    QuerySignal,
)
from generator.resolve.dashboards.error_budgets import budgets, objectives_of
from generator.resolve.dashboards.graphs import (
    ends,
    graph_content,
    graph_source,
    levels,
    of_all_accounts,
    of_promql,
)
from generator.resolve.dashboards.inputs import COLUMNS, MOST_SIDE_BY_SIDE, DashboardInputs, alarms_named
from generator.resolve.dashboards.layout import in_rows
from generator.resolve.dashboards.log_tables import found_by
from generator.resolve.dashboards.series import GraphContext, GraphSource, source_of_alarm
from generator.resolve.scope import Scope
from generator.spec.dashboard_widgets import RowSpec, ServiceWidget

_GRAPHS_OF_A_SERVICE = 3


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """The options of the graphs of a row: their path in the YAML, and whether each account has a line of its own."""

    path: Path
    by_account: bool = True
    chosen: Account | None = None


def graph_sources(
    spec: RowSpec, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> list[Alarm | GraphSource]:
    """The alarms and lines of a row."""
    alarms = alarms_named(spec.metrics, (*path, "metrics"), watched, findings)
    sources: list[Alarm | GraphSource] = [
        alarm for alarm in alarms if isinstance(alarm, Alarm) and not alarm.is_nowhere
    ]
    findings += of_promql((source for source in sources if isinstance(source, Alarm)), (*path, "metrics"))
    sources = [s for s in sources if not isinstance(s, Alarm) or not isinstance(s.signal, PromqlSignal)]
    if not watched.scope.accounts:
        for alarm in alarms:
            if isinstance(alarm, Alarm) and isinstance(alarm.signal, LogSignal) and alarm.side is Side.MEMBERS:
                message = f"`{alarm.key}` reads logs of named accounts, but only organizational units are set"
                findings.append(Finding("R07", message, (*path, "metrics"), hint="list the accounts"))
    for name, line in spec.lines.items():
        line_source = graph_source(line, name, (), (*path, "lines", name), watched, findings)
        sources += [line_source] if line_source else []
    if chosen:
        findings += of_all_accounts((source for source in sources if isinstance(source, Alarm)), (*path, "metrics"))
    if not spec.metrics and not spec.lines:
        hint = "set `metrics: [keys of alarms]`, or `lines: {title: {…}}`"
        findings.append(Finding("R06", "this row is empty", path, hint=hint))
    return sources


def row(
    title: str, sources: Sequence[Alarm | GraphSource], watched: DashboardInputs, options: GraphOptions
) -> Iterator[Widget]:
    """A heading, and under it side by side a graph for each alarm (each key once) and each metric."""
    yield TextWidget(f"## {title}", COLUMNS, 1)
    one_each = {source.key if isinstance(source, Alarm) else f"of {source.name}": source for source in sources}
    width = COLUMNS // min(max(len(one_each), 1), MOST_SIDE_BY_SIDE)
    for entry in one_each.values():
        graph = (
            alarm_graph(entry, watched, options) if isinstance(entry, Alarm) else source_graph(entry, watched, options)
        )
        yield replace(graph, width=width)


def service_row(
    spec: ServiceWidget, watched: DashboardInputs, options: GraphOptions, findings: list[Finding]
) -> Iterator[Widget]:
    """A heading, a graph for each metric and statistic that the service's alarms evaluate, with their thresholds, and
    one for the error budget of each of its objectives.
    """
    services = watched.scope.document.services
    at: Path = (*options.path, "service")
    if spec.service not in services:
        findings.append(unknown_reference("R02", "service", spec.service, services, at, "add it to services"))
        return
    drawn: dict[tuple[str, object], list[Alarm]] = {}
    of_service = {a.key: a for a in watched.alarms if a.path[:2] == ("services", spec.service)}
    if of_service and all(alarm.is_nowhere for alarm in of_service.values()):
        return
    for alarm in of_service.values():
        if not alarm.everywhere_disabled:
            drawn.setdefault(_graphed(alarm), []).append(alarm)
    if options.chosen:
        findings += of_all_accounts((alarm for alarms in drawn.values() for alarm in alarms), at)
    yield TextWidget(f"## {spec.title or spec.service}", COLUMNS, 1)
    graphs = []
    for (title, _), alarms in drawn.items():
        graph = alarm_graph(alarms[0], watched, options)
        thresholds = tuple(dict.fromkeys(level for alarm in alarms for level in levels(alarm.key, watched)))
        if isinstance(graph, MetricWidget):
            graph = replace(graph, levels=thresholds)
        graphs.append(replace(graph, title=title, width=spec.width, height=spec.height))
    left = budgets(objectives_of(spec.service, watched), watched, options.path, options.chosen)
    graphs += [replace(graph, width=spec.width, height=spec.height) for graph in left]
    yield from graphs if spec.width else in_rows(graphs, _GRAPHS_OF_A_SERVICE, spec.height)


def _graphed(alarm: Alarm) -> tuple[str, object]:
    """The title of an alarm's graph, and the rest of its identity."""
    match alarm.signal:
        case LocalSignal(metric) | AccountSignal(metric) | FleetSignal(metric) | AnomalySignal(metric):
            return f"{metric.name}, {alarm.statistic}", (metric.namespace, metric.dimensions)
        case MathSignal() | QuerySignal() | LogSignal() | PromqlSignal():
            return alarm.summary or alarm.key, alarm.key
        case _:
            assert_never(alarm.signal)


def alarm_graph(alarm: Alarm, watched: DashboardInputs, options: GraphOptions) -> MetricWidget | LogWidget:
    """The metric of an alarm, with its thresholds; of an alarm on logs, the query result."""
    if isinstance(alarm.signal, LogSignal):
        return found_by(alarm, alarm.signal, watched, options.path, options.chosen)
    within = accounts_with(alarm, watched.scope) or None
    source = source_of_alarm(alarm, of_key=watched.by_key.get(alarm.key, ()))
    graph = source_graph(source, watched, options, alarm.tuning.period, within)
    return replace(graph, title=alarm.summary or alarm.key, levels=levels(alarm.key, watched))


def accounts_with(alarm: Alarm, scope: Scope) -> tuple[Account, ...]:
    """The named accounts that have an alarm, or that an alarm of the hub monitors."""
    if alarm.side is Side.HUB:
        return scope.accounts
    enabled = {variant.account: variant.tuning.enabled for variant in alarm.variants}
    return tuple(account for account in scope.accounts if enabled.get(account.name, alarm.tuning.enabled))


def source_graph(
    graphed: GraphSource,
    watched: DashboardInputs,
    options: GraphOptions,
    period: int = 60,
    within: tuple[Account, ...] | None = None,
) -> MetricWidget:
    """One metric, under its name. within: the named accounts that are drawn; None is all."""
    context = GraphContext(watched.scope, period, "account" if options.by_account else None, options.chosen, within)
    drawn = graph_content(graphed, context, watched)
    low, high = ends([drawn.percentage])
    return MetricWidget(
        graphed.name, drawn.lines, period, path=options.path, min=low, max=high, measured=drawn.measured
    )
