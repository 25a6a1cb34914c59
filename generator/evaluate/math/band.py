"""ANOMALY_DETECTION_BAND, approximated: CloudWatch's own model is trained and not public.

What is known of the model: it trains on up to two weeks, knows hours, days and weeks, and is wider with more
deviations. This stand-in is the mean plus and minus so many standard deviations of the data points of the two
weeks before each period, in the same hour of the week; where there are too few of those, in the same hour of
the day; where there are too few of those as well, of all. It looks only back, so that an anomaly is no part of
what it is measured against, and has no band before it has data. It does not follow trends or holidays, leave
out excluded times, or stay above zero for metrics that do. It shows what kind of alarm a band makes, not when
exactly it fires.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from generator.evaluate.math.calendar import times
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series, empty

_Places = npt.NDArray[np.int64]

_HOUR = 3600
_TRAINING = 14 * 24 * _HOUR
_ENOUGH = 8
"""Data points that make a mean and a deviation worth their name; ours."""

DEFAULT_DEVIATIONS = 2.0


def band(series: Series, deviations: float, grid: Grid) -> tuple[Series, Series]:
    """The lower and the upper bound in each period, in this order: the guide has LAST give the upper one.

    Its edition of 2023 had LAST give the lower one.
    """
    if not grid.count:
        return empty(grid), empty(grid)
    at = times(grid).astype(np.int64)
    middle, spread = empty(grid), empty(grid)
    for hours in (1, 24, 24 * 7):
        season = at // _HOUR % hours
        mean, deviation, count = _past(series, season, at)
        enough = count >= _ENOUGH
        middle, spread = np.where(enough, mean, middle), np.where(enough, deviation, spread)
    return middle - deviations * spread, middle + deviations * spread


def _past(series: Series, season: _Places, at: _Places) -> tuple[Series, Series, _Places]:
    """For each period: mean, deviation and number of the data points before it in the same season."""
    order = np.lexsort((at, season))
    # The seasons lie behind each other, so far apart that no two weeks reach from one into the other.
    apart = at[-1] - at[0] + _TRAINING + 1
    within_season = season[order] * apart + at[order] - at[0]
    first = np.searchsorted(within_season, within_season - _TRAINING)
    known = ~np.isnan(series[order])
    centre = float(series[order][known].mean()) if known.any() else 0.0  # squares of small numbers lose less
    values = np.where(known, series[order] - centre, 0.0)
    count = _before(known.astype(np.float64), first)
    with np.errstate(all="ignore"):
        mean = _before(values, first) / count
        variance = _before(values**2, first) / count - mean**2
    back = np.argsort(order)
    deviation = np.sqrt(np.maximum(variance, 0.0))
    return (mean + centre)[back], deviation[back], count[back].astype(np.int64)


def _before(values: Series, first: npt.NDArray[np.intp]) -> Series:
    """For each place, the sum of the values from `first` up to but without it."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(sums[:-1] - sums[first])
