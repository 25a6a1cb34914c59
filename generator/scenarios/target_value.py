"""How to set the value that an alarm compares: which metric to change, and to what."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from generator.evaluate.math import metric_math
from generator.evaluate.math.steps import Number
from generator.evaluate.metrics.statistics import enough_samples
from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import MetricAlarm, MetricStat
from generator.evaluate.types import AlarmId, MetricId, Published
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.notation import MOST_VALUES
from generator.scenarios.quotas import proposed_quotas
from generator.scenarios.scenario import START

_COUNTING = ("Sum", "SampleCount")
_QUERIED = {"SUM": "Sum", "AVG": "Average", "MAX": "Maximum", "MIN": "Minimum", "COUNT": "SampleCount"}
_SECONDS = 60
_MOST_GUARDS = 8
# What the other metrics of an expression are while one of them moves: nothing, or so many that a share of them is a
# whole number.
_OTHERS = (0.0, 100_000.0, 10_000.0, 1000.0, 1.0)
# Where they are counted as samples, each of them is a value that somebody has to write.
_FEW = (0.0, 1000.0, 100.0, 1.0)
# From where on what an alarm compares may follow a metric: a guard keeps it still below.
_SCALES = (1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0)
# Values of which this is the statistic, and no other is the same.
APART: Mapping[str, Callable[[float], tuple[float, ...]]] = MappingProxyType(
    {
        "Sum": lambda value: (value - math.floor(value / 2), math.floor(value / 2)),
        "Average": lambda value: (value - abs(value) / 2, value + abs(value) / 2),
        "Maximum": lambda value: (value, value - abs(value) / 2, value - abs(value)),
        "Minimum": lambda value: (value, value + abs(value) / 2),
    }
)


@dataclass(frozen=True, slots=True)
class MetricControl:
    """How to bring what an alarm compares to a value: metric `moved` is (value - base) / slope, all others constant."""

    moved: int
    constant: float
    base: float
    slope: float

    def value(self, target: float) -> float:
        """What the moved metric has to be for the alarm to compare that."""
        moved_value = (target - self.base) / self.slope
        return (
            round(moved_value)
            if math.isclose(moved_value, round(moved_value), rel_tol=1e-12, abs_tol=1e-9)
            else moved_value
        )


def metric_control(environment: SimulatedEnvironment, metric_alarm: MetricAlarm) -> MetricControl | None:
    """What to move, so that what the alarm compares moves with it in a straight line, perhaps only beyond a guard.

    Best so that the threshold is reached exactly, and for what is counted with a whole number.
    """
    guards = _constants(metric_alarm)
    for scale in dict.fromkeys((*_SCALES, *(2 * guard for guard in guards))):
        drives = list(_straight(environment, metric_alarm, scale, guards))
        exact = (
            control
            for control in drives
            if metric_alarm.threshold is None or _is_exact(environment, metric_alarm, control, metric_alarm.threshold)
        )
        near = (control for control in drives if _is_near(environment, metric_alarm, control))
        best = next(exact, None) or next(near, None) or next(iter(drives), None)
        if best:
            return best
    return None


def _straight(
    environment: SimulatedEnvironment, metric_alarm: MetricAlarm, scale: float, guards: Sequence[float]
) -> Iterator[MetricControl]:
    """The drives on which three values of a metric, of this size, lie in a line."""
    stats = stats_of(metric_alarm)
    for moved in range(len(stats)):
        others = _OTHERS[:1]
        if len(stats) > 1:
            is_many = any(value.statistic == "SampleCount" for index, value in enumerate(stats) if index != moved)
            others = (*(_FEW if is_many else _OTHERS), *(10 * guard for guard in guards))
        for constant in dict.fromkeys(others):
            compared = [_compared(environment, metric_alarm, moved, constant, scale * x) for x in (1.0, 2.0, 4.0)]
            if None in compared:
                continue
            low, middle, high = (value for value in compared if value is not None)
            rise = middle - low
            if rise and math.isclose(high, low + 3 * rise, rel_tol=1e-9, abs_tol=1e-12):
                yield MetricControl(moved, constant, low - rise, rise / scale)


def _constants(metric_alarm: MetricAlarm) -> tuple[float, ...]:
    """The numbers of an alarm's expressions that may guard something."""
    numbers: dict[float, None] = {}
    for entry in metric_alarm.entries:
        parsed = None if entry.stat else metric_math.parse(entry.expression)
        if isinstance(parsed, metric_math.Expression):
            numbers |= dict.fromkeys(step.value for step in parsed.steps if isinstance(step, Number) and step.value > 1)
    return tuple(numbers)[:_MOST_GUARDS]


def _is_near(environment: SimulatedEnvironment, metric_alarm: MetricAlarm, drive: MetricControl) -> bool:
    """Whether the line still holds where the threshold is."""
    threshold = metric_alarm.threshold or 0.0
    moved_value = drive.value(threshold)
    compared = (
        _compared(environment, metric_alarm, drive.moved, drive.constant, moved_value) if moved_value >= 0 else None
    )
    return compared is not None and math.isclose(compared, threshold, rel_tol=1e-6, abs_tol=1e-9)


def _is_exact(
    environment: SimulatedEnvironment, metric_alarm: MetricAlarm, drive: MetricControl, threshold: float
) -> bool:
    if len(metric_alarm.entries) == 1:
        return True
    moved_value = drive.value(threshold)
    if moved_value < 0 or (counts(metric_alarm, drive) and not float(moved_value).is_integer()):
        return False
    return _compared(environment, metric_alarm, drive.moved, drive.constant, moved_value) == threshold


def _compared(
    environment: SimulatedEnvironment, metric_alarm: MetricAlarm, moved: int, others: float, x: float
) -> float | None:
    """What the alarm compares with its threshold where one metric is x and the others are constant."""
    if x > MOST_VALUES and stats_of(metric_alarm)[moved].statistic == "SampleCount":
        return None
    period = period_of(metric_alarm)
    frozen = other_alarms(environment, metric_alarm.alarm)
    result = simulate(
        environment.contents,
        published(metric_alarm, moved, others, [x] * 3),
        (),
        START,
        START + 3 * period,
        frozen=frozen,
        quotas=proposed_quotas(metric_alarm),
    )
    watched = next((series for series in result.evaluated if series.alarm == metric_alarm.alarm), None)
    return watched.values[-1] if watched and watched.values else None


def stats_of(metric_alarm: MetricAlarm) -> list[MetricStat]:
    """The metrics of an alarm; for a query without conditions, a metric that it would find."""
    stats = []
    for entry in metric_alarm.entries:
        query = None if entry.stat else metric_math.parse(entry.expression)
        if entry.stat:
            stats.append(entry.stat)
        elif isinstance(query, metric_math.Selection) and not query.conditions:
            # Of a query with GROUP BY it is one contributor.
            dimensions = tuple((label, "any") for label in sorted({*(query.labels or ()), *query.groups}))
            metric = MetricId(
                metric_alarm.alarm.account, metric_alarm.alarm.region, query.namespace, query.metric, dimensions
            )
            stats.append(MetricStat(metric, _QUERIED[query.function], entry.period or _SECONDS))
    return stats


def published(
    metric_alarm: MetricAlarm, moved: int, others: float, values: Sequence[float | None], *, apart: bool = False
) -> list[Published]:
    """The series of all metrics of an alarm. apart: periods have several values, of which only the statistic is so."""
    stats = stats_of(metric_alarm)
    period = period_of(metric_alarm)
    by_metric: dict[MetricId, Published] = {}
    for index, stat in enumerate(stats):
        series = values if index == moved else [None if value is None else others for value in values]
        samples = tuple(_samples(metric_alarm, stat.statistic, value, apart=apart) for value in series)
        by_metric.setdefault(stat.metric, Published(stat.metric, START, period, samples, stat.unit or "None"))
    return list(by_metric.values())


def _samples(
    metric_alarm: MetricAlarm, statistic: str, value: float | None, *, apart: bool
) -> tuple[float, ...] | None:
    if value is None:
        return None
    if statistic == "SampleCount":
        # Nothing is counted where nothing is published.
        return (1.0,) * round(value) if round(value) > 0 else None
    if metric_alarm.keeps_on_low_samples:
        return (value,) * enough_samples(statistic)
    return APART[statistic](value) if apart else (value,)


def period_of(metric_alarm: MetricAlarm) -> int:
    """The period of the alarm, in seconds."""
    return max(
        [entry.stat.period for entry in metric_alarm.entries if entry.stat]
        + [entry.period or 0 for entry in metric_alarm.entries]
    )


def other_alarms(environment: SimulatedEnvironment, alarm: AlarmId) -> frozenset[AlarmId]:
    """All alarms but one, to be held still."""
    return frozenset(location.alarm for location in environment.locations if location.alarm != alarm)


def counts(metric_alarm: MetricAlarm, drive: MetricControl) -> bool:
    """Whether what moves is a number of events."""
    stats = stats_of(metric_alarm)
    return stats[drive.moved].statistic in _COUNTING


def is_expression(metric_alarm: MetricAlarm) -> bool:
    """Whether the alarm compares what an expression gives."""
    return any(entry.expression for entry in metric_alarm.entries)
