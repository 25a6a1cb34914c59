"""Which alarms of a stage a test sets in motion; all others are in order the whole time and need not be evaluated."""

from __future__ import annotations

from collections.abc import Iterable

from generator.evaluate.types import Alarm, Line, Metric
from generator.scenarios.environment import Stage


def moving(stage: Stage, asked: set[Alarm], fed: Iterable[Metric], lines: Iterable[Line]) -> set[Alarm]:
    """The alarms that a test asks for, those that look at what is given, and the composites above them."""
    found = set(asked)
    for metric in {*fed, *_counted(stage, lines)}:
        found |= stage.looked_at_by.get(metric, frozenset())
        found |= stage.queried.get((metric.namespace, metric.name), frozenset())
    return found | _above(stage, found)


def _counted(stage: Stage, lines: Iterable[Line]) -> set[Metric]:
    """What the filters make of the lines, without dimensions."""
    groups = {(line.account, line.region, line.log_group) for line in lines}
    return {
        Metric(one.account, one.region, to.namespace, to.name)
        for group in groups
        for _stack, one in stage.readers.get(group, ())
        for to in one.transformations
    }


def _above(stage: Stage, moved: set[Alarm]) -> set[Alarm]:
    """The composites that stand on alarms that move, and those on them."""
    found: set[Alarm] = set()
    more = set(moved)
    while more:
        above = {one for alarm in more for one in stage.stood_on_by.get(alarm, ())}
        more = above - found
        found |= more
    return found
