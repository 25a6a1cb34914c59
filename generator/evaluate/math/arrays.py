"""Many values made into few: statistics over one time series or over several at a time, sorting, slicing.

What the guide says of missing data here is one sentence, at AVG: "Missing values are treated as 0". So AVG
divides by the number of periods, or of series, while SUM / DATAPOINT_COUNT divides by what there is, as the
guide advises for sparse metrics. For the others nothing is said and we leave missing data out; over several
series, there is no data point where none of them has one.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series, empty, finite

_Rows = npt.NDArray[np.float64]


def _count(rows: _Rows) -> Any:
    return np.count_nonzero(~np.isnan(rows), axis=0)


def _stddev(rows: _Rows) -> Any:
    """Of all data points there are, as a population: the guide does not say which of the two deviations."""
    count = _count(rows)
    away = rows - np.nansum(rows, axis=0) / count
    return np.sqrt(np.nansum(away**2, axis=0) / count)


_STATISTICS: Mapping[str, Callable[[_Rows], Any]] = {
    "AVG": lambda rows: np.nansum(rows, axis=0) / rows.shape[0],
    "DATAPOINT_COUNT": _count,
    "MAX": lambda rows: np.fmax.reduce(rows, axis=0, initial=np.nan),
    "MIN": lambda rows: np.fmin.reduce(rows, axis=0, initial=np.nan),
    "STDDEV": _stddev,
    "SUM": lambda rows: np.nansum(rows, axis=0),
}


def of_one(statistic: str, series: Series) -> float:
    """The statistic of all data points of a time series, a number; not-a-number if it needs some and has none."""
    with np.errstate(all="ignore"):
        return float(finite(_STATISTICS[statistic](series)))


def of_several(statistic: str, all_series: Sequence[Series], grid: Grid) -> Series:
    """The statistic at each time, over the series, a series again."""
    if not all_series:
        return empty(grid)
    rows = np.vstack(all_series)
    with np.errstate(all="ignore"):
        result = finite(_STATISTICS[statistic](rows))
    return np.where(np.isnan(rows).all(axis=0), np.nan, result)


def in_order(all_series: Sequence[Series], statistic: str, order: str) -> tuple[Series, ...]:
    """SORT. Equal ones stay as they are; those that have no value for the statistic come last in either order."""

    def rank(series: Series) -> tuple[bool, float]:
        value = of_one(statistic, series)
        return (True, 0.0) if np.isnan(value) else (False, -value if order == "DESC" else value)

    return tuple(sorted(all_series, key=rank))


def without_empty(all_series: Sequence[Series]) -> tuple[Series, ...]:
    """REMOVE_EMPTY: the series that have any data point."""
    return tuple(series for series in all_series if not np.isnan(series).all())
