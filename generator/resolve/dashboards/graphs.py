"""Graphs: one for an alarm, one for a widget of the file, and rows of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generator.findings import Finding, Path, suggest
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm
from generator.model.dashboards import Level, Line, MetricWidget
from generator.model.metric_references import MetricReference
from generator.model.placement import has
from generator.model.signals import (
    AnomalySignal,
    LogSignal,
    Metric,
    PromqlSignal,
)
from generator.resolve.alarms.metrics import find_metric
from generator.resolve.dashboards.inputs import DashboardInputs, alarms_named
from generator.resolve.dashboards.series import (
    GraphContext,
    GraphSource,
    is_percentage,
    lines,
    on_the_right,
    over_accounts,
    rate,
    searched,
    sought,
    source_of_alarm,
    unit_of,
    usual_statistic,
)
from generator.resolve.scope import Scope
from generator.spec.dashboards import LineSpec, MetricWidgetSpec, RateSpec
from generator.spec.signals import MetricSpec

_DRAWN_WITH_LEVELS = ("timeSeries", "gauge")


@dataclass(frozen=True, slots=True)
class GraphContent:
    """Some lines of a graph. percentage: whether they lie between 0 and 100. measured: metrics that no alarm names."""

    lines: tuple[Line, ...]
    percentage: bool
    measured: tuple[MetricReference, ...] = ()


def ends(percent: Sequence[bool]) -> tuple[float | None, float | None]:
    """The ends of an axis: 0 and 100 where everything on it is a percentage."""
    return (0, 100) if percent and all(percent) else (None, None)


def levels(key: str, watched: DashboardInputs, right: bool = False) -> tuple[Level, ...]:
    """The thresholds of an alarm, in every account that has it, each once."""
    alarms = [alarm for alarm in watched.by_key.get(key, ()) if isinstance(alarm, Alarm)]
    drawn = [alarm for alarm in alarms if not isinstance(alarm.signal, AnomalySignal)]
    tunings = [tuning for alarm in drawn for tuning in alarm.tunings() if tuning.enabled]
    return tuple(dict.fromkeys(Level(t.threshold, f"{key} {t.comparison} {t.threshold:g}", right) for t in tunings))


def graph(
    spec: MetricWidgetSpec, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> MetricWidget:
    """The graph of a widget, in the order alarms, metric, lines, rates, search."""
    listed = [a for a in alarms_named(spec.metrics, (*path, "metrics"), watched, findings) if isinstance(a, Alarm)]
    findings += [*_of_logs(listed, (*path, "metrics")), *of_promql(listed, (*path, "metrics"))]
    alarms = {alarm.key: alarm for alarm in listed if not isinstance(alarm.signal, LogSignal | PromqlSignal)}
    context = GraphContext(watched.scope, spec.period or (listed[0].tuning.period if listed else 60), spec.by, chosen)
    if chosen:
        findings += of_all_accounts(alarms.values(), (*path, "metrics"))
    sources = _sources(spec, alarms, path, watched, findings)
    drawn = [graph_content(source, context, watched) for source in sources]
    drawn += [*_of_rates(spec, path, context, watched, findings), *_of_search(spec, path, context)]
    low, high = ends([drawing.percentage for drawing in drawn if not all(map(on_the_right, drawing.lines))])
    widget = MetricWidget(
        spec.title,
        tuple(line for drawing in drawn for line in drawing.lines),
        context.period,
        _levels_of(alarms, spec, watched),
        spec.width,
        spec.height,
        path,
        spec.view,
        spec.stacked,
        spec.min if spec.min is not None else low,
        spec.max if spec.max is not None else high,
        tuple(measured for drawing in drawn for measured in drawing.measured),
    )
    findings += [*_check_graph(spec, widget, path), *_check_right(spec, sources, path)]
    return widget


def _of_logs(alarms: Iterable[Alarm], path: Path) -> Iterator[Finding]:
    """The finding for an alarm on logs: its query result is no line beside metrics."""
    for key in dict.fromkeys(alarm.key for alarm in alarms if isinstance(alarm.signal, LogSignal)):
        hint = "use a `row`, or `type: logs`, to show the result of its query"
        yield Finding("R07", f"`{key}` is an alarm on logs, but this is a graph of metrics", path, hint=hint)


def of_promql(alarms: Iterable[Alarm], path: Path) -> Iterator[Finding]:
    """The finding for an alarm on PromQL, whose query no widget of a dashboard has."""
    for key in dict.fromkeys(alarm.key for alarm in alarms if isinstance(alarm.signal, PromqlSignal)):
        message = f"`{key}` is an alarm on PromQL, and dashboards draw no PromQL query"
        yield Finding("R07", message, path, hint="remove it")


def graph_content(graphed: GraphSource, context: GraphContext, watched: DashboardInputs) -> GraphContent:
    """The lines of a thing, and what they are."""
    context = _within_placement(graphed, context, watched)
    if not isinstance(graphed.source, Metric):
        return GraphContent(tuple(lines(graphed, context)), False)
    percentage = is_percentage(unit_of(graphed.source, watched.filters), graphed.statistics)
    measured = (MetricReference(graphed.path, graphed.source, graphed.statistics[0]),) if graphed.path else ()
    return GraphContent(tuple(lines(graphed, context)), percentage, measured)


def _within_placement(graphed: GraphSource, context: GraphContext, watched: DashboardInputs) -> GraphContext:
    """The same, of the named accounts that have the thing; of all where none has."""
    placed = graphed.placement
    if placed is None and isinstance(graphed.source, Metric):
        counting = watched.filters.get(graphed.source.filter or "")
        placed = counting.placement if counting else None
    having = tuple(account for account in context.named if has(placed, account.name))
    return replace(context, within=having) if having and having != context.named else context


def _of_rates(
    spec: MetricWidgetSpec, path: Path, context: GraphContext, watched: DashboardInputs, findings: list[Finding]
) -> Iterator[GraphContent]:
    for name, pair in spec.rates.items():
        measured = _rate(pair, (*path, "rates", name), watched, findings)
        if measured:
            errors, requests = measured
            searches = rate(name, errors.metric, requests.metric, context, name in spec.right)
            yield GraphContent(tuple(searches), True, measured)


def _of_search(spec: MetricWidgetSpec, path: Path, context: GraphContext) -> Iterator[GraphContent]:
    if spec.search:
        terms = _filled(spec.search, context.scope)
        metric = sought(terms)
        unit = unit_of(metric, {}) if metric else ""
        statistics = _own(spec) or (usual_statistic(unit),)
        searches = tuple(searched(terms, statistics, context, frozenset(spec.right)))
        measured = (MetricReference((*path, "search"), metric, statistics[0]),) if metric else ()
        yield GraphContent(searches, is_percentage(unit, statistics), measured)


def of_all_accounts(alarms: Iterable[Alarm], path: Path) -> list[Finding]:
    """The finding for alarms that make one line of many accounts: it cannot be limited to the account that is
    chosen.
    """
    keys = [alarm.key for alarm in alarms if over_accounts(alarm.signal)]
    message = "covers every account, but this dashboard shows the account that the reader chooses"
    return [Finding("R07", f"`{key}` {message}", path, hint="draw it on another dashboard") for key in keys]


def _own(spec: MetricWidgetSpec) -> tuple[str, ...]:
    return tuple(([spec.statistic] if spec.statistic else []) + spec.statistics)


def _sources(
    spec: MetricWidgetSpec, alarms: Mapping[str, Alarm], path: Path, watched: DashboardInputs, findings: list[Finding]
) -> list[GraphSource]:
    """Every metric that is named; in a graph of several, each is called by its name."""
    sources = [source_of_alarm(alarm, _own(spec)) for alarm in alarms.values()]
    sources += [
        graphed
        for name, at, metric in _own_metrics(spec, path)
        if (graphed := graph_source(metric, name, _own(spec), at, watched, findings))
    ]
    has_several = len(sources) + len(spec.rates) + bool(spec.search) > 1
    right = frozenset(spec.right)
    return [replace(source, right=right, labelled=has_several or source.name in spec.lines) for source in sources]


def _own_metrics(spec: MetricWidgetSpec, path: Path) -> Iterator[tuple[str, Path, MetricSpec]]:
    """The metrics of the widget itself: name in the graph, path, and metric."""
    if spec.metric:
        yield spec.metric.filter or spec.metric.name or "", (*path, "metric"), spec.metric
    for name, line in spec.lines.items():
        yield name, (*path, "lines", name), line


def graph_source(
    spec: MetricSpec, name: str, own: tuple[str, ...], path: Path, watched: DashboardInputs, findings: list[Finding]
) -> GraphSource | None:
    """A metric with the statistic of its line, of its widget, or the usual one."""
    metric = find_metric(spec, path, watched.scope, watched.filters, findings)
    if metric is None:
        return None
    explicit = (spec.statistic,) if isinstance(spec, LineSpec) and spec.statistic else ()
    statistics = explicit or own or (usual_statistic(unit_of(metric, watched.filters)),)
    in_hub = metric.filter is not None and watched.filters[metric.filter].side is Side.HUB
    return GraphSource(metric, statistics, name, in_hub=in_hub, path=path)


def _rate(
    spec: RateSpec, path: Path, watched: DashboardInputs, findings: list[Finding]
) -> tuple[MetricReference, MetricReference] | None:
    """Errors and requests; what `requests` does not say of its metric is as in `errors`."""
    requests = spec.requests
    if not requests.filter:
        namespace = requests.namespace or spec.errors.namespace
        dimensions = requests.dimensions or spec.errors.dimensions
        requests = requests.model_copy(update={"namespace": namespace, "dimensions": dimensions})
    errors = find_metric(spec.errors, (*path, "errors"), watched.scope, watched.filters, findings)
    denominator = find_metric(requests, (*path, "requests"), watched.scope, watched.filters, findings)
    if errors is None or denominator is None:
        return None
    return MetricReference((*path, "errors"), errors, "Sum"), MetricReference((*path, "requests"), denominator, "Sum")


def _filled(terms: str, scope: Scope) -> str:
    """The terms with known placeholders filled in: a schema has braces too."""
    values = {"environment": scope.environment, "project": scope.document.project}
    return re.sub(r"\{(environment|project)\}", lambda match: values[match.group(1)], terms)


def _levels_of(alarms: Mapping[str, Alarm], spec: MetricWidgetSpec, watched: DashboardInputs) -> tuple[Level, ...]:
    """Thresholds are lines of a graph over time, and colour a gauge; the other views have no place for them.

    What several alarms share is one line that names none of them: CloudWatch would write the names over each other.
    """
    if not spec.thresholds or spec.view not in _DRAWN_WITH_LEVELS:
        return ()
    shared: dict[Level, list[Level]] = {}
    for alarm in alarms.values():
        for level in levels(alarm.key, watched, bool({alarm.key, alarm.statistic} & {*spec.right})):
            shared.setdefault(replace(level, label=level.label.removeprefix(f"{alarm.key} ")), []).append(level)
    return tuple(names[0] if len(names) == 1 else level for level, names in shared.items())


def _check_graph(spec: MetricWidgetSpec, widget: MetricWidget, path: Path) -> list[Finding]:
    findings = []
    if not (spec.metric or spec.metrics or spec.lines or spec.rates or spec.search):
        hint = "set `metric: {…}`, or `metrics: [keys of alarms]`"
        findings.append(Finding("R06", "this graph is empty", path, hint=hint))
    if spec.view == "gauge" and (widget.min is None or widget.max is None):
        message = "a gauge requires `min` and `max`"
        findings.append(Finding("R06", message, (*path, "view"), hint="add, for example, min: 0, max: 100"))
    if widget.min is not None and widget.max is not None and widget.min >= widget.max:
        key = "max" if spec.max is not None else "min"
        message = f"`max` is {widget.max:g}, which is not above `min`, {widget.min:g}"
        findings.append(Finding("R05", message, (*path, key), hint="set `min` below `max`"))
    if spec.stacked and spec.view != "timeSeries":
        message = f"`stacked` is for lines over time, not for `{spec.view}`"
        findings.append(Finding("R07", message, (*path, "stacked"), hint="remove it, or set `view: timeSeries`"))
    if spec.right and spec.view != "timeSeries":
        message = f"`view: {spec.view}` has no right axis"
        findings.append(Finding("R07", message, (*path, "right"), hint="remove it, or set `view: timeSeries`"))
    if spec.by == "series" and not spec.search:
        message = "`by: series` requires a `search`"
        findings.append(Finding("R07", message, (*path, "by"), hint="use `by: account`, or remove it"))
    if spec.search and ":aws.AccountId" in spec.search and spec.by == "account":
        message = "`by: account` draws every account, but the search already selects one"
        findings.append(Finding("R07", message, (*path, "search"), hint="remove :aws.AccountId, or remove `by`"))
    return findings


def _check_right(spec: MetricWidgetSpec, sources: Sequence[GraphSource], path: Path) -> list[Finding]:
    """The finding for an entry of the right axis that is not in the graph."""
    findings = []
    known = {source.name for source in sources} | {statistic for source in sources for statistic in source.statistics}
    known |= {*spec.metrics, *spec.rates, *_own(spec)}
    for index, name in enumerate(spec.right):
        if name not in known:
            message = f"nothing in this graph has the name `{name}`"
            hint = suggest(name, known)
            findings.append(Finding("R02", message, (*path, "right", index), hint=hint))
    return findings
