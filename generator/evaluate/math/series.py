"""Time series as arrays over a grid, not-a-number where there is no data point, and what is done with them.

The guide on missing data, in short: arithmetic and comparisons take 0 for it, and a division by zero drops
the data point. That is meant where the other side has a data point ("only one of the time series has a value
for a particular time stamp"); where neither has one, or the other side is a number, there stays none. Whatever
else is no finite number (the logarithm of 0, an overflow) is dropped like a division by zero: CloudWatch
reports "data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)"
(grafana/grafana#78608).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from generator.evaluate.math.grid import Grid

Series = npt.NDArray[np.float64]
Value = float | Series | tuple[Series, ...]
"""A number (not-a-number where there is none), one time series, or several."""

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "&&": np.logical_and,
    "||": np.logical_or,
}
_FUNCTIONS: Mapping[str, Callable[[Series], Series]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "LOG": np.log,
    "LOG10": np.log10,
}


def empty(grid: Grid) -> Series:
    """A time series without any data point."""
    return np.full(grid.count, np.nan)


def everywhere(number: float, grid: Grid) -> Series:
    """A time series with the same value in every period."""
    return np.full(grid.count, number)


def finite(series: Any) -> Series:
    """The series without the data points that are no finite number."""
    values = np.asarray(series, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def operated(symbol: str, left: float | Series, right: float | Series) -> float | Series:
    """Arithmetic, a comparison (1 or 0) or logic between numbers and time series."""
    with np.errstate(all="ignore"):
        result = finite(_OPERATORS[symbol](_with_zeros(left), _with_zeros(right)))
    result = np.where(_is_missing(left, right), np.nan, result)
    return result if result.ndim else float(result)


def _with_zeros(side: float | Series) -> Series:
    values = np.asarray(side, dtype=np.float64)
    return np.where(np.isnan(values), 0.0, values) if values.ndim else values


def _is_missing(left: float | Series, right: float | Series) -> npt.NDArray[np.bool_]:
    """Where neither of two time series has a data point, or one of a number and anything else is missing."""
    are_series = isinstance(left, np.ndarray) and isinstance(right, np.ndarray)
    none_left, none_right = np.isnan(left), np.isnan(right)
    return np.asarray(none_left & none_right if are_series else none_left | none_right)


def mapped(function: str, series: Series) -> Series:
    """A function of each data point by itself."""
    with np.errstate(all="ignore"):
        return finite(_FUNCTIONS[function](series))


def chosen(condition: float | Series, if_true: float | Series, if_false: float | Series | None, grid: Grid) -> Series:
    """IF. A data point that the condition chooses and a series does not have counts as 0, with one exception.

    The exception is the guide's table for a number and a series, IF(metric1, scalar2, metric3), where a gap in
    metric3 stays a gap. The prose on IF(TS comparison S, ...) says both, 0 and a gap; the table is followed.
    """
    if not isinstance(condition, np.ndarray):
        # A number chooses a whole series, gaps and all.
        other = empty(grid) if if_false is None else if_false
        constant = other if condition == 0 else if_true
        return empty(grid) if np.isnan(condition) else np.broadcast_to(constant, grid.count).copy()
    zeros_if_false = isinstance(if_true, np.ndarray) and if_false is not None
    otherwise = np.nan if if_false is None else if_false
    result = np.where(condition != 0, _with_zeros(if_true), _with_zeros(otherwise) if zeros_if_false else otherwise)
    return np.where(np.isnan(condition), np.nan, result)


def filled(series: Series, filler: float | Series | str) -> Series:
    """FILL: with a number, the data points of another series, REPEAT or LINEAR.

    REPEAT has nothing to repeat before the first data point and LINEAR no line outside the first and the last;
    gaps there stay.
    """
    gaps = np.isnan(series)
    if not isinstance(filler, str):
        return np.where(gaps, filler, series)
    places = np.arange(series.size)
    if filler == "LINEAR":
        if gaps.all():
            return series.copy()
        return np.interp(places, places[~gaps], series[~gaps], left=np.nan, right=np.nan)
    latest = np.maximum.accumulate(np.where(gaps, -1, places))
    return np.where(latest < 0, np.nan, series[latest])


def differences(function: str, series: Series, grid: Grid) -> Series:
    """DIFF, DIFF_TIME and RATE: each data point against the one before it, however far before.

    The first has none before it and is dropped. The guide says "the preceding value from that time series",
    not the value of the preceding period.
    """
    result = empty(grid)
    at = np.flatnonzero(~np.isnan(series))
    seconds = np.diff(at) * float(grid.period)
    with np.errstate(all="ignore"):
        steps = {"DIFF": np.diff(series[at]), "DIFF_TIME": seconds, "RATE": np.diff(series[at]) / seconds}
    result[at[1:]] = finite(steps[function])
    return result


def running_sum(series: Series) -> Series:
    """RUNNING_SUM: at each data point, the sum of all so far. A gap stays a gap."""
    with np.errstate(all="ignore"):
        return np.where(np.isnan(series), np.nan, finite(np.nancumsum(series)))
