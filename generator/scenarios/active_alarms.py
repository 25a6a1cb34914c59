"""Which alarms of a stage a test sets in motion; all others are in order the whole time and need not be evaluated."""

from __future__ import annotations

from collections.abc import Iterable

from generator.evaluate.types import AlarmId, LogLine, MetricId
from generator.scenarios.environment import SimulatedEnvironment


def active_alarms(
    environment: SimulatedEnvironment, asked: set[AlarmId], fed: Iterable[MetricId], lines: Iterable[LogLine]
) -> set[AlarmId]:
    """The alarms that a test asks for, those that look at what is given, and the composites above them."""
    found = set(asked)
    for metric in {*fed, *_counted(environment, lines)}:
        found |= environment.alarms_by_metric.get(metric, frozenset())
        found |= environment.queried.get((metric.namespace, metric.name), frozenset())
    return found | _above(environment, found)


def _counted(environment: SimulatedEnvironment, lines: Iterable[LogLine]) -> set[MetricId]:
    """What the filters make of the lines, without dimensions."""
    groups = {(line.account, line.region, line.log_group) for line in lines}
    return {
        MetricId(one.account, one.region, to.namespace, to.name)
        for group in groups
        for _stack, one in environment.readers.get(group, ())
        for to in one.transformations
    }


def _above(environment: SimulatedEnvironment, moved: set[AlarmId]) -> set[AlarmId]:
    """The composites that stand on alarms that move, and those on them."""
    found: set[AlarmId] = set()
    more = set(moved)
    while more:
        above = {one for alarm in more for one in environment.dependents.get(alarm, ())}
        more = above - found
        found |= more
    return found
