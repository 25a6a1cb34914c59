"""Thresholds of the data's own values that would have fired at most so often, with their evidence.

The most sensitive threshold is sought from the quietest value on: with `>`, the lowest value at which the alarm, like
at every higher one that was tried, fires at most so many times a month. A threshold that is far too sensitive fires
seldom, too, because it never ends; it is not reached this way. Values are tried in growing steps, then between the
last that is quiet enough and the first that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from generator.backtest.backtest import AlarmBacktest, Backtest
from generator.backtest.captured_store import CapturedStore
from generator.backtest.firings import AlarmFiring, FiringTotals, totals
from generator.backtest.night import Night
from generator.evaluate.alarms.metric_history import changed, decisions
from generator.evaluate.alarms.outcomes import ALARM
from generator.evaluate.alarms.points import Points, points_of, schedule_of
from generator.evaluate.alarms.state import lookback
from generator.evaluate.template.contents import MetricAlarm
from generator.evaluate.template.template import Unknown
from generator.evaluate.types import AlarmId


@dataclass(frozen=True, slots=True)
class Trial:
    """What an alarm does with a threshold. a_month: firings in 30 days."""

    threshold: float
    totals: FiringTotals
    a_month: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """present: with the threshold of the file. suggested: None where no value is quiet enough, which the quietest says.

    next: the first more sensitive value, which fires too often; None where all values are quiet enough.
    """

    alarm: AlarmId
    resource: MetricAlarm
    present: Trial
    suggested: Trial | None
    quietest: Trial
    next: Trial | None


def suggestions(result: Backtest, store: CapturedStore, night: Night, most_a_month: float) -> Iterator[Suggestion]:
    """A suggestion for each alarm with a threshold that was judged and has data."""
    for row in result.alarms.values():
        trial = _trials(row, store, night)
        if trial is None:
            continue
        points, try_ = trial
        candidates = _quietest_first(points, row.resource)
        if candidates.size:
            yield _suggestion(row, try_, candidates.tolist(), most_a_month)


def _trials(row: AlarmBacktest, store: CapturedStore, night: Night) -> tuple[Points, Callable[[float], Trial]] | None:
    """The data points of an alarm, and what it does with a threshold; None for others than alarms with a threshold."""
    alarm = row.resource
    if not isinstance(alarm, MetricAlarm) or alarm.threshold is None:
        return None
    span = store.window.start, store.window.end
    schedule = schedule_of(alarm, span)
    if isinstance(schedule, Unknown):
        return None
    periods = lookback(alarm.periods) if alarm.time_zone is None else alarm.periods
    points = points_of(alarm, schedule, store, span, periods)
    if isinstance(points, Unknown):
        return None
    return points, lambda threshold: _trial(row, alarm, points, threshold, night)


def _trial(row: AlarmBacktest, alarm: MetricAlarm, points: Points, threshold: float, night: Night) -> Trial:
    decided, _, _ = decisions(replace(alarm, threshold=threshold), points, None)
    first = points.first + (points.lookback - 1) * points.schedule.period
    indices = changed(decided, "INSUFFICIENT_DATA")
    ends = [max(points.start, first + index * points.schedule.step) for index in indices]
    firings = [
        AlarmFiring(at, end, is_open=later is None)
        for index, at, end, later in zip(indices, ends, [*ends[1:], row.end], [*ends[1:], None], strict=True)
        if decided[index] == ALARM
    ]
    sums = totals(firings, night)
    return Trial(threshold, sums, sums.a_month(row.seconds))


def _quietest_first(points: Points, alarm: object) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The values of the data, each once, beginning with the one that fires least."""
    ends = points.first + points.schedule.step * np.arange(points.values.size)
    known = points.values[(ends - points.schedule.period >= points.since) & ~np.isnan(points.values)]
    values = np.unique(known)
    is_about_much = isinstance(alarm, MetricAlarm) and alarm.comparison.startswith("Greater")
    return values[::-1] if is_about_much else values


def _suggestion(
    row: AlarmBacktest, try_: Callable[[float], Trial], candidates: list[float], most_a_month: float
) -> Suggestion:
    alarm = row.resource
    assert isinstance(alarm, MetricAlarm)
    present = try_(alarm.threshold or 0.0)
    quietest = try_(candidates[0])
    if quietest.a_month > most_a_month:
        return Suggestion(row.alarm, alarm, present, None, quietest, None)
    good, best, step, bad, worst = 0, quietest, 1, len(candidates), None
    while good + step < len(candidates) and worst is None:
        trial = try_(candidates[good + step])
        if trial.a_month > most_a_month:
            bad, worst = good + step, trial
        else:
            good, best, step = good + step, trial, 2 * step
    while bad - good > 1:
        middle = (good + bad) // 2
        trial = try_(candidates[middle])
        if trial.a_month > most_a_month:
            bad, worst = middle, trial
        else:
            good, best = middle, trial
    return Suggestion(row.alarm, alarm, present, best, quietest, worst)
