"""Evaluates composites as their children change: once for each time, children before their parents.

A composite is INSUFFICIENT_DATA only until it is evaluated for the first time, which here is at the start. One whose
child changes without changing it says nothing and keeps its reason.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby
from operator import attrgetter

from generator.aws.regions import partition_of
from generator.evaluate.alarms.action_outcomes import SuppressorSettings
from generator.evaluate.alarms.reason import moment
from generator.evaluate.types import AlarmId, State, StateTransition


@dataclass(frozen=True, slots=True)
class EvaluableComposite:
    """A composite, ready to be evaluated. children: of its rule. holds: whether the rule does, given their states.

    suppressed: by which alarm its actions are held, and for how long.
    """

    alarm: AlarmId
    children: tuple[AlarmId, ...]
    holds: Callable[[Mapping[AlarmId, State]], bool]
    suppressed: SuppressorSettings | None = None


def evaluate_composites(
    composites: Iterable[EvaluableComposite],
    changes: Iterable[StateTransition],
    states: dict[AlarmId, State],
    start: int,
) -> list[StateTransition]:
    """What the composites do. `states` are those of all alarms at the start, and are brought to the end.

    composites: children first. changes: of all other alarms.
    """
    ordered = list(composites)
    parents: dict[AlarmId, list[int]] = defaultdict(list)
    for index, composite in enumerate(ordered):
        for child in dict.fromkeys(composite.children):
            parents[child].append(index)
    by_time = groupby(sorted(changes, key=attrgetter("at")), key=attrgetter("at"))
    moments: dict[int, list[StateTransition]] = {start: [], **{at: list(group) for at, group in by_time}}
    transitions: list[StateTransition] = []
    for at in sorted(moments):
        causes = {change.alarm: change.after for change in moments[at]}
        states.update(causes)
        waiting = sorted(index for alarm in causes for index in parents.get(alarm, ()))
        waiting = list(range(len(ordered))) if at == start else waiting
        last = -1
        while waiting:
            index = heappop(waiting)
            if index == last:
                continue
            last, composite = index, ordered[index]
            before, after = states[composite.alarm], _state(composite, states)
            if after != before:
                transitions.append(StateTransition(composite.alarm, at, before, after, _reason(composite, causes, at)))
                states[composite.alarm] = causes[composite.alarm] = after
                for parent in parents.get(composite.alarm, ()):
                    heappush(waiting, parent)
    return transitions


def _state(composite: EvaluableComposite, states: Mapping[AlarmId, State]) -> State:
    return "ALARM" if composite.holds({child: states[child] for child in composite.children}) else "OK"


def _reason(composite: EvaluableComposite, causes: Mapping[AlarmId, State], at: int) -> str:
    """As CloudWatch puts it: which child moved."""
    when = moment(at, "%A %d %B, %Y %H:%M:%S UTC")
    moved = [child for child in dict.fromkeys(composite.children) if child in causes]
    sentences = [f"{_arn(child)} transitioned to {causes[child]} at {when}" for child in moved]
    return " and ".join(sentences) or "evaluated for the first time"


def _arn(alarm: AlarmId) -> str:
    return f"arn:{partition_of(alarm.region)}:cloudwatch:{alarm.region}:{alarm.account}:alarm:{alarm.name}"
