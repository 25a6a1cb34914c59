"""A metric alarm through time: evaluation after evaluation, the state it is in and the data points that made it so.

What came before the start of a play is not known, unless it was published with it. It is taken for what the state of
the alarm says it was: breaching where `states` has it in ALARM, missing where in INSUFFICIENT_DATA, and fine else, so
that a play begins with everything in order and not with the false alarms of data that nobody has told us of. A period
that the start cuts in two counts for what is seen of it; only where the alarm is about too few (a Sum or SampleCount
below something), half a period says nothing and is taken for the same.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from generator.evaluate.alarms.outcomes import (
    COMPARED,
    COMPARED_WITH_BAND,
    KEEPS,
    STATES,
    Flags,
    Outcomes,
    outcomes,
)
from generator.evaluate.alarms.points import Points
from generator.evaluate.alarms.reason import reason
from generator.evaluate.alarms.state import AlarmCondition, Missing
from generator.evaluate.alarms.warm_up import asleep
from generator.evaluate.metrics.values import WatchedValues
from generator.evaluate.template.template import MetricAlarm
from generator.evaluate.types import EvaluatedSeries, State, StateTransition

_COUNTING = ("Sum", "SampleCount")


@dataclass(frozen=True, slots=True)
class History:
    """What became of an alarm."""

    transitions: tuple[StateTransition, ...]
    state: State
    evaluated: EvaluatedSeries


def history(
    alarm: MetricAlarm,
    points: Points,
    span: tuple[int, int],
    before: State | None,
    again: Callable[[], Points],
    *,
    created: int | None = None,
    is_brief: bool = False,
) -> History:
    """How an alarm fares from span[0] to span[1].

    before: its state then, if it is known. again: calculates the points once more, to read the series later.
    created: when it is made, if that is in the span; else it has been there for long. is_brief: without reasons and
    data points of transitions.
    """
    before = "INSUFFICIENT_DATA" if created is not None else before
    schedule = points.schedule
    decided, breaching, missing = decisions(alarm, points, before, created=created)
    back = (points.lookback - 1) * schedule.stride
    state: State = before or "INSUFFICIENT_DATA"
    transitions: list[StateTransition] = []
    for index in changed(decided, state):
        after = STATES[decided[index]]
        at = points.first + (back + index) * schedule.step
        if is_brief:
            transitions.append(StateTransition(alarm.alarm, max(at, points.start), state, after, ""))
            state = after
            continue
        rows = slice(index, back + index + 1, schedule.stride)
        flags = zip(breaching[rows].tolist(), missing[rows].tolist(), strict=True)
        window = [None if is_missing else breaches for breaches, is_missing in flags]
        values = [None if value != value else value for value in points.values[rows].tolist()]
        transitions.append(transition_of(alarm, points, at, (state, after), window, values))
        state = after
    return History(tuple(transitions), state, watched(alarm, points, span, again))


def decisions(
    alarm: MetricAlarm, points: Points, before: State | None, *, created: int | None = None
) -> tuple[Outcomes, Flags, Flags]:
    """What each evaluation decides; and of each data point, whether it breaches and whether it is missing."""
    schedule = points.schedule
    condition = AlarmCondition(alarm.datapoints, alarm.periods, cast(Missing, alarm.missing))
    missing = np.isnan(points.values)
    low_sample = _held(points, missing)
    if points.band is None:
        breaching = COMPARED[alarm.comparison](points.values, alarm.threshold or 0.0)
    else:
        lower, upper = points.band
        missing |= np.isnan(lower) | np.isnan(upper)
        breaching = COMPARED_WITH_BAND[alarm.comparison](points.values, lower, upper)
    assumed_points = assumed(alarm, points)
    missing[assumed_points] = before == "INSUFFICIENT_DATA"
    breaching[assumed_points] = before == "ALARM"
    decided = outcomes(condition, breaching, missing, points.lookback, schedule.stride)
    back = (points.lookback - 1) * schedule.stride
    decided[low_sample[back:]] = KEEPS
    if created is not None:
        decided[: asleep(alarm, points, missing, created)] = KEEPS
    return decided, breaching, missing


def changed(decided: Outcomes, before: State) -> list[int]:
    """The evaluations after which the state is another one. before: the state before the first."""
    at = np.flatnonzero(decided != KEEPS)
    states = decided[at]
    first = STATES.index(before)
    indices: list[int] = at[states != np.concatenate([[first], states[:-1]])].tolist() if at.size else []
    return indices


def _held(points: Points, missing: Flags) -> Flags:
    """Where the newest value is a percentile of too few samples; it decides while the periods after it are empty."""
    low_sample = points.low_sample.copy()
    for phase in range(points.schedule.stride if low_sample.any() else 0):
        rows = slice(phase, None, points.schedule.stride)
        places = np.arange(missing[rows].size)
        newest = np.maximum.accumulate(np.where(missing[rows], -1, places))
        is_seen = (newest >= 0) & (places - newest < points.lookback)
        low_sample[rows] = np.where(is_seen, points.low_sample[rows][newest], low_sample[rows])
    return low_sample


def transition_of(
    alarm: MetricAlarm,
    points: Points,
    at: int,
    states: tuple[State, State],
    window: Sequence[bool | None],
    data: Sequence[float | None],
) -> StateTransition:
    """A change, with the newest data points, as many as the alarm asks for, and those of them that speak for it."""
    period = points.schedule.period
    newest = [
        (at - (index + 1) * period, value, is_breaching)
        for index, (value, is_breaching) in enumerate(zip(reversed(data), reversed(window), strict=True))
        if is_breaching is not None
    ][: alarm.periods]
    speaking = [
        (start, value) for start, value, breaches in newest if value is not None and breaches == (states[1] == "ALARM")
    ]
    missing = window[-alarm.periods :].count(None)
    values = tuple(value for _start, value, _breaching in reversed(newest) if value is not None)
    return StateTransition(
        alarm.alarm, max(at, points.start), *states, reason(alarm, *states, speaking, missing), values
    )


def assumed(alarm: MetricAlarm, points: Points) -> npt.NDArray[np.int64]:
    """Which data points are taken for what the alarm's state says, as they are of a time before anything is known."""
    period, step = points.schedule.period, points.schedule.step
    unknown = min(points.values.size, max(0, -((points.first - period - points.since) // step)))
    ends = points.first + step * np.arange(unknown)
    is_cut = ends > points.since
    is_seen = ~np.isnan(points.values[:unknown]) & (not _is_about_too_few(alarm))
    return np.flatnonzero(~(is_cut & is_seen))


def _is_about_too_few(alarm: MetricAlarm) -> bool:
    counts = any(entry.stat is not None and entry.stat.statistic in _COUNTING for entry in alarm.entries)
    return counts and alarm.comparison.startswith("Less")


def watched(alarm: MetricAlarm, points: Points, span: tuple[int, int], again: Callable[[], Points]) -> EvaluatedSeries:
    """The data points of periods that follow on each other, all within the span, as a graph has them."""
    schedule = points.schedule
    start = span[0] + -(span[0] - schedule.phase) % schedule.period
    rows = slice((start + schedule.period - points.first) // schedule.step, None, schedule.stride)
    values = WatchedValues(points.values[rows].size, lambda: again().values[rows])
    return EvaluatedSeries(alarm.alarm, start, schedule.period, values, alarm.threshold, alarm.comparison)
