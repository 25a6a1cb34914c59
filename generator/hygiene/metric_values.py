"""The values that an alarm's condition had, from the metric data of a capture.

Minutes compose to any longer period, and a window begins at every minute, as CloudWatch's do. docs/decisions/0103
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from generator.capture.series import MetricSeries, SeriesIndex
from generator.hygiene.conditions import WatchedMetric

_MINUTE_S = 60
# Windows of a day over two weeks of minutes are 31 million values; every so many windows one is enough.
_MOST_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Observed:
    """The values of windows that had data. share: of the windows that breached, of those with data."""

    lowest: float
    highest: float
    windows: int
    days: float
    values: Any

    def share(self, breaches: Callable[[Any, float], Any], threshold: float) -> float:
        """The share of the windows whose value compares so with a threshold."""
        return float(np.mean(breaches(self.values, threshold)))

    def quantile(self, share: float) -> float:
        """The value that this share of the windows is at or below."""
        return float(np.quantile(self.values, share, method="higher"))


def observed(stat: WatchedMetric, index: SeriesIndex) -> Observed | None:
    """What the windows of an alarm's metric had; None where the capture has no data of it."""
    values = _values(stat, index)
    if values is None:
        return None
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    days = len(values) * max(_MINUTE_S, stat.period_s if _is_coarse(stat) else _MINUTE_S) / 86_400
    return Observed(float(known.min()), float(known.max()), int(known.size), days, known)


def _is_coarse(stat: WatchedMetric) -> bool:
    return stat.period_s > _MOST_MINUTES * _MINUTE_S


def _values(stat: WatchedMetric, index: SeriesIndex) -> Any | None:
    minutes = stat.period_s // _MINUTE_S
    if minutes < 1 or stat.period_s % _MINUTE_S:
        return None
    compose = {"Sum": np.add, "SampleCount": np.add, "Maximum": np.maximum, "Minimum": np.minimum}.get(stat.statistic)
    if compose is not None:
        return _windows(_array(stat, index, stat.statistic), minutes, stat.statistic)
    if stat.statistic == "Average":
        total = _windows(_array(stat, index, "Sum"), minutes, "Sum")
        count = _windows(_array(stat, index, "SampleCount"), minutes, "SampleCount")
        return None if total is None or count is None or total.shape != count.shape else total / count
    own = index.get(stat.key, stat.statistic, stat.period_s, _MINUTE_S) or index.get(
        stat.key, stat.statistic, stat.period_s
    )
    return _loaded(own)


def _array(stat: WatchedMetric, index: SeriesIndex, statistic: str) -> Any | None:
    return _loaded(index.get(stat.key, statistic, _MINUTE_S))


def _loaded(series: MetricSeries | None) -> Any | None:
    """The values of a series, which does not keep them: fifteen days of minutes are a megabyte as Python's numbers."""
    values = np.array(series.load() if series else (), dtype=float)
    return values if values.size else None


def _windows(minutes: Any | None, length: int, statistic: str) -> Any | None:
    """The value of each window of so many minutes; of long windows one a period."""
    if minutes is None or length == 1:
        return minutes
    if len(minutes) < length:
        return None
    step = 1 if length <= _MOST_MINUTES else length
    windows = np.lib.stride_tricks.sliding_window_view(minutes, length)[::step]
    has_data = ~np.isnan(windows).all(axis=1)
    filler, reduce = {
        "Maximum": (-math.inf, np.max),
        "Minimum": (math.inf, np.min),
    }.get(statistic, (0.0, np.sum))
    values = reduce(np.nan_to_num(windows, nan=filler, posinf=math.inf, neginf=-math.inf), axis=1)
    return np.where(has_data, values, np.nan)
