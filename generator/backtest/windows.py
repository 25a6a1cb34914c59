"""Statistics of sliding windows, composed of those of their minutes.

Sum, SampleCount, Minimum and Maximum of a window follow from those of its parts without loss; percentiles do not.
A window that begins before the first part counts what is there of it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
COMPOSED = ("Sum", "SampleCount", "Minimum", "Maximum")
# Up to here, whole numbers and their sums are exact.
_EXACT = 2.0**53


def composed(statistic: str, values: Values, width: int) -> Values:
    """Of each window of `width` parts its value, not-a-number where no part has data.

    The first window ends with the first part, so there are values.size of them. statistic: one of COMPOSED.
    """
    if width == 1 or not values.size:
        return values
    present = ~np.isnan(values)
    if statistic in ("Sum", "SampleCount"):
        totals = _sums(np.where(present, values, 0.0), width)
    elif statistic == "Maximum":
        totals = _extremes(np.where(present, values, -np.inf), width, np.maximum, -np.inf)
    else:
        totals = _extremes(np.where(present, values, np.inf), width, np.minimum, np.inf)
    return np.where(_differences(present.astype(np.float64), width) > 0, totals, np.nan)


def _sums(values: Values, width: int) -> Values:
    is_exact = np.abs(values).sum() < _EXACT and bool((values == np.floor(values)).all())
    if is_exact:
        return _differences(values, width)
    # The difference of two long sums of fractions is not the sum of what is between: 0.1 may become 0.0999….
    padded = np.concatenate([np.zeros(width - 1), values])
    totals: Values = np.lib.stride_tricks.sliding_window_view(padded, width).sum(axis=1)
    return totals


def _differences(values: Values, width: int) -> Values:
    before = np.zeros(values.size + 1)
    np.cumsum(values, out=before[1:])
    ends = np.arange(1, values.size + 1)
    totals: Values = before[ends] - before[np.maximum(0, ends - width)]
    return totals


def _extremes(values: Values, width: int, chosen: Callable[[Values, Values], Values], neutral: float) -> Values:
    """The extreme of each window, of two windows of a power of two that overlap."""
    row = np.concatenate([np.full(width - 1, neutral), values])
    size = 1
    while 2 * size <= width:
        row = chosen(row[:-size], row[size:])
        size *= 2
    rest = width - size
    return chosen(row[: row.size - rest], row[rest:])
