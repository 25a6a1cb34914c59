"""Dashboards: the overview that is derived, and the widgets written by hand, both as series of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Composite
from generator.model.people import SEVERITIES
from generator.model.places import Side
from generator.model.signals import LogSignal, MathSignal
from generator.model.views import (
    AlarmWidget,
    Dashboard,
    LogWidget,
    MetricWidget,
    Search,
    TextWidget,
    Variable,
    Widget,
)
from generator.resolve.contributors import every_rule
from generator.resolve.lines import Thing
from generator.resolve.names import logical_id, resource_name
from generator.resolve.parts import parts
from generator.resolve.rows import Look, alarm_graph, thing_graph
from generator.resolve.scope import Scope
from generator.resolve.tiles import ALARMS_PER_WIDGET, standings
from generator.resolve.watched import Watched
from generator.resolve.widgets import widgets
from generator.spec.dashboards import DashboardSpec

OVERVIEW = "overview"
# The overview has to load fast; what is less severe than this many is named.
MOST_GRAPHS = 60


def by_key(alarms: Iterable[Alarm], composites: Iterable[Composite]) -> dict[str, list[Alarm | Composite]]:
    """Alarms and composites by their name in the YAML; an alarm over each account is several."""
    found: dict[str, list[Alarm | Composite]] = {}
    for alarm in alarms:
        found.setdefault(alarm.key, []).append(alarm)
    for composite in composites:
        found.setdefault(composite.key, []).append(composite)
    return found


def dashboards(watched: Watched, news: list[Finding]) -> tuple[Dashboard, ...]:
    """Every dashboard, by key, in as many parts as it needs; `overview` is called observability-dashboard-<env>."""
    scope = watched.scope
    made: list[Dashboard] = []
    for key, spec in sorted(scope.document.dashboards.items()):
        path: Path = ("dashboards", key)
        name = resource_name("observability" if key == OVERVIEW else key, "dashboard", scope.environment)
        whole = Dashboard(key, name, logical_id("Dashboard", key), path, ())
        if isinstance(spec, DashboardSpec):
            variables = tuple(_variables(spec, path, scope, news))
            chosen = scope.accounts[0] if "account" in spec.variables and scope.accounts else None
            shown = tuple(widgets(spec, path, watched, chosen, news))
            whole = replace(whole, widgets=shown, variables=variables)
        else:
            whole = replace(whole, widgets=tuple(_overview(watched, path)), overview=True)
        made += parts(whole, scope.hub, scope.environment)
    return tuple(made)


def _variables(spec: DashboardSpec, path: Path, scope: Scope, news: list[Finding]) -> Iterator[Variable]:
    """What stands in the body is the first choice; CloudWatch puts the reader's in its place, in ARNs and searches too.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_dashboard_variables.html
    """
    for index, name in enumerate(spec.variables):
        at: Path = (*path, "variables", index)
        if name in spec.variables[:index]:
            news.append(Finding("R07", f"`{name}` is there twice", at, hint="leave one of them out"))
        elif name == "account" and not scope.accounts:
            message = "a reader chooses from accounts by name, and only organizational units are given"
            news.append(Finding("R07", message, at, hint="name the accounts"))
        elif name == "account":
            values = tuple((account.name, account.id) for account in scope.accounts)
            yield Variable("account", "Account", scope.accounts[0].id, values)
        elif set(scope.regions) <= {scope.hub.region}:
            message = f"there is no Region to choose but {scope.hub.region}"
            news.append(Finding("R07", message, at, hint="leave it out, or give several `regions`"))
        else:
            regions = dict.fromkeys((scope.hub.region, *scope.regions))
            yield Variable("region", "Region", scope.hub.region, tuple((region, region) for region in regions))


def _overview(watched: Watched, path: Path) -> Iterator[Widget]:
    """Health first, then a graph for each alarm with its threshold, CPU, top contributors, the last state changes."""
    scope = watched.scope
    yield TextWidget(_headline(scope), width=24, height=2)
    in_hub: list[Alarm | Composite] = [a for a in watched.alarms if a.side is Side.HUB]
    in_hub += [c for c in watched.composites if c.side is Side.HUB]
    arns = [standing.arn for standing in standings(in_hub, scope)]
    for first in range(0, len(arns), ALARMS_PER_WIDGET):
        share = tuple(arns[first : first + ALARMS_PER_WIDGET])
        yield AlarmWidget("Alarms in the hub", share, width=24, height=4, path=path)
    one_each = {a.key: a for a in watched.alarms if not a.everywhere_disabled}
    # A look at logs is a query that scans them and is paid for: only where somebody asks for it.
    on_metrics = [a for a in one_each.values() if not isinstance(a.signal, LogSignal)]
    by_severity = sorted(_drawn(on_metrics), key=lambda a: (SEVERITIES.index(a.tuning.severity), a.key))
    for alarm in by_severity[:MOST_GRAPHS]:
        yield alarm_graph(alarm, watched, Look(path))
    left_out = [a.name for a in by_severity[MOST_GRAPHS:]]
    if left_out:
        yield TextWidget(f"{len(left_out)} less severe alarms are not drawn here.", width=24, height=1)
    alarmed = {measured.metric.filter for a in one_each.values() for measured in a.measured()}
    for counted in watched.filters.values():
        if counted.key not in alarmed:
            yield thing_graph(
                Thing(counted.metric, ("Sum",), f"{counted.metric.name}, by account"), watched, Look(path)
            )
    yield MetricWidget("CPU by account", _cpu(scope), 300, path=path, min=0, max=100)
    yield from every_rule(scope, path)
    if watched.audit:
        groups = (watched.audit.log_group,)
        yield LogWidget("Latest alarm state changes", groups, _STATE_CHANGES, width=24, height=8, path=path)


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


def _cpu(scope: Scope) -> tuple[Search, ...]:
    """Mean CPU of each account's instances; an account without instances draws nothing."""
    search = '{AWS/EC2,InstanceId} MetricName="CPUUtilization"'
    if scope.organizational_units:
        return (Search(f"SEARCH('{search}', 'Average', 300)", "${PROP('AccountLabel')} ${PROP('Dim.InstanceId')}"),)
    return tuple(
        Search(f"AVG(SEARCH('{search} :aws.AccountId=\"{account.id}\"', 'Average', 300))", account.name)
        for account in scope.accounts
    )
