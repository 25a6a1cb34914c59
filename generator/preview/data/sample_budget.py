"""Samples of error budgets: how much a sample of bad events uses of one is an accident of two invented numbers.

A budget that is used up tenfold, or not at all, shows nothing of how the graph will look. So the line keeps its form,
and the share that is used in the end follows from the metrics, as other samples do.
"""

from __future__ import annotations

import zlib

import numpy as np

from generator.evaluate.math.series import Series
from generator.evaluate.types import MetricId

# Of the budget, in percent: from a fifth to a little more than there was.
_LEAST_USED, _MOST_USED = 20.0, 110.0


def with_usual_use(values: Series, metrics: tuple[MetricId, ...]) -> Series:
    """The values of a budget that falls from 100 percent, used as much as budgets are; other values as they are."""
    known = values[np.isfinite(values)]
    if known.size < 2 or not 90 <= known[0] <= 100 or known[-1] >= known[0] or (np.diff(known) > 0).any():
        return values
    seed = zlib.crc32(repr([(m.account, m.region, m.namespace, m.name) for m in metrics]).encode("utf-8", "replace"))
    used = _LEAST_USED + (_MOST_USED - _LEAST_USED) * (seed % 10_007) / 10_007
    result: Series = 100 - (100 - values) * used / (100 - known[-1])
    return result
