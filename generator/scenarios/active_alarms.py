"""The alarms that a test can change; all others stay OK and need not be evaluated."""

from __future__ import annotations

from collections.abc import Iterable

from generator.evaluate.types import AlarmId, LogLine, MetricId
from generator.scenarios.environment import SimulatedEnvironment


def active_alarms(
    environment: SimulatedEnvironment, requested: set[AlarmId], fed: Iterable[MetricId], lines: Iterable[LogLine]
) -> set[AlarmId]:
    """The alarms that a test names, those that read its input, and the composites above them."""
    active = set(requested)
    for metric in {*fed, *_counted(environment, lines)}:
        active |= environment.alarms_by_metric.get(metric, frozenset())
        active |= environment.alarms_by_query.get((metric.namespace, metric.name), frozenset())
    return active | _above(environment, active)


def _counted(environment: SimulatedEnvironment, lines: Iterable[LogLine]) -> set[MetricId]:
    """The metrics of the filters that read the lines, without dimensions."""
    groups = {(line.account, line.region, line.log_group) for line in lines}
    return {
        MetricId(filter_.account, filter_.region, to.namespace, to.name)
        for group in groups
        for _stack, filter_ in environment.filters_by_log_group.get(group, ())
        for to in filter_.transformations
    }


def _above(environment: SimulatedEnvironment, moved: set[AlarmId]) -> set[AlarmId]:
    """The composites that depend on the alarms, directly or not."""
    composites: set[AlarmId] = set()
    more = set(moved)
    while more:
        above = {composite for alarm in more for composite in environment.dependents.get(alarm, ())}
        more = above - composites
        composites |= more
    return composites
