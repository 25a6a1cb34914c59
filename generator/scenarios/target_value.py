"""How to bring what an alarm compares to a value that one wants: which metric to move, and how far."""

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
    others: float
    base: float
    slope: float

    def value(self, wanted: float) -> float:
        """What the moved metric has to be for the alarm to compare that."""
        found = (wanted - self.base) / self.slope
        return round(found) if math.isclose(found, round(found), rel_tol=1e-12, abs_tol=1e-9) else found


def metric_control(environment: SimulatedEnvironment, about: MetricAlarm) -> MetricControl | None:
    """What to move, so that what the alarm compares moves with it in a straight line, perhaps only beyond a guard.

    Best so that the threshold is reached exactly, and for what is counted with a whole number.
    """
    guards = _constants(about)
    for scale in dict.fromkeys((*_SCALES, *(2 * guard for guard in guards))):
        drives = list(_straight(environment, about, scale, guards))
        exact = (
            one for one in drives if about.threshold is None or _is_exact(environment, about, one, about.threshold)
        )
        near = (one for one in drives if _is_near(environment, about, one))
        found = next(exact, None) or next(near, None) or next(iter(drives), None)
        if found:
            return found
    return None


def _straight(
    environment: SimulatedEnvironment, about: MetricAlarm, scale: float, guards: Sequence[float]
) -> Iterator[MetricControl]:
    """The drives on which three values of a metric, of this size, lie in a line."""
    stats = stats_of(about)
    for moved in range(len(stats)):
        others = _OTHERS[:1]
        if len(stats) > 1:
            is_many = any(one.statistic == "SampleCount" for index, one in enumerate(stats) if index != moved)
            others = (*(_FEW if is_many else _OTHERS), *(10 * guard for guard in guards))
        for constant in dict.fromkeys(others):
            seen = [_compared(environment, about, moved, constant, scale * x) for x in (1.0, 2.0, 4.0)]
            if None in seen:
                continue
            low, middle, high = (one for one in seen if one is not None)
            rise = middle - low
            if rise and math.isclose(high, low + 3 * rise, rel_tol=1e-9, abs_tol=1e-12):
                yield MetricControl(moved, constant, low - rise, rise / scale)


def _constants(about: MetricAlarm) -> tuple[float, ...]:
    """The numbers of an alarm's expressions that may guard something."""
    found: dict[float, None] = {}
    for entry in about.entries:
        parsed = None if entry.stat else metric_math.parse(entry.expression)
        if isinstance(parsed, metric_math.Expression):
            found |= dict.fromkeys(step.value for step in parsed.steps if isinstance(step, Number) and step.value > 1)
    return tuple(found)[:_MOST_GUARDS]


def _is_near(environment: SimulatedEnvironment, about: MetricAlarm, drive: MetricControl) -> bool:
    """Whether the line still holds where the threshold is."""
    threshold = about.threshold or 0.0
    wanted = drive.value(threshold)
    found = _compared(environment, about, drive.moved, drive.others, wanted) if wanted >= 0 else None
    return found is not None and math.isclose(found, threshold, rel_tol=1e-6, abs_tol=1e-9)


def _is_exact(environment: SimulatedEnvironment, about: MetricAlarm, drive: MetricControl, threshold: float) -> bool:
    if len(about.entries) == 1:
        return True
    wanted = drive.value(threshold)
    if wanted < 0 or (counts(about, drive) and not float(wanted).is_integer()):
        return False
    return _compared(environment, about, drive.moved, drive.others, wanted) == threshold


def _compared(
    environment: SimulatedEnvironment, about: MetricAlarm, moved: int, others: float, x: float
) -> float | None:
    """What the alarm compares with its threshold where one metric is x and the others are constant."""
    if x > MOST_VALUES and stats_of(about)[moved].statistic == "SampleCount":
        return None
    period = period_of(about)
    still = other_alarms(environment, about.alarm)
    played = simulate(
        environment.contents, published(about, moved, others, [x] * 3), (), START, START + 3 * period, still=still
    )
    watched = next((one for one in played.watched if one.alarm == about.alarm), None)
    return watched.values[-1] if watched and watched.values else None


def stats_of(about: MetricAlarm) -> list[MetricStat]:
    """What an alarm is fed by: its metrics, and for a query that takes any, one that it would find."""
    found = []
    for entry in about.entries:
        query = None if entry.stat else metric_math.parse(entry.expression)
        if entry.stat:
            found.append(entry.stat)
        elif isinstance(query, metric_math.Selection) and not query.conditions and not query.groups:
            dimensions = tuple((label, "any") for label in sorted(query.labels or ()))
            metric = MetricId(about.alarm.account, about.alarm.region, query.namespace, query.metric, dimensions)
            found.append(MetricStat(metric, _QUERIED[query.function], entry.period or _SECONDS))
    return found


def published(
    about: MetricAlarm, moved: int, others: float, values: Sequence[float | None], *, apart: bool = False
) -> list[Published]:
    """The series of all metrics of an alarm. apart: periods have several values, of which only the statistic is so."""
    stats = stats_of(about)
    period = period_of(about)
    made: dict[MetricId, Published] = {}
    for index, stat in enumerate(stats):
        series = values if index == moved else [None if one is None else others for one in values]
        samples = tuple(_samples(about, stat.statistic, one, apart=apart) for one in series)
        made.setdefault(stat.metric, Published(stat.metric, START, period, samples, stat.unit or "None"))
    return list(made.values())


def _samples(about: MetricAlarm, statistic: str, value: float | None, *, apart: bool) -> tuple[float, ...] | None:
    if value is None:
        return None
    if statistic == "SampleCount":
        # Nothing is counted where nothing is published.
        return (1.0,) * round(value) if round(value) > 0 else None
    if about.keeps_on_low_samples:
        return (value,) * enough_samples(statistic)
    return APART[statistic](value) if apart else (value,)


def period_of(about: MetricAlarm) -> int:
    """The period of the alarm, in seconds."""
    return max([one.stat.period for one in about.entries if one.stat] + [one.period or 0 for one in about.entries])


def other_alarms(environment: SimulatedEnvironment, alarm: AlarmId) -> frozenset[AlarmId]:
    """All alarms but one, to be held still."""
    return frozenset(one.alarm for one in environment.location if one.alarm != alarm)


def counts(about: MetricAlarm, drive: MetricControl) -> bool:
    """Whether what moves is a number of events."""
    stats = stats_of(about)
    return stats[drive.moved].statistic in _COUNTING


def is_expression(about: MetricAlarm) -> bool:
    """Whether the alarm compares what an expression gives."""
    return any(one.expression for one in about.entries)
