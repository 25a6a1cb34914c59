"""Published values kept by metric, and a statistic of them over any periods.

CloudWatch keeps a value with its time, to the minute or, for metrics of high resolution, to the second; an alarm's
period then gathers what falls into it. So values published every five minutes leave four of five periods of a minute
empty, as they do in CloudWatch, and values published every minute are gathered by longer periods.

An alarm that names a unit sees only the values that were published with it; one that names none sees all.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (Unit)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generator.evaluate.log_metrics import MINUTE, Value
from generator.evaluate.math_series import Series, finite
from generator.evaluate.play import Metric, Published
from generator.evaluate.statistics import Statistic

Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """All values of one metric, by time. since: from when on what is not here was not published."""

    times: Times
    values: Series
    since: int

    def over(self, statistic: Statistic, starts: Times, period: int) -> Series:
        """A statistic of the values in the periods that begin at these times; not-a-number where there are none."""
        first = np.searchsorted(self.times, starts)
        behind = np.searchsorted(self.times, starts + period)
        found = np.full(starts.size, np.nan)
        with np.errstate(over="ignore", invalid="ignore"):
            for index in np.flatnonzero(behind > first):
                value = statistic(self.values[first[index] : behind[index]])
                found[index] = np.nan if value is None else value
        return finite(found)

    def counts(self, starts: Times, period: int) -> Times:
        """How many values there are in each period."""
        counted: Times = np.searchsorted(self.times, starts + period) - np.searchsorted(self.times, starts)
        return counted


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """Every metric's values, by unit. start: of what is played."""

    start: int
    kept: Mapping[Metric, Mapping[str, tuple[list[int], list[float]]]]
    since: Mapping[Metric, int]

    def __contains__(self, metric: object) -> bool:
        return metric in self.kept or metric in self.since

    def data(self, metric: Metric, unit: str = "") -> Data:
        """What was published of a metric, with one unit or with any."""
        by_unit = self.kept.get(metric, {})
        chosen = [one for key, one in by_unit.items() if not unit or key == unit]
        times = np.array([at for one in chosen for at in one[0]], dtype=np.int64)
        values = np.array([value for one in chosen for value in one[1]], dtype=np.float64)
        order = np.argsort(times, kind="stable")
        order = order[np.isfinite(values[order])]  # CloudWatch takes neither NaN nor infinities
        return Data(times[order], values[order], self.since.get(metric, self.start))


def stored(start: int, published: Sequence[Published], values: Iterable[Value]) -> Store:
    """What was published directly, and what log lines made."""
    kept: dict[Metric, dict[str, tuple[list[int], list[float]]]] = defaultdict(dict)
    since: dict[Metric, int] = {}
    for metric, at, value, unit in values:
        times, numbers = kept[metric].setdefault(unit, ([], []))
        times.append(at)
        numbers.append(value)
    for one in published:
        metric = Metric(
            one.metric.account,
            one.metric.region,
            one.metric.namespace,
            one.metric.name,
            tuple(sorted(one.metric.dimensions)),
        )
        resolution = MINUTE if one.period % MINUTE == 0 else 1
        since[metric] = min(since.get(metric, start), one.start // resolution * resolution)
        times, numbers = kept[metric].setdefault(one.unit, ([], []))
        for index, several in enumerate(one.values):
            at = (one.start + index * one.period) // resolution * resolution
            times.extend([at] * len(several or ()))
            numbers.extend(several or ())
    return Store(start, dict(kept), since)
