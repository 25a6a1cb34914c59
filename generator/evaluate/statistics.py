"""What a statistic makes of the values of one period.

AWS does not say how it interpolates between values, nor which of them a trimmed share cuts off; here a percentile is
interpolated linearly, and a share of n values is rounded down, so that fewer are cut off rather than more.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Statistic = Callable[[Values], float | None]
PERCENT = 100.0
_NUMBER = r"-?\d+(?:\.\d{1,10})?"
_SHARE = re.compile(r"(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)")
_RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\(\s*(?:({_NUMBER})(%?))?\s*:\s*(?:({_NUMBER})(%?))?\s*\)")


@dataclass(frozen=True, slots=True)
class NoStatistic:
    """Why a text names no statistic."""

    message: str


def statistic(name: str) -> Statistic | NoStatistic:
    """The statistic of that name, of values that are not empty; None for a period in which nothing is left to count."""
    plain = _PLAIN.get(name)
    if plain:
        return plain
    share = _SHARE.fullmatch(name)
    if share and float(share[2]) <= PERCENT:
        percent = float(share[2])
        if share[1] == "p":
            return lambda values: float(np.percentile(values, percent))
        return _trimmed(share[1].upper(), _Bounds(0.0, percent, shares=True))
    found = _RANGE.fullmatch(name)
    if not found:
        return NoStatistic(f"`{name}` is no statistic of CloudWatch's")
    kind, low, low_percent, high, high_percent = found.groups()
    shares = {sign for number, sign in ((low, low_percent), (high, high_percent)) if number}
    if not shares:
        return NoStatistic(f"`{name}` has no boundary")
    if len(shares) > 1:
        return NoStatistic(f"`{name}` mixes a percentage with a value")
    is_share = shares == {"%"}
    if kind == "PR" and is_share:
        return NoStatistic(f"`{name}`: the boundaries of PR are values")
    bounds = _Bounds(
        float(low) if low else (0.0 if is_share else -math.inf),
        float(high) if high else (PERCENT if is_share else math.inf),
        shares=is_share,
    )
    if bounds.low >= bounds.high or (is_share and not 0 <= bounds.low < bounds.high <= PERCENT):
        return NoStatistic(f"`{name}`: the first boundary lies below the second")
    return _trimmed(kind, bounds)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What is kept: above low, up to high. shares: percentages of the values, in order, rather than values."""

    low: float
    high: float
    shares: bool

    def kept(self, values: Values) -> Values:
        if not self.shares:
            return values[(values > self.low) & (values <= self.high)]
        ordered = np.sort(values)
        below = math.floor(ordered.size * self.low / PERCENT + 1e-9)
        above = math.floor(ordered.size * (PERCENT - self.high) / PERCENT + 1e-9)
        return ordered[below : ordered.size - above]


def _trimmed(kind: str, bounds: _Bounds) -> Statistic:
    def counted(values: Values) -> float | None:
        kept = bounds.kept(values)
        match kind:
            case "TC":
                return float(kept.size)
            case "TS":
                return float(kept.sum())
            case "PR":
                return PERCENT * kept.size / values.size
            case "WM" if bounds.shares and kept.size:
                return float(np.clip(values, kept.min(), kept.max()).mean())
            case "WM" if not bounds.shares:
                return float(np.clip(values, bounds.low, bounds.high).mean())
        return float(kept.mean()) if kept.size else None

    return counted


_PLAIN: dict[str, Statistic] = {
    "Sum": lambda values: float(values.sum()),
    "Average": lambda values: float(values.mean()),
    "Minimum": lambda values: float(values.min()),
    "Maximum": lambda values: float(values.max()),
    "SampleCount": lambda values: float(values.size),
    "IQM": _trimmed("TM", _Bounds(25.0, 75.0, shares=True)),
}


def few_samples(name: str, samples: int) -> bool:
    """Whether a percentile of so few values says little, by AWS's own measure; never so for other statistics.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    found = _SHARE.fullmatch(name)
    if not found or found[1] != "p":
        return False
    percent = float(found[2])
    rest = round(PERCENT - percent if percent >= PERCENT / 2 else percent, 10)
    return rest > 0 and samples * rest < 10 * PERCENT
