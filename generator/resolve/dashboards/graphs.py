"""Graphs: one for an alarm, one for a widget of the file, and rows of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generator.findings import Finding, Path
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm
from generator.model.dashboards import Count, Level, Line, MetricWidget, Search, Series
from generator.model.metric_references import MetricReference
from generator.model.placement import has
from generator.model.signals import (
    AnomalySignal,
    LogSignal,
    Metric,
    PromqlSignal,
)
from generator.resolve.alarms.metrics import find_metric
from generator.resolve.dashboards.expressions import MathLine, drawn_expressions, expressions_of, unused
from generator.resolve.dashboards.graph_checks import DRAWN_WITH_LEVELS, check_graph, check_names, check_style
from generator.resolve.dashboards.graph_lines import account_named, in_one_account, of_line
from generator.resolve.dashboards.graph_style import graph_style
from generator.resolve.dashboards.inputs import DashboardInputs, alarms_named
from generator.resolve.dashboards.other_regions import inputs_in
from generator.resolve.dashboards.series import (
    AUTO_LABEL,
    GraphContext,
    GraphSource,
    is_of_many_accounts,
    is_percentage,
    lines,
    on_the_right,
    rate,
    searched,
    sought,
    source_of_alarm,
    unit_of,
    usual_statistic,
)
from generator.resolve.scope import Scope
from generator.spec.dashboard_base import LineSpec
from generator.spec.dashboard_graphs import GraphLineSpec, MetricWidgetSpec, RateSpec
from generator.spec.signals import MetricSpec


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
    """The graph of a widget, in the order alarms, metric, lines, rates, expressions, search."""
    if spec.account and chosen is None:
        chosen = account_named(spec.account, (*path, "account"), watched.scope, findings)
        findings += in_one_account(spec, path)
    listed = [a for a in alarms_named(spec.metrics, (*path, "metrics"), watched, findings) if isinstance(a, Alarm)]
    findings += [*_of_logs(listed, (*path, "metrics")), *of_promql(listed, (*path, "metrics"))]
    alarms = {alarm.key: alarm for alarm in listed if not isinstance(alarm.signal, LogSignal | PromqlSignal)}
    context = GraphContext(watched.scope, spec.period or (listed[0].tuning.period if listed else 60), spec.by, chosen)
    if chosen:
        findings += of_all_accounts(alarms.values(), (*path, "metrics"))
    sources = _sources(spec, alarms, path, watched, findings)
    placed = [(source, _placed(source, context, watched, findings)) for source in sources]
    visible = [(source, own) for source, own in placed if own and source.name not in spec.hidden]
    drawn = [_painted(graph_content(source, own, watched), source, spec.colors) for source, own in visible]
    drawn += [*_of_rates(spec, path, context, watched, findings)]
    usable = _usable(placed)
    drawn += [*_of_expressions(spec, usable, path, context, watched, findings)]
    drawn += [*_of_search(spec, path, context)]
    low, high = ends([drawing.percentage for drawing in drawn if not all(map(on_the_right, drawing.lines))])
    low, high = (low, high) if spec.percent_axis else (None, None)
    hidden = (graph_content(source, own, watched) for source, own in placed if own and source.name in spec.hidden)
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
        _first(spec.min, spec.axes.left.min, low),
        _first(spec.max, spec.axes.left.max, high),
        tuple(measured for drawing in (*drawn, *hidden) for measured in drawing.measured),
        style=graph_style(spec),
        expressions=expressions_of(spec, usable, context, path, watched),
    )
    findings += [*check_graph(spec, widget, path), *check_style(spec, path), *check_names(spec, sources, path)]
    findings += unused(spec, path)
    return widget


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _placed(
    source: GraphSource, context: GraphContext, watched: DashboardInputs, findings: list[Finding]
) -> GraphContext | None:
    """What a source is drawn of: the accounts of its Region that have it; None where this environment has none."""
    if source.region and isinstance(source.source, Metric):
        inputs = inputs_in(source.region, (*source.path, "region"), watched, findings)
        if inputs is None:
            return None
        if source.in_hub and source.region != watched.scope.hub.region:
            message = f"this metric is of the hub, which is not in {source.region}"
            hint = "remove `region`, or draw a metric of members"
            findings.append(Finding("R07", message, (*source.path, "region"), hint=hint))
        context = replace(context, scope=inputs.scope)
    if source.account:
        if source.account not in context.scope.accounts:
            return None
        context = replace(context, chosen=source.account)
    context = replace(context, period=source.period) if source.period else context
    return _within_placement(source, context, watched)


def _painted(content: GraphContent, source: GraphSource, colors: Mapping[str, str]) -> GraphContent:
    """The same in the colors of the file, and with the Region, label and period of the source."""

    def painted(line: Line) -> Line:
        statistic = line.statistic if isinstance(line, Series) else ""
        color = colors.get(source.name) or colors.get(statistic, "")
        line = replace(line, color=color) if color and not isinstance(line, Count) else line
        line = replace(line, label="") if source.label == AUTO_LABEL and isinstance(line, Series | Search) else line
        line = replace(line, period=source.period) if source.period and isinstance(line, Series) else line
        return replace(line, region=source.region) if source.region and isinstance(line, Series | Search) else line

    return replace(content, lines=tuple(map(painted, content.lines)))


def _usable(placed: Sequence[tuple[GraphSource, GraphContext | None]]) -> dict[str, MathLine]:
    """The lines that expressions may use, by name; of several statistics the first."""
    return {
        source.name: MathLine(
            source.source, source.statistics[0], source.path, own, source.in_hub, source.region, source.period
        )
        for source, own in placed
        if own and source.path[-2:-1] == ("lines",) and isinstance(source.source, Metric)
    }


def _of_expressions(
    spec: MetricWidgetSpec,
    usable: Mapping[str, MathLine],
    path: Path,
    context: GraphContext,
    watched: DashboardInputs,
    findings: list[Finding],
) -> Iterator[GraphContent]:
    for name, line in drawn_expressions(spec, usable, context, path, watched, findings):
        color = spec.colors.get(name, "")
        yield GraphContent((replace(line, color=color),), False)


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
    own = MetricReference(graphed.path, graphed.source, graphed.statistics[0], graphed.region)
    measured = (own,) if graphed.path else ()
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
            color = spec.colors.get(name, "")
            yield GraphContent(tuple(replace(line, color=color) for line in searches), True, measured)


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
    keys = [alarm.key for alarm in alarms if is_of_many_accounts(alarm)]
    message = "covers every account, but this dashboard shows the account that the reader chooses"
    return [Finding("R07", f"`{key}` {message}", path, hint="draw it on another dashboard") for key in keys]


def _own(spec: MetricWidgetSpec) -> tuple[str, ...]:
    return tuple(([spec.statistic] if spec.statistic else []) + spec.statistics)


def _sources(
    spec: MetricWidgetSpec, alarms: Mapping[str, Alarm], path: Path, watched: DashboardInputs, findings: list[Finding]
) -> list[GraphSource]:
    """Every metric that is named; in a graph of several, each is called by its name."""
    sources = [source_of_alarm(alarm, _own(spec), watched.by_key.get(alarm.key, ())) for alarm in alarms.values()]
    sources += [
        graphed
        for name, at, metric in _own_metrics(spec, path)
        if (graphed := graph_source(metric, name, _own(spec), at, watched, findings))
    ]
    has_several = len(sources) + len(spec.rates) + len(spec.expressions) + bool(spec.search) > 1
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
    source = GraphSource(metric, statistics, name, in_hub=in_hub, path=path)
    return of_line(source, spec, watched, findings) if isinstance(spec, GraphLineSpec) else source


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
    if not spec.thresholds or spec.view not in DRAWN_WITH_LEVELS:
        return ()
    shared: dict[Level, list[Level]] = {}
    for alarm in alarms.values():
        for level in levels(alarm.key, watched, bool({alarm.key, alarm.statistic} & {*spec.right})):
            shared.setdefault(replace(level, label=level.label.removeprefix(f"{alarm.key} ")), []).append(level)
    return tuple(names[0] if len(names) == 1 else level for level, names in shared.items())
