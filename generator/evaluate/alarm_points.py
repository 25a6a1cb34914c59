"""What a metric alarm looks at: when it is evaluated, and the data point of each period that it could ask for.

An alarm is evaluated every minute, every ten seconds where its period is shorter than a minute, and every hour where
periods and evaluation periods make more than a day. Its window slides: at each evaluation the newest period ends
then, so an alarm of five minutes sees, every minute, the last five. With a wall clock window periods end at full
periods of the clock and the alarm is evaluated there. That data arrives late is left out: a period counts as soon
as it is over.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generator.evaluate.math_functions import SCALAR, Kinds
from generator.evaluate.math_grid import Grid
from generator.evaluate.math_series import Series
from generator.evaluate.math_steps import Call, Word
from generator.evaluate.math_types import types
from generator.evaluate.metric_data import Store
from generator.evaluate.metric_math import CannotEvaluate, Problem, Query, Request, Selection, arrange, evaluate_all
from generator.evaluate.statistics import NoStatistic, few_samples, statistic
from generator.evaluate.template import MetricAlarm, Unknown

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_HIGH_RESOLUTION = 10
_CLOCK_PERIODS = (_MINUTE, 5 * _MINUTE, _HOUR, _DAY)
_WHOLE_RANGE = frozenset({"LINEAR", "REMOVE_EMPTY", "RUNNING_SUM", "SORT"})
_SUMMARIES = frozenset({"AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM"})
_RANGE = "depends on how many data points CloudWatch fetches, which it does not say"
_OFFSET = re.compile(r"(?:UTC)?([+-])([0-9]{2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When an alarm is evaluated. period: of its data points. step: between evaluations. phase: of the first in it."""

    period: int
    step: int
    phase: int = 0

    @property
    def stride(self) -> int:
        """Evaluations to the next one that shares no period with the first."""
        return max(1, self.period // self.step)

    def last_until(self, at: int) -> int:
        """The last evaluation that is not later than a time."""
        return at - (at - self.phase) % self.step


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """For each evaluation from `first` on, one every `step`, the data point of the period that ends there.

    reach: how many of them an evaluation asks for; the first evaluation is that of the last of the first so many.
    start: of the span; that evaluation may be a little earlier, and then speaks for the start.
    since: from when on data points are known; a period that begins earlier may have had data nobody has told us of.
    few: which periods have too few values for a percentile, if the alarm leaves its state alone then.
    """

    rhythm: Rhythm
    reach: int
    start: int
    first: int
    values: Series
    few: npt.NDArray[np.bool_]
    since: int


def rhythm_of(alarm: MetricAlarm) -> Rhythm | Unknown:
    """When an alarm is evaluated, if its entries agree on a period."""
    periods = {entry.stat.period for entry in alarm.entries if entry.stat}
    if not periods:
        periods = {entry.period for entry in alarm.entries if entry.period}
    if len(periods) != 1:
        return Unknown("its metrics have different periods" if periods else "nothing says its period")
    (period,) = periods
    if period not in (10, 20, 30) and period % _MINUTE:
        return Unknown(f"a period of {period} seconds is none that CloudWatch has")
    if alarm.time_zone is not None:
        return _of_the_clock(period, alarm.time_zone)
    if period < _MINUTE:
        return Rhythm(period, _HIGH_RESOLUTION)
    return Rhythm(period, _HOUR if period * alarm.periods > _DAY and period % _HOUR == 0 else _MINUTE)


def _of_the_clock(period: int, zone: str) -> Rhythm | Unknown:
    """Full periods of the clock. What day a week begins on, and how a named zone's days are long, is left to AWS."""
    offset = _OFFSET.fullmatch(zone)
    if period not in _CLOCK_PERIODS or (zone != "UTC" and not offset):
        return Unknown(f"a wall clock window of {period} seconds in {zone} is not known offline")
    seconds = 0
    if offset:
        sign, hours, minutes = offset.groups()
        seconds = (int(hours) * _HOUR + int(minutes) * _MINUTE) * (1 if sign == "+" else -1)
    return Rhythm(period, period, -seconds % period)


def points_of(alarm: MetricAlarm, rhythm: Rhythm, store: Store, span: tuple[int, int], reach: int) -> Points | Unknown:
    """The data points of an alarm for all evaluations of a span, the last one up to its start included."""
    first = rhythm.last_until(span[0]) - (reach - 1) * rhythm.period
    count = max(0, (span[1] - first) // rhythm.step + 1)
    starts = first - rhythm.period + rhythm.step * np.arange(count, dtype=np.int64)
    series: dict[str, Series] = {}
    few = np.zeros(count, dtype=np.bool_)
    since = [store.start]
    for entry in alarm.entries:
        if entry.stat is None:
            continue
        one = statistic(entry.stat.statistic)
        if isinstance(one, NoStatistic):
            return Unknown(one.message)
        data = store.data(entry.stat.metric, entry.stat.unit)
        series[entry.id] = data.over(one, starts, rhythm.period)
        if alarm.keeps_on_low_samples:
            name = entry.stat.statistic
            different, which = np.unique(data.counts(starts, rhythm.period), return_inverse=True)
            few |= np.array([samples > 0 and few_samples(name, samples) for samples in different.tolist()])[which]
        since.append(data.since)
    known = max(since[1:], default=store.start)
    if len(alarm.entries) == 1 and alarm.entries[0].stat:
        return Points(rhythm, reach, span[0], first, series[alarm.entries[0].id], few, known)
    values = _calculated(alarm, series, rhythm, first, count)
    return values if isinstance(values, Unknown) else Points(rhythm, reach, span[0], first, values, few, known)


# --- metric math ----------------------------------------------------------------------------------------------------


def _calculated(
    alarm: MetricAlarm, series: Mapping[str, Series], rhythm: Rhythm, first: int, count: int
) -> Series | Unknown:
    """What the expressions of an alarm make of its metrics, for the entry that it watches."""
    queries = [Query(entry.id, None if entry.stat else entry.expression, entry.is_returned) for entry in alarm.entries]
    request = arrange(queries)
    if not isinstance(request, Request):
        return Unknown(f"{request[0].id}: {request[0].problem.message}")
    outside = _outside(request)
    if outside:
        return Unknown(outside)
    (watched,) = request.returned
    found = np.full(count, np.nan)
    for phase in range(min(rhythm.stride, count)):
        rows = slice(phase, None, rhythm.stride)
        grid = Grid(first - rhythm.period + phase * rhythm.step, rhythm.period, found[rows].size)
        given = {key: one[rows] for key, one in series.items()}
        value = evaluate_all(request, given, grid)[watched] if watched in request.parsed else given[watched]
        if isinstance(value, CannotEvaluate):
            return Unknown(f"{watched}: {value.reason}")
        if isinstance(value, tuple):
            return Unknown(f"{watched}: an alarm watches one time series, and this is several")
        found[rows] = value
    return found


def _outside(request: Request) -> str:
    """Why the entries of an alarm have no value here that CloudWatch would agree with; nothing if they have."""
    if request.approximate:
        return "the band of an anomaly alarm is trained by CloudWatch only"
    if len(request.returned) != 1:
        return "one entry of an alarm returns data, and here it is not one"
    kinds: dict[str, Kinds] = {}
    for key, parsed in request.parsed.items():
        if isinstance(parsed, Selection):
            return "a Metrics Insights query is answered by CloudWatch only"
        typed = types(parsed, request.metrics, kinds)
        if isinstance(typed, Problem):
            return typed.message
        kinds[key] = typed[-1].kinds
        for step in parsed.steps:
            if isinstance(step, (Call, Word)) and _name(step) in _WHOLE_RANGE:
                return f"{key}: {_name(step)} {_RANGE}"
        for one in typed:
            if isinstance(one.step, Call) and one.step.function in _SUMMARIES and one.kinds == {SCALAR}:
                return f"{key}: {one.step.function} of one time series {_RANGE}"
    return ""


def _name(step: Call | Word) -> str:
    return step.function if isinstance(step, Call) else step.value
