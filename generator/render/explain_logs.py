"""Log groups and metric filters: their placement, their readers, and their alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from generator.findings import Path, dotted
from generator.model.accounts import Side
from generator.model.alarm_locations import AnyAlarm, RouteTable, route_table
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm
from generator.model.dashboards import LogWidget, MetricWidget
from generator.model.error_logs import LogGroupSelection
from generator.model.estate import Estate
from generator.model.logs import LogGroup, MetricFilter
from generator.model.signals import LogSignal
from generator.model.stack_values import as_written
from generator.render.explain_names import SHOWN
from generator.render.explain_source import LocatedText, deployed_in
from generator.render.route_words import channels_in_words
from generator.render.words import members_in_words, metric_in_words
from generator.wording import first_of, list_in_words, pluralize


def explained(path: Path, estate: Estate, source: LocatedText) -> Iterator[str]:
    """Lines about each log group and metric filter at or in a path."""
    routes = route_table(estate)
    for group in estate.log_groups:
        if _is_at(path, group.path):
            yield from _log_group(group, estate, source, routes)
    for metric_filter in estate.metric_filters:
        if _is_at(path, metric_filter.path):
            yield from _metric_filter(metric_filter, estate, source, routes)


def _is_at(path: Path, entry: Path) -> bool:
    return path[: len(entry)] == entry or (len(path) > 1 and entry[: len(path)] == path)


def _log_group(group: LogGroup, estate: Estate, source: LocatedText, routes: RouteTable) -> Iterator[str]:
    yield f"  {as_written(group.name)}"
    yield f"    {deployed_in(group.placement, group.side, group.path, estate, source)}"
    yield f"    {_maker(group, estate)}"
    readers = list(dict.fromkeys(_readers(group, estate)))
    yield f"    read by {_some(readers)}" if readers else "    nothing reads it"
    filters = {one.key for one in estate.metric_filters if one.log_group == group.key and one.side is group.side}
    yield from _watched(
        (alarm for alarm in estate.alarms if filters & _filters_of(alarm) or _reads(alarm, group)), estate, routes
    )


def _maker(group: LogGroup, estate: Estate) -> str:
    if not group.create:
        return "created outside the stack"
    theirs = f", in {members_in_words(group.existing, estate)} outside the stack" if group.existing else ""
    retention = f", its lines are kept for {pluralize(group.retention_days, 'day')}" if group.retention_days else ""
    archived = f" and in S3 for {pluralize(group.archive_days, 'day')}" if group.archive_days else ""
    return f"created by the stack{theirs}{retention}{archived}"


def _readers(group: LogGroup, estate: Estate) -> Iterator[str]:
    """The readers of its lines, each with its path in the file; of agents only those that name it."""
    yield from (dotted(one.path) for one in estate.metric_filters if one.log_group == group.key)
    yield from (dotted(entry.path) for entry in estate.subscription_filters if entry.log_group == group.key)
    yield from (dotted(alarm.path) for alarm in estate.alarms if _reads(alarm, group))
    yield from (dotted(one.path) for one in estate.insights if one.log_group == group.key)
    yield from (f"dashboard {board.name}" for board in estate.dashboards if any(_shows(board.widgets, group, estate)))
    errors = estate.error_logs
    if errors and group.side is Side.MEMBERS and _is_selected(group, errors.groups):
        yield dotted(errors.path)


def _reads(alarm: Alarm, group: LogGroup) -> bool:
    signal = alarm.signal
    return isinstance(signal, LogSignal) and alarm.side is group.side and group.key in signal.log_groups


def _shows(widgets: Iterable[object], group: LogGroup, estate: Estate) -> Iterator[bool]:
    names = {group.name_in(account, region) for account in estate.accounts for region in estate.regions} or {group.name}
    sources = (source for widget in widgets if isinstance(widget, LogWidget) for source in widget.sources)
    yield from (source.removesuffix(":*").rpartition("log-group:")[2] in names for source in sources)


def _is_selected(group: LogGroup, selection: LogGroupSelection) -> bool:
    if any(fnmatchcase(group.name, glob) for glob in selection.exclude):
        return False
    return group.name in selection.names or any(group.name.startswith(prefix) for prefix in selection.prefixes)


def _metric_filter(
    metric_filter: MetricFilter, estate: Estate, source: LocatedText, routes: RouteTable
) -> Iterator[str]:
    yield f"  {metric_filter.name}"
    yield f"    counts {metric_filter.pattern or 'every line'} in {metric_filter.log_group}"
    yield f"    publishes {metric_in_words(metric_filter.metric).partition(' from metric filter')[0]}"
    # Some placement rules may be of its log group alone.
    yield f"    {deployed_in(metric_filter.placement, metric_filter.side, metric_filter.path, estate, source)}"
    drawn = [f"dashboard {board.name}" for board in estate.dashboards if any(_draws(board.widgets, metric_filter))]
    if drawn:
        yield f"    read by {_some(drawn)}"
    yield from _watched((alarm for alarm in estate.alarms if metric_filter.key in _filters_of(alarm)), estate, routes)


def _draws(widgets: Iterable[object], metric_filter: MetricFilter) -> Iterator[bool]:
    graphs = (widget for widget in widgets if isinstance(widget, MetricWidget))
    yield from (measured.metric.filter == metric_filter.key for graph in graphs for measured in graph.measured)


def _filters_of(alarm: Alarm) -> set[str]:
    return {measured.metric.filter for measured in alarm.measured() if measured.metric.filter}


def _watched(alarms: Iterable[Alarm], estate: Estate, routes: RouteTable) -> Iterator[str]:
    """The alarms on it, with the channels of each; instead of the parts of an objective the alarms that page for
    them.
    """
    by_name: dict[str, AnyAlarm] = {}
    for alarm in alarms:
        if not alarm.everywhere_disabled:
            by_name |= {watching.name: watching for watching in _notifying(alarm, estate)}
    if not by_name:
        yield "    no alarm watches it"
    for watching in [*by_name.values()][:SHOWN]:
        for recipients in routes.recipients(watching):
            where = f" in {list_in_words(recipients.places)}" if routes.differs else ""
            yield f"    watched by {watching.name}, {recipients.severity}{where}: {channels_in_words(recipients)}"
    if len(by_name) > SHOWN:
        yield f"    and {len(by_name) - SHOWN} more alarms"


def _notifying(alarm: Alarm, estate: Estate) -> Sequence[AnyAlarm]:
    whole = [composite for composite in estate.composites if alarm.objective and composite.objective == alarm.objective]
    return [composite for composite in whole if alarm.ref in children(composite.rule)] or [alarm]


def _some(names: list[str]) -> str:
    return list_in_words(names) if len(names) <= SHOWN else first_of(names, SHOWN)
