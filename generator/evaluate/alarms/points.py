"""The evaluations of a metric alarm: when they are, and the data point of each period that they may read.

An alarm is evaluated every minute, every ten seconds where its period is shorter than a minute, and every hour where
periods and evaluation periods make more than a day. Its window slides: at each evaluation the newest period ends
then, so an alarm of five minutes sees, every minute, the last five. With a wall clock window periods end at full
periods of the clock and the alarm is evaluated there. That data arrives late is left out: a period counts as soon
as it is over.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from generator.evaluate.alarms.schedule import EvaluationSchedule, wall_clock_schedule
from generator.evaluate.math.functions import ARRAY, QUOTA, SCALAR, SERIES, Kinds
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.metric_math import (
    CannotEvaluate,
    ExpressionProblem,
    MathRequest,
    Query,
    Selection,
    arrange,
    evaluate_all,
)
from generator.evaluate.math.selection import MetricSource
from generator.evaluate.math.series import Series
from generator.evaluate.math.steps import Call, Gathering, Word
from generator.evaluate.math.types import types
from generator.evaluate.metrics.metric_data import MetricStore
from generator.evaluate.metrics.statistics import NoStatistic, Statistic, few_samples, statistic
from generator.evaluate.template.template import MetricAlarm, Unknown
from generator.evaluate.types import AlarmId

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_HIGH_RESOLUTION = 10
# Functions that make of the values of a period the value of that period, and ask for no other.
_BY_PERIOD = frozenset(
    {"ABS", "CEIL", "FILL", "FIRST", "FLOOR", "IF", "LAST", "LOG", "LOG10", "METRICS", QUOTA, "SLICE"}
)
_WHOLE_RANGE = frozenset({"LINEAR", "REMOVE_EMPTY", "RUNNING_SUM", "SORT"})
_SUMMARIES = frozenset({"AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM"})
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html
_CONTRIBUTORS = "a query with GROUP BY, which is simulated only as the one entry of an alarm"
RANGE = "depends on how many data points CloudWatch fetches, which is not documented"
_KEPT = {
    name: one for name in ("Sum", "SampleCount", "Minimum", "Maximum") if isinstance(one := statistic(name), Statistic)
}


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """For each evaluation from `first` on, one every `step`, the data point of the period that ends there.

    lookback: how many of them an evaluation asks for; the first evaluation is that of the last of the first so many.
    start: of the span; that evaluation may be a little earlier, and then speaks for the start.
    since: from when on data points are known; a period that begins earlier may have had data that is not known.
    low_sample: which periods have too few values for a percentile, if the alarm leaves its state alone then.
    band: the lower and the upper bound in each period, for an anomaly alarm; not-a-number where there is none yet.
    """

    schedule: EvaluationSchedule
    lookback: int
    start: int
    first: int
    values: Series
    low_sample: npt.NDArray[np.bool_]
    since: int
    band: tuple[Series, Series] | None = None


def schedule_of(alarm: MetricAlarm, span: tuple[int, int]) -> EvaluationSchedule | Unknown:
    """When an alarm is evaluated, if its entries agree on a period. span: the simulated time."""
    periods = {entry.stat.period for entry in alarm.entries if entry.stat}
    if not periods:
        periods = {entry.period for entry in alarm.entries if entry.period}
    if len(periods) != 1:
        return Unknown("its metrics have different periods" if periods else "it has no period")
    (period,) = periods
    if period not in (10, 20, 30) and period % _MINUTE:
        return Unknown(f"a period of {period} seconds is not supported by CloudWatch")
    if alarm.time_zone is not None:
        return wall_clock_schedule(period, alarm.time_zone, (span[0] - period * alarm.periods, span[1]))
    if period < _MINUTE:
        return EvaluationSchedule(period, _HIGH_RESOLUTION)
    if period * alarm.periods <= _DAY:
        return EvaluationSchedule(period, _MINUTE)
    if period % _HOUR and period > _HOUR:
        # Such an alarm is looked at once an hour, and its periods do not end there.
        return Unknown(f"a window of more than one day needs periods of whole hours, got {period} seconds")
    return EvaluationSchedule(period, _HOUR if period % _HOUR == 0 else _MINUTE)


def points_of(
    alarm: MetricAlarm,
    schedule: EvaluationSchedule,
    store: MetricStore,
    span: tuple[int, int],
    lookback: int,
    *,
    over_accounts: bool = False,
) -> Points | Unknown:
    """The data points of an alarm for all evaluations of a span, the last one up to its start included.

    over_accounts: whether its queries see the metrics of other accounts, too.
    """
    first = schedule.last_until(span[0]) - (lookback - 1) * schedule.period
    count = max(0, (span[1] - first) // schedule.step + 1)
    starts = first - schedule.period + schedule.step * np.arange(count, dtype=np.int64)
    series: dict[str, Series] = {}
    low_sample = np.zeros(count, dtype=np.bool_)
    since = [store.start]
    for entry in alarm.entries:
        if entry.stat is None:
            continue
        statistic_ = statistic(entry.stat.statistic)
        if isinstance(statistic_, NoStatistic):
            return Unknown(statistic_.message)
        data = store.data(entry.stat.metric, entry.stat.unit)
        series[entry.id] = data.over(statistic_, starts, schedule.period)
        if alarm.keeps_on_low_samples:
            name = entry.stat.statistic
            different, which = np.unique(data.counts(starts, schedule.period), return_inverse=True)
            low_sample |= np.array([samples > 0 and few_samples(name, samples) for samples in different.tolist()])[
                which
            ]
        since.append(data.known_since(statistic_, schedule.period))
    known = max(since[1:], default=store.start)
    if len(alarm.entries) == 1 and alarm.entries[0].stat:
        return Points(schedule, lookback, span[0], first, series[alarm.entries[0].id], low_sample, known)
    calculated = _calculated(alarm, series, _Axis(schedule, first, count), store, over_accounts=over_accounts)
    if isinstance(calculated, Unknown):
        return calculated
    values, bounds = calculated
    return Points(schedule, lookback, span[0], first, values, low_sample, known, bounds)


# --- metric math ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Axis:
    """So many evaluations in a schedule from a first one on."""

    schedule: EvaluationSchedule
    first: int
    count: int

    def parts(self, *, at_once: bool) -> Iterator[tuple[slice, Grid]]:
        """Rows of data points, and their grid: for each phase those that share no period with each other.

        at_once: all rows as if they followed on each other, where no data point depends on another.
        """
        schedule = self.schedule
        if at_once:
            yield slice(None), Grid(self.first - schedule.period, schedule.period, self.count)
            return
        for phase in range(min(schedule.stride, self.count)):
            rows = slice(phase, None, schedule.stride)
            start = self.first - schedule.period + phase * schedule.step
            yield rows, Grid(start, schedule.period, len(range(*rows.indices(self.count))))

    def starts(self, rows: slice) -> npt.NDArray[np.int64]:
        """When the periods of some rows begin."""
        every: npt.NDArray[np.int64] = np.arange(self.count, dtype=np.int64)[rows]
        return self.first - self.schedule.period + self.schedule.step * every


def _calculated(
    alarm: MetricAlarm, series: Mapping[str, Series], axis: _Axis, store: MetricStore, *, over_accounts: bool
) -> tuple[Series, tuple[Series, Series] | None] | Unknown:
    """What the expressions of an alarm make of its metrics: the entry that it watches, and its band if it has one."""
    queries = [Query(entry.id, None if entry.stat else entry.expression, entry.is_returned) for entry in alarm.entries]
    request = arrange(queries)
    if not isinstance(request, MathRequest):
        return Unknown(f"{request[0].id}: {request[0].problem.message}")
    outside = _outside(request, alarm.threshold_id)
    if outside:
        return Unknown(outside)
    (watched,) = (key for key in request.returned if key != alarm.threshold_id)
    query = request.parsed.get(watched)
    if isinstance(query, Selection) and query.groups:
        return Unknown(f"{watched}: this is {_CONTRIBUTORS}")
    quotas = {
        entry.id: store.quotas[entry.stat.metric]
        for entry in alarm.entries
        if entry.stat and entry.stat.metric in store.quotas
    }
    results, lower, upper = (np.full(axis.count, np.nan) for _ in range(3))
    for rows, grid in axis.parts(at_once=_is_by_period(request)):
        inputs = {key: values_[rows] for key, values_ in series.items()}
        sources = sources_of(alarm.alarm, request, store, axis.starts(rows), grid.period, over_accounts)
        values = evaluate_all(request, inputs, grid, sources, quotas)
        value = values[watched] if watched in request.parsed else inputs[watched]
        if isinstance(value, CannotEvaluate):
            return Unknown(f"{watched}: {value.reason}")
        if isinstance(value, tuple):
            return Unknown(f"{watched}: this is {_CONTRIBUTORS}")
        results[rows] = value
        if alarm.threshold_id:
            bounds = values.get(alarm.threshold_id)
            if not isinstance(bounds, tuple) or len(bounds) != 2:
                return Unknown(f"{alarm.threshold_id} is no band")
            lower[rows], upper[rows] = bounds
    return results, (lower, upper) if alarm.threshold_id else None


def sources_of(
    alarm: AlarmId,
    request: MathRequest,
    store: MetricStore,
    starts: npt.NDArray[np.int64],
    period: int,
    over_accounts: bool,
) -> tuple[MetricSource, ...]:
    """The metrics that the queries of an alarm find, with the statistics that CloudWatch keeps of each period."""
    queried = {(query.namespace, query.metric) for query in request.parsed.values() if isinstance(query, Selection)}
    sources = []
    for metric in store.metrics() if queried else ():
        is_seen = metric.region == alarm.region and (over_accounts or metric.account == alarm.account)
        if is_seen and (metric.namespace, metric.name) in queried:
            data = store.data(metric)
            statistics = {name: data.over(query, starts, period) for name, query in _KEPT.items()}
            sources.append(MetricSource(metric.namespace, metric.name, dict(metric.dimensions), statistics))
    return tuple(sources)


def _outside(request: MathRequest, band: str) -> str:
    """Why the entries of an alarm have no value here that CloudWatch would agree with; nothing if they have.

    band: the entry that is the band of an anomaly alarm. It is only like CloudWatch's (math_band), and whoever asks
    for it is told so.
    """
    if request.approximate - {band}:
        return "only CloudWatch can evaluate an expression over an anomaly band"
    if len([key for key in request.returned if key != band]) != 1:
        return "exactly one entry of an alarm has to return data"
    kinds: dict[str, Kinds] = {}
    for key, parsed in request.parsed.items():
        if isinstance(parsed, Selection):
            if parsed.outside:
                return f"{key}: {parsed.outside.reason}"
            kinds[key] = frozenset({ARRAY if parsed.groups else SERIES})
            continue
        typed = types(parsed, request.metrics, kinds)
        if isinstance(typed, ExpressionProblem):
            return typed.message
        kinds[key] = typed[-1].kinds
        for step in parsed.steps:
            if isinstance(step, (Call, Word)) and _name(step) in _WHOLE_RANGE:
                return f"{key}: {_name(step)} {RANGE}"
        for typed_step in typed:
            if (
                isinstance(typed_step.step, Call)
                and typed_step.step.function in _SUMMARIES
                and typed_step.kinds == {SCALAR}
            ):
                return f"{key}: {typed_step.step.function} of one time series {RANGE}"
    return ""


def _is_by_period(request: MathRequest) -> bool:
    """Whether every expression makes of the values of a period the value of that period, whatever the others are."""
    for parsed in request.parsed.values():
        if isinstance(parsed, Selection):
            if parsed.groups:
                return False
            continue
        for before, step in pairwise((None, *parsed.steps)):
            if isinstance(step, Word):
                return False
            if isinstance(step, Call) and step.function not in _BY_PERIOD:
                # Over several series at once, each period is for itself; over one, all its periods are one.
                is_over_several = isinstance(before, Gathering) or (
                    isinstance(before, Call) and before.function == "METRICS"
                )
                if step.function not in _SUMMARIES or not is_over_several:
                    return False
    return True


def _name(step: Call | Word) -> str:
    return step.function if isinstance(step, Call) else step.value
