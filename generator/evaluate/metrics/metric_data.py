"""Published values kept by metric, and a statistic of them over any periods.

CloudWatch keeps a value with its time, to the minute or, for metrics of high resolution, to the second; an alarm's
period then gathers what falls into it. So values published every five minutes leave four of five periods of a minute
empty, as they do in CloudWatch, and values published every minute are gathered by longer periods.

An alarm that names a unit sees only the values that were published with it; one that names none sees all.

A month of minutes of thousands of metrics does not fit into memory. So what was published stays as it was given, and
becomes arrays metric by metric, when an alarm needs them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (Unit)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Protocol

import numpy as np
import numpy.typing as npt

from generator.evaluate.math.series import Series, finite
from generator.evaluate.metrics.log_metrics import MINUTE, LogValue
from generator.evaluate.metrics.statistics import Statistic
from generator.evaluate.types import MetricId, Numbers, Published

Times = npt.NDArray[np.int64]
_AT_ONCE, _WORTH_SKIPPING = 1 << 20, 3
_READ_AT_ONCE = 16


class MetricValues(Protocol):
    """Values of a metric, whatever they are made of."""

    def over(self, statistic: Statistic, starts: Times, period: int) -> Series:
        """A statistic in the periods that begin at these times; not-a-number where there is no data."""

    def counts(self, starts: Times, period: int) -> Times:
        """How many samples each period has."""

    def known_since(self, statistic: Statistic, period: int, /) -> int:
        """From when on a period without a value is one without data; what was before is not known."""


class MetricStore(Protocol):
    """The metrics that alarms read. start: of the simulation. since: when a metric with values becomes known.

    quotas: the service quotas of usage metrics.
    """

    @property
    def start(self) -> int: ...

    @property
    def since(self) -> Mapping[MetricId, int]: ...

    @property
    def quotas(self) -> Mapping[MetricId, float]: ...

    def data(self, metric: MetricId, unit: str = "") -> MetricValues:
        """The values of a metric, with one unit or with any."""

    def metrics(self) -> Iterator[MetricId]:
        """Every metric of which there are values, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """All values of one metric, by time. since: from when on what is not here was not published.

    before: how many of the values there are before each of some times.
    """

    values: Series
    since: int
    before: Callable[[Times], Times]

    def over(self, statistic: Statistic, starts: Times, period: int) -> Series:
        """A statistic of the values in the periods that begin at these times; not-a-number where there are none."""
        first = self.before(starts)
        counts = self.before(starts + period) - first
        results = np.full(starts.size, np.nan)
        with np.errstate(over="ignore", invalid="ignore"):
            for count in np.flatnonzero(np.bincount(counts)):
                if count:
                    chosen = np.flatnonzero(counts == count)
                    results[chosen] = _of_windows(statistic, self.values, first[chosen], int(count))
        return finite(results)

    def counts(self, starts: Times, period: int) -> Times:
        """How many values there are in each period."""
        return self.before(starts + period) - self.before(starts)

    def known_since(self, _statistic: Statistic, _period: int, /) -> int:
        """From when on what is not here was not published."""
        return self.since


def _of_windows(statistic: Statistic, values: Series, first: Times, count: int) -> Series:
    """A statistic of so many values from each of some places on, which are in order."""
    windows = np.lib.stride_tricks.sliding_window_view(values, count)
    at_once = max(1, _AT_ONCE // count)
    between = int(first[-1] - first[0]) + 1
    if between <= _WORTH_SKIPPING * first.size:
        # Neighbours need not be copied, and a few of which nobody asked cost less than leaving them out.
        ends = range(int(first[0]), int(first[-1]) + 1, at_once)
        all_ = [statistic.of_rows(windows[at : min(at + at_once, int(first[-1]) + 1)]) for at in ends]
        return np.asarray(np.concatenate(all_)[first - first[0]])
    return np.concatenate(
        [statistic.of_rows(windows[first[at : at + at_once]]) for at in range(0, first.size, at_once)]
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Values published one period after the other. ends: how many values there are before each period, and in all."""

    start: int
    period: int
    ends: Times
    values: Series

    def before(self, times: Times) -> Times:
        """How many of the values there are before each of some times."""
        periods = np.clip(-((self.start - times) // self.period), 0, self.ends.size - 1)
        return self.ends[periods]

    def times(self) -> Times:
        """When each value was published."""
        at: Times = self.start + self.period * np.arange(self.ends.size - 1, dtype=np.int64)
        return np.repeat(at, np.diff(self.ends))


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """The values of a metric as they were passed, perhaps those of several metrics."""

    values: tuple[tuple[float, ...] | None, ...] | Numbers


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of a metric's values: a row that was published, with the time of its first period."""

    start: int
    period: int
    given: _Given


@dataclass(slots=True, eq=False)
class _OfUnit:
    """What there is of a metric in one unit: from log lines, with their times, and published."""

    times: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)


class Store:
    """The values of every metric, by unit. start: of the simulation. since: when a published metric becomes known.

    quotas: the service quotas of usage metrics.
    """

    def __init__(
        self,
        start: int,
        by_metric: Mapping[MetricId, Mapping[str, _OfUnit]],
        since: Mapping[MetricId, int],
        quotas: Mapping[MetricId, float],
    ) -> None:
        self.start = start
        self.since = since
        self.quotas = quotas
        self._kept = by_metric
        self.data = lru_cache(maxsize=_READ_AT_ONCE)(self._data)
        self._read = lru_cache(maxsize=_READ_AT_ONCE)(_read)

    def metrics(self) -> Iterator[MetricId]:
        """Every metric of which there are values, by name."""
        yield from sorted(self._kept, key=attrgetter("account", "region", "namespace", "name", "dimensions"))

    def _data(self, metric: MetricId, unit: str = "") -> Data:
        """What was published of a metric, with one unit or with any."""
        since = self.since.get(metric, self.start)
        chosen = [unit_values for key, unit_values in self._kept.get(metric, {}).items() if not unit or key == unit]
        parts = [part for unit_values in chosen for part in unit_values.parts]
        if len(parts) == 1 and not any(unit_values.times for unit_values in chosen):
            row = self._row(parts[0])
            return Data(row.values, since, row.before)
        all_times: list[Times] = [np.empty(0, dtype=np.int64)]
        all_values: list[Series] = [np.empty(0)]
        for unit_values in chosen:
            rows = [self._row(part) for part in unit_values.parts]
            all_times += [np.array(unit_values.times, dtype=np.int64), *(row.times() for row in rows)]
            all_values += [np.array(unit_values.numbers, dtype=np.float64), *(row.values for row in rows)]
        times, values = np.concatenate(all_times), np.concatenate(all_values)
        order = np.argsort(times, kind="stable")
        times = times[order]
        return Data(values[order], since, lambda sought: np.searchsorted(times, sought))

    def _row(self, part: _Part) -> _Row:
        return _Row(part.start, part.period, *self._read(part.given))


def _read(source: _Given) -> tuple[Times, Series]:
    """How many values there are before each period and in all, and the values."""
    if hasattr(source.values, "__array__"):
        numbers = np.asarray(source.values, dtype=np.float64).ravel()
        lengths = np.ones(numbers.size, dtype=np.int64)
    else:
        periods = [values or () for values in source.values]
        lengths = np.fromiter(map(len, periods), np.int64, len(periods))
        numbers = np.fromiter(chain.from_iterable(periods), np.float64, int(lengths.sum()))
    is_number = np.isfinite(numbers)  # CloudWatch takes neither NaN nor infinities
    ends = _sums(is_number)[_sums(lengths)]
    return ends, numbers[is_number] + 0.0  # which leaves no negative zero


def _sums(counts: npt.NDArray[np.bool_] | Times) -> Times:
    """The sum of all before each, and of all."""
    sums = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=sums[1:])
    return sums


def stored(
    start: int, published: Sequence[Published], values: Iterable[LogValue], quotas: Mapping[MetricId, float]
) -> Store:
    """What was published directly, and what log lines made."""
    by_metric: dict[MetricId, dict[str, _OfUnit]] = defaultdict(dict)
    since: dict[MetricId, int] = {}
    for metric, at, value, unit in values:
        one_unit = by_metric[metric].get(unit) or by_metric[metric].setdefault(unit, _OfUnit())
        one_unit.times.append(at)
        one_unit.numbers.append(value)
    by_identity: dict[int, _Given] = {}
    for series in published:
        metric = MetricId(
            series.metric.account,
            series.metric.region,
            series.metric.namespace,
            series.metric.name,
            tuple(sorted(series.metric.dimensions)),
        )
        resolution = MINUTE if series.period % MINUTE == 0 else 1
        begins = series.start // resolution * resolution
        since[metric] = min(since.get(metric, start), begins)
        source = by_identity.setdefault(id(series.values), _Given(series.values))
        by_metric[metric].setdefault(series.unit, _OfUnit()).parts.append(_Part(begins, series.period, source))
    return Store(start, dict(by_metric), since, quotas)
