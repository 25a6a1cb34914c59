"""The overview: alarms, then golden signals, then the rest; and the dashboards that it leads to when it is full.

One that would have more than `MOST_WIDGETS` widgets keeps what a first look needs, and a graph for each alarm goes to a
dashboard for each section: services, alarms, monitoring. What is added to a section moves nothing in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from generator.findings import Path
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.dashboards import AlarmWidget, Dashboard, MetricWidget, Search, TextWidget, Widget
from generator.model.logs import MetricFilter
from generator.model.placement import has_in
from generator.model.routing import SEVERITIES
from generator.model.signals import LogSignal, Metric, PromqlSignal
from generator.resolve.alarms.fleet_query import by_account, fleet_query
from generator.resolve.dashboards import alarm_states
from generator.resolve.dashboards.contributors import every_rule
from generator.resolve.dashboards.error_budgets import budgets
from generator.resolve.dashboards.groups import SECTIONS, AlarmGroup, Section, groups, rank
from generator.resolve.dashboards.inputs import COLUMNS, DashboardInputs
from generator.resolve.dashboards.layout import in_rows
from generator.resolve.dashboards.past_thresholds import is_countable, past_thresholds
from generator.resolve.dashboards.rows import GraphOptions, accounts_with, alarm_graph, source_graph
from generator.resolve.dashboards.series import MOST_LINES, WORST, GraphSource
from generator.resolve.dashboards.tiles import ALARMS_PER_WIDGET, alarm_locations
from generator.resolve.names import pascal
from generator.resolve.scope import Scope

MOST_WIDGETS = 25
_MOST_GROUPS, _MOST_RULES, _MOST_BUDGETS, _FEWEST_SIGNALS = 12, 1, 4, 3
_WIDE, _NARROW, _TILES_IN_A_ROW = 3, 4, 6
# A night: an alarm of the evening is still in the table of alarms.
START = "-PT12H"
# Errors before latency, and both before traffic and saturation, by a word of the metric's name; the first found counts.
_LAST = 2
_GOLDEN = {"deadletter": _LAST, "error": 0, "fault": 0, "fail": 0, "5xx": 0, "throttle": 0}
_GOLDEN |= {"duration": 1, "latency": 1, "age": 1, "lag": 1, "time": 1}


def overview(whole: Dashboard, watched: DashboardInputs) -> Iterator[Dashboard]:
    """The overview itself, and where it is full, a dashboard for each section."""
    path, scope = whole.path, watched.scope
    drawn = groups(_drawn(watched), watched)
    uncounted = tuple(_uncounted(watched, path))
    rules = tuple(every_rule(watched, path))
    first = (*_headline(scope), *_alarms(drawn, watched, path))
    graphs = (*(graph for alarm in _by_severity(drawn) for graph in _graphs(alarm, watched, path)), *uncounted)
    cpu, changes = tuple(_cpu(watched, path)), tuple(alarm_states.changes(watched, path))
    if len(first) + len(graphs) + len(cpu) + len(rules) + len(changes) <= MOST_WIDGETS:
        together = in_rows((*graphs, *cpu, *rules), _WIDE, 6)
        yield replace(whole, widgets=(*first, *together, *changes), start=START)
        return
    last = (*in_rows((*cpu, *rules[:_MOST_RULES]), _WIDE, 6), *changes)
    left = (*islice(budgets(watched.objectives, watched, path), _MOST_BUDGETS),)
    room = max(MOST_WIDGETS - len(first) - len(left) - len(last), _FEWEST_SIGNALS)
    signals = [_graph(alarm, watched, path) for alarm in _golden(drawn)[:room]]
    yield replace(whole, widgets=(*first, *in_rows((*left, *signals), _NARROW, 5), *last), start=START)
    for section in SECTIONS:
        own = [group for group in drawn if group.section == section]
        more = (*uncounted, *rules[_MOST_RULES:]) if section == "alarms" else ()
        if own or more:
            content = (TextWidget(f"# {_title(scope)} · {section}", COLUMNS, 1), *_sections(own, more, watched, path))
            yield _dashboard(whole, section, content, scope.environment)


def _dashboard(whole: Dashboard, section: Section, drawn: tuple[Widget, ...], environment: str) -> Dashboard:
    """`observability-services-dashboard-prod`, with a logical id that no key can give: words begin in upper case."""
    name = f"{whole.name.removesuffix(f'dashboard-{environment}')}{section}-dashboard-{environment}"
    key = f"{whole.key}-{section}"
    logical_id = f"Dashboards{pascal(section)}{whole.logical_id.removeprefix('Dashboard')}"
    return replace(
        whole, key=key, name=name, logical_id=logical_id, widgets=drawn, overview=False, start=START, section=section
    )


def _title(scope: Scope) -> str:
    return f"{scope.document.project} · {scope.environment}"


def _headline(scope: Scope) -> Iterator[Widget]:
    names = " · ".join(account.name for account in scope.accounts) or "by organizational unit"
    if len(scope.accounts) > MOST_LINES:
        names = f"{len(scope.accounts):,} accounts"
    yield TextWidget(f"# {_title(scope)}\nMembers: {names}", width=COLUMNS, height=2)


def _alarms(drawn: Sequence[AlarmGroup], watched: DashboardInputs, path: Path) -> Iterator[Widget]:
    """The hub's alarms as tiles, the members' as CloudWatch reported them and as their metrics are now."""
    in_hub: list[Alarm | Composite] = [a for a in watched.alarms if a.side is Side.HUB]
    in_hub += [c for c in watched.composites if c.side is Side.HUB]
    arns = [location.arn for location in alarm_locations(in_hub, watched.scope)]
    for start in range(0, len(arns), ALARMS_PER_WIDGET):
        share = tuple(arns[start : start + ALARMS_PER_WIDGET])
        rows = -(-len(share) // _TILES_IN_A_ROW)
        height = min(max(1 + rows, 3), 8)
        yield AlarmWidget("Alarms in the hub", share, width=COLUMNS, height=height, path=path)
    yield from alarm_states.in_alarm(watched, path)
    countable = [group for group in drawn if any(map(is_countable, group.alarms))]
    worst = sorted(countable, key=lambda group: group.rank)[:_MOST_GROUPS]
    charts = tuple(past_thresholds([group for group in countable if group in worst], watched.scope, path))
    if charts:
        left_out = len(countable) - len(charts)
        more = f" · {left_out} more groups have only the graphs of their alarms" if left_out else ""
        yield TextWidget(f"### Alarms of members past their threshold, by account{more}", COLUMNS, 1)
        yield from in_rows(charts, _NARROW, 4)


def _drawn(watched: DashboardInputs) -> list[Alarm]:
    """One of each key; of an objective, whose windows share one burn rate, the strictest one, over the longest.

    A graph of logs is a query that scans them and costs money, so only explicit widgets have one. Metrics that the
    links leave out would be an empty graph.
    """
    on_metrics = (
        alarm
        for alarm in watched.alarms
        if not isinstance(alarm.signal, LogSignal | PromqlSignal)
        and (alarm.is_of_hub or not any(watched.leaves_out(reference.metric) for reference in alarm.measured()))
    )
    one_each = {alarm.key: alarm for alarm in on_metrics if _exists(alarm, watched.scope)}
    ordered = sorted(one_each.values(), key=lambda a: (a.tuning.threshold, a.tuning.period))
    last = {alarm.path: alarm.key for alarm in ordered if _burn_rate(alarm)}
    return [alarm for alarm in ordered if last.get(alarm.path, alarm.key) == alarm.key]


def _exists(alarm: Alarm, scope: Scope) -> bool:
    """True if an account that is known has the alarm, or one that a unit brings, in the Region that the hub sees."""
    is_seen = alarm.side is Side.HUB or not alarm.regions or scope.hub.region in alarm.regions
    exists = bool(scope.organizational_units or accounts_with(alarm, scope))
    return is_seen and exists and not alarm.everywhere_disabled


def _burn_rate(alarm: Alarm) -> bool:
    return alarm.path[0] == "slos"


def _uncounted(watched: DashboardInputs, path: Path) -> Iterator[Widget]:
    """A graph of each metric filter without an alarm."""
    alarms = (alarm for alarm in watched.alarms if not alarm.everywhere_disabled)
    filters_with_alarms = {measured.metric.filter for alarm in alarms for measured in alarm.measured()}
    for metric_filter in watched.filters.values():
        in_hub = metric_filter.side is Side.HUB
        is_seen = in_hub or (_is_counted(metric_filter, watched.scope) and not watched.leaves_out(metric_filter.metric))
        if metric_filter.key not in filters_with_alarms and is_seen:
            yield source_graph(
                GraphSource(metric_filter.metric, ("Sum",), metric_filter.key, in_hub=in_hub),
                watched,
                GraphOptions(path),
            )


def _is_counted(metric_filter: MetricFilter, scope: Scope) -> bool:
    """True if an account that the hub sees has the filter of members there."""
    later = [None] if scope.organizational_units else []
    names = (*(account.name for account in scope.accounts), *later)
    return any(has_in(metric_filter.placement, name, scope.hub.region) for name in names)


def _by_severity(drawn: Sequence[AlarmGroup]) -> list[Alarm]:
    return sorted((alarm for group in drawn for alarm in group.alarms), key=lambda a: (rank(a), a.key))


def _golden(drawn: Sequence[AlarmGroup]) -> list[Alarm]:
    """The most telling alarm of each group, then the second of each: what users feel before what obsgen does itself."""
    turns = []
    for group in drawn:
        notifying = [alarm for alarm in _telling(group) if SEVERITIES[rank(alarm)] != "none"]
        own = group.section == "monitoring"
        turns += [((position, own, rank(alarm)), alarm) for position, alarm in enumerate(notifying)]
    return [alarm for _, alarm in sorted(turns, key=lambda ranked: ranked[0])]


def _telling(group: AlarmGroup) -> list[Alarm]:
    """The most severe first, and of those errors, then latency, then the others."""
    return sorted(group.alarms, key=lambda a: (rank(a), _kind(a), a.key))


def _kind(alarm: Alarm) -> int:
    names = " ".join(measured.metric.name.lower() for measured in alarm.measured())
    return next((kind for word, kind in _GOLDEN.items() if word in names), _LAST)


def _graph(alarm: Alarm, watched: DashboardInputs, path: Path) -> Widget:
    """The graph of an alarm, under its key; so the labels of its thresholds are only the numbers."""
    graph = alarm_graph(alarm, watched, GraphOptions(path))
    if not isinstance(graph, MetricWidget):
        return graph
    thresholds = tuple(replace(level, label=level.label.removeprefix(f"{alarm.key} ")) for level in graph.levels)
    title = f"{alarm.path[1]}, burn rate" if _burn_rate(alarm) else alarm.key
    return replace(graph, title=title, levels=thresholds)


def _graphs(alarm: Alarm, watched: DashboardInputs, path: Path) -> Iterator[Widget]:
    """The graph of an alarm, and beside that of a burn rate the one of the budget that is left."""
    yield _graph(alarm, watched, path)
    if _burn_rate(alarm):
        yield from budgets((slo for slo in watched.objectives if slo.key == alarm.objective), watched, path)


def _sections(
    own: Sequence[AlarmGroup], more: Sequence[Widget], watched: DashboardInputs, path: Path
) -> Iterator[Widget]:
    """A heading for each group and its graphs; groups of one graph are side by side, below those of several."""
    single = [group for group in own if len(group.alarms) == 1 and not _burn_rate(group.alarms[0])]
    for group in own:
        if group not in single:
            yield TextWidget(f"## {group.name}", COLUMNS, 1)
            graphs = [graph for alarm in _telling(group) for graph in _graphs(alarm, watched, path)]
            yield from in_rows(graphs, _WIDE, 5)
    headings = list(in_rows([TextWidget(f"## {group.name}") for group in single], _NARROW, 1))
    beside = list(in_rows([_graph(group.alarms[0], watched, path) for group in single], _NARROW, 5))
    while headings:
        row = COLUMNS // (headings[0].width or COLUMNS)
        yield from (*headings[:row], *beside[:row])
        del headings[:row], beside[:row]
    if more:
        yield TextWidget("## Without alarms", COLUMNS, 1)
        yield from in_rows(more, _WIDE, 5)


def _cpu(watched: DashboardInputs, path: Path) -> Iterator[MetricWidget]:
    """Mean CPU of each account's instances; an account without instances draws nothing."""
    scope, metric = watched.scope, Metric("AWS/EC2", "CPUUtilization")
    if watched.leaves_out(metric):
        return
    search = f'{{{metric.namespace},InstanceId}} MetricName="{metric.name}"'
    if scope.organizational_units:
        label = "${PROP('AccountLabel')} ${PROP('Dim.InstanceId')}"
        lines = [Search(f"SEARCH('{search}', 'Average', 300)", label)]
    elif len(scope.accounts) > MOST_LINES:
        names = [account.name for account in scope.accounts]
        of_instances = Metric(metric.namespace, metric.name, (("InstanceId", ""),))
        query = fleet_query(of_instances, "Average", "AVG", names, scope)
        worst = (
            by_account(query, "DESC", WORST)
            if query
            else f"SORT(SEARCH('{search}', 'Average', 300), MAX, DESC, {WORST})"
        )
        lines = [Search(worst, "${LABEL}" if query else "${PROP('AccountLabel')}")]
    else:
        within = [(f'{search} :aws.AccountId="{account.id}"', account.name) for account in scope.accounts]
        lines = [Search(f"AVG(SEARCH('{terms}', 'Average', 300))", name) for terms, name in within]
    yield MetricWidget("CPU by account", tuple(lines), 300, path=path, min=0, max=100)
