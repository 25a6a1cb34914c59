"""What the time of each period says: MINUTE, HOUR, DAY and the like, in UTC, for every period without gaps.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import numpy as np

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series

_HOURS = 3600
_DAYS = 24 * _HOURS
_THURSDAY = 3
"""The first of January 1970, counted from Monday as 0."""


def times(grid: Grid) -> Series:
    """The start of each period, in seconds since 1970. A data point of CloudWatch carries that of its period."""
    return grid.start + grid.period * np.arange(grid.count, dtype=np.float64)


def told(function: str, grid: Grid) -> Series:
    """The part of the time that a function tells: Monday is day 1, Sunday 7, January month 1."""
    seconds = times(grid).astype(np.int64)
    days = seconds // _DAYS
    date = days.astype("datetime64[D]")
    months = date.astype("datetime64[M]")
    parts = {
        "EPOCH": seconds,
        "MINUTE": seconds // 60 % 60,
        "HOUR": seconds // _HOURS % 24,
        "DAY": (days + _THURSDAY) % 7 + 1,
        "DATE": (date - months).astype(np.int64) + 1,
        "MONTH": months.astype(np.int64) % 12 + 1,
        "YEAR": date.astype("datetime64[Y]").astype(np.int64) + 1970,
    }
    return np.asarray(parts[function], dtype=np.float64)
