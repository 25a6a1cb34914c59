"""Dashboards: the overview that is derived, and the widgets written by hand, both as series of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from generator.findings import Finding, Path, did_you_mean
from generator.model.alarms import Alarm, Composite
from generator.model.duties import Audit
from generator.model.logs import LogGroup, MetricFilter
from generator.model.people import SEVERITIES
from generator.model.places import Side
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    MathSignal,
    Metric,
    QuerySignal,
)
from generator.model.views import (
    AlarmWidget,
    Dashboard,
    Formula,
    Level,
    Line,
    LogWidget,
    MetricWidget,
    Search,
    Series,
    TextWidget,
    Widget,
)
from generator.resolve import slos
from generator.resolve.metrics import find_metric
from generator.resolve.names import logical_id, resource_name
from generator.resolve.scope import Scope
from generator.spec.dashboards import AlarmsWidget, DashboardSpec, LogsWidget, MetricWidgetSpec, TextWidgetSpec

OVERVIEW = "overview"
# The overview has to load fast and stay under CloudWatch's 500 widgets; what is less severe than this many is named.
MOST_GRAPHS = 60
ALARMS_PER_WIDGET = 100
_COMBINE = {"Sum": "SUM", "SampleCount": "SUM", "Average": "AVG", "Minimum": "MIN"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What dashboards can show."""

    scope: Scope
    alarms: tuple[Alarm, ...]
    composites: tuple[Composite, ...]
    filters: tuple[MetricFilter, ...]
    log_groups: tuple[LogGroup, ...]
    audit: Audit | None
    by_key: Mapping[str, Sequence[Alarm | Composite]]


def by_key(alarms: Iterable[Alarm], composites: Iterable[Composite]) -> dict[str, list[Alarm | Composite]]:
    """Alarms and composites by their name in the YAML; an alarm over each account is several."""
    found: dict[str, list[Alarm | Composite]] = {}
    for alarm in alarms:
        found.setdefault(alarm.key, []).append(alarm)
    for composite in composites:
        found.setdefault(composite.key, []).append(composite)
    return found


def dashboards(watched: Watched, news: list[Finding]) -> tuple[Dashboard, ...]:
    """Every dashboard, by key; `overview` is called observability-dashboard-<environment>."""
    made = []
    for key, spec in sorted(watched.scope.document.dashboards.items()):
        path: Path = ("dashboards", key)
        named = "observability" if key == OVERVIEW else key
        widgets = (
            tuple(_by_hand(spec, path, watched, news)) if isinstance(spec, DashboardSpec) else tuple(_overview(watched))
        )
        name = resource_name(named, "dashboard", watched.scope.environment)
        derived = not isinstance(spec, DashboardSpec)
        made.append(Dashboard(key, name, logical_id("Dashboard", key), path, widgets, overview=derived))
    return tuple(made)


def _overview(watched: Watched) -> Iterator[Widget]:
    """Health first, then a graph for each alarm with its threshold, then CPU, then the last state changes."""
    scope = watched.scope
    yield TextWidget(_headline(scope), width=24, height=2)
    arns = _arns([a for a in watched.alarms if a.side is Side.HUB], scope)
    arns += _arns([c for c in watched.composites if c.side is Side.HUB], scope)
    if arns:
        yield AlarmWidget("Alarms in the hub", tuple(arns[:ALARMS_PER_WIDGET]), width=24, height=4)
    one_each = {a.key: a for a in watched.alarms if not a.everywhere_disabled}
    by_severity = sorted(_drawn(one_each.values()), key=lambda a: (SEVERITIES.index(a.tuning.severity), a.key))
    for alarm in by_severity[:MOST_GRAPHS]:
        yield _alarm_graph(alarm, watched)
    left_out = [a.name for a in by_severity[MOST_GRAPHS:]]
    if left_out:
        yield TextWidget(f"{len(left_out)} less severe alarms are not drawn here.", width=24, height=1)
    alarmed = {measured.metric.filter for a in one_each.values() for measured in a.measured()}
    for counted in watched.filters:
        if counted.key not in alarmed:
            series = _by_account(counted.metric, "Sum", 60, scope)
            yield MetricWidget(f"{counted.metric.name}, by account", series, 60)
    yield MetricWidget("CPU by account", _cpu(scope), 300)
    if watched.audit:
        yield LogWidget("Latest alarm state changes", (watched.audit.log_group,), _STATE_CHANGES, width=24, height=8)


def _drawn(alarms: Iterable[Alarm]) -> list[Alarm]:
    """One for each objective, whose windows share one burn rate: the one that wants most of it, over the longest."""
    each = sorted(alarms, key=lambda a: (a.tuning.threshold, a.tuning.period))
    last = {alarm.path: alarm.key for alarm in each if isinstance(alarm.signal, MathSignal) and alarm.signal.title}
    return [alarm for alarm in each if last.get(alarm.path, alarm.key) == alarm.key]


_STATE_CHANGES = (
    "fields @timestamp, account, region, detail.alarmName as alarm, detail.previousState.value as was,"
    " detail.state.value as now, detail.state.reason as reason | sort @timestamp desc | limit 50"
)


def _headline(scope: Scope) -> str:
    names = ", ".join(account.name for account in scope.accounts) or "by organizational unit"
    return f"# {scope.document.project} · {scope.environment}\nMembers: {names}"


def _alarm_graph(alarm: Alarm, watched: Watched) -> MetricWidget:
    period = alarm.tuning.period
    series = tuple(_series_of(alarm, (alarm.statistic,), True, period, watched.scope))
    return MetricWidget(alarm.summary or alarm.key, series, period, _levels(alarm.key, watched))


def _levels(key: str, watched: Watched) -> tuple[Level, ...]:
    """The thresholds of an alarm, in every account that has it, each once."""
    alarms = [alarm for alarm in watched.by_key.get(key, ()) if isinstance(alarm, Alarm)]
    drawn = [alarm for alarm in alarms if not isinstance(alarm.signal, AnomalySignal)]
    tunings = [tuning for alarm in drawn for tuning in alarm.tunings() if tuning.enabled]
    return tuple(dict.fromkeys(Level(t.threshold, f"{key} {t.comparison} {t.threshold:g}") for t in tunings))


def _series_of(alarm: Alarm, statistics: Sequence[str], by_account: bool, period: int, scope: Scope) -> Iterator[Line]:
    """What an alarm looks at: a metric with each statistic, an expression in each account, a query over all."""
    match alarm.signal:
        case LocalSignal(metric) | AccountSignal(metric) | FleetSignal(metric) | AnomalySignal(metric):
            yield from _of_metric(metric, statistics, by_account, period, scope)
        case MathSignal():
            if len({one.account for one in alarm.signal.operands}) > 1:
                yield Formula(alarm.signal.formula, alarm.signal.operands, alarm.signal.title or alarm.key)
                return
            for account in scope.accounts:
                operands = tuple(replace(one, account=account) for one in alarm.signal.operands)
                yield Formula(alarm.signal.formula, operands, account.name)
        case QuerySignal(query):
            # In a monitoring account a query finds the metrics of every linked account.
            yield Search(query, alarm.key)
        case _:
            assert_never(alarm.signal)


def _of_metric(
    metric: Metric, statistics: Sequence[str], by_account: bool, period: int, scope: Scope
) -> Iterator[Series | Search]:
    for statistic in statistics:
        if by_account:
            yield from _by_account(metric, statistic, period, scope, statistic if len(statistics) > 1 else "")
        else:
            yield _combined(metric, statistic, period, statistic)


def _by_account(
    metric: Metric, statistic: str, period: int, scope: Scope, suffix: str = ""
) -> tuple[Series | Search, ...]:
    """A line for each named account; where units bring accounts nobody has named, whatever a search finds."""
    if scope.organizational_units:
        return (Search(f"SEARCH('{_search(metric)}', '{statistic}', {period})", "${PROP('AccountLabel')}"),)
    return tuple(Series(metric, statistic, account, f"{account.name} {suffix}".strip()) for account in scope.accounts)


def _combined(metric: Metric, statistic: str, period: int, label: str) -> Search:
    """One line over all accounts that are linked to the hub."""
    function = _COMBINE.get(statistic, "MAX")
    return Search(f"{function}(SEARCH('{_search(metric)}', '{statistic}', {period}))", label)


def _search(metric: Metric) -> str:
    """A SEARCH for exactly this metric; in a monitoring account it finds those of every linked account."""
    schema = ",".join([f'"{metric.namespace}"', *(f'"{name}"' for name, _ in metric.dimensions)])
    terms = [f'MetricName="{metric.name}"', *(f'"{name}"="{value}"' for name, value in metric.dimensions)]
    return f"{{{schema}}} {' '.join(terms)}"


def _cpu(scope: Scope) -> tuple[Search, ...]:
    """Mean CPU of each account's instances; an account without instances draws nothing."""
    search = '{AWS/EC2,InstanceId} MetricName="CPUUtilization"'
    if scope.organizational_units:
        return (Search(f"SEARCH('{search}', 'Average', 300)", "${PROP('AccountLabel')} ${PROP('Dim.InstanceId')}"),)
    return tuple(
        Search(f"AVG(SEARCH('{search} :aws.AccountId=\"{account.id}\"', 'Average', 300))", account.name)
        for account in scope.accounts
    )


def _by_hand(spec: DashboardSpec, path: Path, watched: Watched, news: list[Finding]) -> Iterator[Widget]:
    for index, widget in enumerate(spec.widgets):
        at: Path = (*path, "widgets", index)
        match widget:
            case AlarmsWidget():
                found = _alarms_named(widget.alarms, (*at, "alarms"), watched, news)
                yield AlarmWidget(widget.title, tuple(_arns(found, watched.scope)), widget.width, widget.height)
            case MetricWidgetSpec():
                yield _graph(widget, at, watched, news)
            case LogsWidget():
                sources = _log_sources(widget.log_group, (*at, "log_group"), watched, news)
                yield LogWidget(widget.title, sources, widget.query, widget.width, widget.height)
            case TextWidgetSpec():
                yield TextWidget(widget.markdown, widget.width, widget.height)
            case _:
                assert_never(widget)


def _graph(spec: MetricWidgetSpec, path: Path, watched: Watched, news: list[Finding]) -> MetricWidget:
    scope = watched.scope
    own = ([spec.statistic] if spec.statistic else []) + spec.statistics
    by_account = spec.by == "account"
    series: list[Line] = []
    levels: list[Level] = []
    named = [a for a in _alarms_named(spec.metrics, (*path, "metrics"), watched, news) if isinstance(a, Alarm)]
    period = spec.period or (named[0].tuning.period if named else 60)
    for alarm in {a.key: a for a in named}.values():
        series += _series_of(alarm, own or [alarm.statistic], by_account, period, scope)
        levels += _levels(alarm.key, watched)
    filters = {f.key: f for f in watched.filters}
    metric = find_metric(spec.metric, (*path, "metric"), scope, filters, news) if spec.metric else None
    if metric:
        for statistic in own or ["Sum"]:
            suffix = statistic if len(own) > 1 else ""
            series += (
                _by_account(metric, statistic, period, scope, suffix)
                if by_account
                else [_combined(metric, statistic, period, statistic)]
            )
    if not spec.metric and not spec.metrics:
        message = "this graph shows nothing"
        news.append(Finding("R06", message, path, hint="give `metric: {…}`, or `metrics: [keys of alarms]`"))
    return MetricWidget(spec.title, tuple(series), period, tuple(dict.fromkeys(levels)), spec.width, spec.height)


def _alarms_named(names: Sequence[str], path: Path, watched: Watched, news: list[Finding]) -> list[Alarm | Composite]:
    found: list[Alarm | Composite] = []
    for index, name in enumerate(names):
        document = watched.scope.document
        known = {*document.alarms, *document.composites, *slos.keys(document)}
        if name not in known:
            hint = did_you_mean(name, known).strip()
            news.append(Finding("R02", f"there is no alarm `{name}`", (*path, index), hint=hint))
        found += watched.by_key.get(name, ())
    return found


def _arns(alarms: Sequence[Alarm | Composite], scope: Scope) -> list[str]:
    """Where each alarm stands: once in the hub, or once in every member that has it."""
    arns = []
    for alarm in alarms:
        if alarm.side is Side.HUB:
            disabled = isinstance(alarm, Alarm) and not alarm.tuning.enabled
            arns += [] if disabled else [scope.hub.arn("cloudwatch", f"alarm:{alarm.name}")]
            continue
        for account in scope.accounts:
            missing = isinstance(alarm, Alarm) and not alarm.tuning_in(account.name).enabled
            if not missing:
                arns.append(scope.hub.arn("cloudwatch", f"alarm:{alarm.name}", account=account.id))
    return arns


def _log_sources(key: str, path: Path, watched: Watched, news: list[Finding]) -> tuple[str, ...]:
    """By name in the hub; by ARN in each named member, which the hub sees through its links."""
    scope = watched.scope
    group = next((g for g in watched.log_groups if g.key == key), None)
    if group is None:
        known = [g.key for g in watched.log_groups]
        news.append(Finding("R02", f"there is no log group `{key}`", path, hint=did_you_mean(key, known).strip()))
        return ()
    if group.side is Side.HUB:
        return (group.name,)
    if not scope.accounts:
        message = "a log table names its accounts, and only organizational units are given"
        news.append(Finding("R07", message, path, hint="name the accounts"))
    return tuple(scope.hub.arn("logs", f"log-group:{group.name}", account=account.id) for account in scope.accounts)
