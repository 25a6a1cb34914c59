"""Alarms on a query with GROUP BY: each series is a contributor, and the alarm is in ALARM while one of them is.

A contributor is OK or in ALARM. It is there while CloudWatch finds data of it in the range that it evaluates; one that
disappears is OK, however the alarm treats missing data. Within that range, missing periods are treated as the alarm
says. A query that finds no series at all is missing data of the alarm, as in the newer guide; the older page says
INSUFFICIENT_DATA. Reasons of contributors are those of a single series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from generator.evaluate.alarms.metric_history import History, assumed, changed, transition_of, watched
from generator.evaluate.alarms.outcomes import (
    ALARM,
    COMPARED,
    INSUFFICIENT_DATA,
    KEEPS,
    OK,
    STATES,
    Flags,
    Outcomes,
    outcomes,
)
from generator.evaluate.alarms.points import RANGE, Points, sources_of
from generator.evaluate.alarms.schedule import EvaluationSchedule
from generator.evaluate.alarms.state import AlarmCondition, Missing
from generator.evaluate.math.insights import MOST_SERIES, Selection
from generator.evaluate.math.metric_math import CannotEvaluate, Grid, MathRequest, Query, arrange
from generator.evaluate.math.request import parse
from generator.evaluate.math.selection import select
from generator.evaluate.metrics.metric_data import MetricStore
from generator.evaluate.template.template import MetricAlarm, Unknown
from generator.evaluate.types import Attributes, Contributor, State, StateTransition


@dataclass(frozen=True, slots=True, eq=False)
class ContributorPoints:
    """The data points of each contributor, and those of none."""

    rows: Mapping[Attributes, Points]
    empty: Points


def grouped_query(alarm: MetricAlarm) -> Selection | None:
    """The query of an alarm with contributors; None for one on a single series."""
    parsed = parse(alarm.entries[0].expression) if len(alarm.entries) == 1 and not alarm.entries[0].stat else None
    return parsed if isinstance(parsed, Selection) and parsed.groups else None


def contributor_points(
    alarm: MetricAlarm,
    query: Selection,
    schedule: EvaluationSchedule,
    store: MetricStore,
    span: tuple[int, int],
    lookback: int,
    *,
    over_accounts: bool,
) -> ContributorPoints | Unknown:
    """The data points of all series that the query finds. over_accounts: whether it sees other accounts, too."""
    key = alarm.entries[0].id
    request = arrange([Query(key, alarm.entries[0].expression, is_returned=True)])
    assert isinstance(request, MathRequest)
    first = schedule.last_until(span[0]) - (lookback - 1) * schedule.period
    count = max(0, (span[1] - first) // schedule.step + 1)
    starts = first - schedule.period + schedule.step * np.arange(count, dtype=np.int64)
    sources = sources_of(alarm.alarm, request, store, starts, schedule.period, over_accounts)
    # Each period is for itself, so all of them are evaluated at once.
    grid = Grid(first - schedule.period, schedule.period, count)
    rows = select(replace(query, limit=MOST_SERIES), sources, grid)
    if isinstance(rows, CannotEvaluate):
        return Unknown(f"{key}: {rows.reason}")
    if len(rows) > query.limit:
        return Unknown(f"{key}: which {query.limit} of {len(rows)} series are the first {RANGE}")
    empty = Points(
        schedule, lookback, span[0], first, np.full(count, np.nan), np.zeros(count, dtype=np.bool_), store.start
    )
    return ContributorPoints(
        {
            tuple(sorted(zip(query.groups, row.group, strict=True))): replace(empty, values=row.series)
            for row in sorted(rows, key=lambda row: row.group)
        },
        empty,
    )


def contributor_history(
    alarm: MetricAlarm, points: ContributorPoints, span: tuple[int, int], before: State | None, created: int | None
) -> tuple[History, tuple[Contributor, ...]]:
    """What became of an alarm and of its contributors. before, created: as for other alarms."""
    before = "INSUFFICIENT_DATA" if created is not None else before
    empty = points.empty
    looks = max(0, empty.values.size - (empty.lookback - 1) * empty.schedule.stride)
    asleep = 0
    if created is not None:
        first = empty.first + (empty.lookback - 1) * empty.schedule.stride * empty.schedule.step
        asleep = max(0, -((first - created) // empty.schedule.step))
    is_in_alarm, is_there = np.zeros(looks, dtype=np.bool_), np.zeros(looks, dtype=np.bool_)
    contributors = []
    for attributes, row in points.rows.items():
        states, has_data = _states(alarm, row, before)
        states[:asleep] = OK
        is_in_alarm |= states == ALARM
        is_there |= has_data
        series = watched(alarm, row, span, lambda row=row: row)  # type: ignore[misc]
        contributors.append(Contributor(attributes, _transitions(alarm, row, states, "OK", before), series))
    decided = np.where(is_in_alarm, ALARM, np.where(is_there, OK, _without_series(alarm, empty, before)))
    decided[:asleep] = KEEPS
    state: State = before or "INSUFFICIENT_DATA"
    worst = replace(empty, values=_worst(alarm, points))
    transitions = _transitions(alarm, worst, decided.astype(np.int8), state, before)
    last = transitions[-1].after if transitions else state
    return History(transitions, last, watched(alarm, worst, span, lambda: worst)), tuple(contributors)


def _states(alarm: MetricAlarm, points: Points, before: State | None) -> tuple[Outcomes, Flags]:
    """The state of a contributor at each evaluation, and whether it is there."""
    condition = AlarmCondition(alarm.datapoints, alarm.periods, cast(Missing, alarm.missing))
    breaching, missing = _flags(alarm, points, before, is_series=True)
    decided = outcomes(condition, breaching, missing, points.lookback, points.schedule.stride)
    has_data = np.zeros(decided.size, dtype=np.bool_)
    for number in range(points.lookback):
        begin = number * points.schedule.stride
        has_data |= ~missing[begin : begin + decided.size]
    decided[(decided == INSUFFICIENT_DATA) | ~has_data] = OK
    return _carried_forward(decided), has_data


def _carried_forward(decided: Outcomes) -> Outcomes:
    """The states, with the one before where an evaluation keeps it."""
    known = np.maximum.accumulate(np.where(decided == KEEPS, -1, np.arange(decided.size)))
    return np.where(known < 0, OK, decided[np.maximum(known, 0)]).astype(np.int8)


def _without_series(alarm: MetricAlarm, empty: Points, before: State | None) -> Outcomes:
    """What the alarm is where its query finds nothing."""
    condition = AlarmCondition(alarm.datapoints, alarm.periods, cast(Missing, alarm.missing))
    breaching, missing = _flags(alarm, empty, before, is_series=False)
    return outcomes(condition, breaching, missing, empty.lookback, empty.schedule.stride)


def _flags(alarm: MetricAlarm, points: Points, before: State | None, *, is_series: bool) -> tuple[Flags, Flags]:
    """Which data points breach and which are missing. Those before the start are as the alarm's state says.

    Of an alarm that begins in another state than OK it is not known which series there were.
    """
    breaching, missing = COMPARED[alarm.comparison](points.values, alarm.threshold or 0.0), np.isnan(points.values)
    assumed_points = assumed(alarm, points)
    breaching[assumed_points] = before == "ALARM" and not is_series
    missing[assumed_points] = before == "INSUFFICIENT_DATA" or (before == "ALARM" and is_series)
    return breaching, missing


def _worst(alarm: MetricAlarm, points: ContributorPoints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """In each period the value of the contributor that is nearest to a breach, or beyond it."""
    worst = points.empty.values
    for row in points.rows.values():
        worst = (np.fmin if alarm.comparison.startswith("Less") else np.fmax)(worst, row.values)
    return worst


def _transitions(
    alarm: MetricAlarm, points: Points, decided: Outcomes, state: State, before: State | None
) -> tuple[StateTransition, ...]:
    """The changes of state with the data points that made them."""
    breaching, missing = _flags(alarm, points, before, is_series=True)
    stride, back = points.schedule.stride, (points.lookback - 1) * points.schedule.stride
    transitions = []
    for index in changed(decided, state):
        after = STATES[decided[index]]
        rows = slice(index, back + index + 1, stride)
        flags = zip(breaching[rows].tolist(), missing[rows].tolist(), strict=True)
        window = [None if is_missing else breaches for breaches, is_missing in flags]
        values = [None if value != value else value for value in points.values[rows].tolist()]
        at = points.first + (back + index) * points.schedule.step
        transitions.append(transition_of(alarm, points, at, (state, after), window, values))
        state = after
    return tuple(transitions)
