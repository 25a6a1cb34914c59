"""What a statistic makes of the values of one period.

A percentile is the highest of the values that remain when the share above it is taken away: one of them, and nothing
between two. Where a value is negative there is none. How a share that is no whole number of values is rounded AWS does
not say; here it is rounded down, so that fewer are cut off rather than more (docs/decisions/0047).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html (negative values)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
PERCENT = 100.0
_NUMBER = r"-?\d+(?:\.\d{1,10})?"
_SHARE = re.compile(r"(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)")
_RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\(\s*(?:({_NUMBER})(%?))?\s*:\s*(?:({_NUMBER})(%?))?\s*\)")


@dataclass(frozen=True, slots=True)
class Statistic:
    """What becomes of the values of a period, or of many periods at once.

    of_rows: a number for each row, of rows that have the values of a period each; not-a-number where nothing is left
    to count. What a row gives does not depend on the rows beside it. name: as an alarm has it.
    """

    of_rows: Callable[[Values], Values]
    name: str = ""

    def __call__(self, values: Values) -> float | None:
        """Of the values of one period, which are not empty; None where nothing is left to count."""
        result = float(self.of_rows(np.ascontiguousarray(values)[np.newaxis, :])[0])
        return None if math.isnan(result) else result


@dataclass(frozen=True, slots=True)
class NoStatistic:
    """Why a text names no statistic."""

    message: str


def statistic(name: str) -> Statistic | NoStatistic:
    """The statistic of that name."""
    parsed = _statistic(name)
    return parsed if isinstance(parsed, NoStatistic) else replace(parsed, name=name)


def _statistic(name: str) -> Statistic | NoStatistic:
    plain = _PLAIN.get(name)
    if plain:
        return plain
    share = _SHARE.fullmatch(name)
    if share and float(share[2]) <= PERCENT:
        percent = float(share[2])
        if share[1] == "p":
            return Statistic(lambda rows: _percentile(rows, percent))
        return _trimmed(share[1].upper(), _Bounds(0.0, percent, shares=True))
    match = _RANGE.fullmatch(name)
    if not match:
        return NoStatistic(f"`{name}` is no statistic of CloudWatch's")
    kind, low, low_percent, high, high_percent = match.groups()
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

    def kept(self, rows: Values) -> tuple[Values, Values]:
        """How many values of each row are kept, and their sum."""
        if self.shares:
            middle = self.between(rows)
            return np.full(len(rows), float(middle.shape[1])), middle.sum(axis=1)
        are_kept = (rows > self.low) & (rows <= self.high)
        counts = are_kept.sum(axis=1)
        total = np.zeros(len(rows))
        for count in np.unique(counts):
            alike = counts == count
            total[alike] = rows[alike][are_kept[alike]].reshape(-1, count).sum(axis=1) if count else 0.0
        return counts.astype(np.float64), total

    def between(self, rows: Values) -> Values:
        """The values of each row, in order, without the shares that are cut off."""
        count = rows.shape[1]
        below = math.floor(count * self.low / PERCENT + 1e-9)
        above = math.floor(count * (PERCENT - self.high) / PERCENT + 1e-9)
        return np.ascontiguousarray(np.sort(rows, axis=1)[:, below : count - above])

    def clipped(self, rows: Values) -> Values:
        """The mean of each row, with the values beyond the bounds taken for the nearest that is kept."""
        if not self.shares:
            return np.asarray(np.clip(rows, self.low, self.high).mean(axis=1))
        middle = self.between(rows)
        if not middle.shape[1]:
            return np.full(len(rows), np.nan)
        return np.asarray(np.clip(rows, middle[:, :1], middle[:, -1:]).mean(axis=1))


def _trimmed(kind: str, bounds: _Bounds) -> Statistic:
    def sample_count(rows: Values) -> Values:
        if kind == "WM":
            return bounds.clipped(rows)
        count, total = bounds.kept(rows)
        match kind:
            case "TC":
                return count
            case "TS":
                return total
            case "PR":
                return np.asarray(PERCENT * count / rows.shape[1])
        return np.asarray(np.divide(total, count, out=np.full(len(rows), np.nan), where=count > 0))

    return Statistic(sample_count)


def _percentile(rows: Values, percent: float) -> Values:
    """The highest of the values of each row that remain; not-a-number where a value is negative."""
    count = rows.shape[1]
    above = math.floor(count * (PERCENT - percent) / PERCENT + 1e-9)
    remaining = max(1, count - above)
    if count == 1:
        lowest = highest = rows[:, 0]
    else:
        ordered = np.sort(rows, axis=1)
        lowest, highest = ordered[:, 0], ordered[:, remaining - 1]
    return np.where(lowest < 0, np.nan, highest)


def _unless_alone(of_rows: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """Of one value, most statistics are the value itself, and most periods have one."""
    return lambda rows: rows[:, 0] if rows.shape[1] == 1 else of_rows(rows)


_PLAIN: dict[str, Statistic] = {
    "Sum": Statistic(_unless_alone(lambda rows: np.asarray(rows.sum(axis=1)))),
    "Average": Statistic(_unless_alone(lambda rows: np.asarray(rows.mean(axis=1)))),
    "Minimum": Statistic(_unless_alone(lambda rows: np.asarray(rows.min(axis=1)))),
    "Maximum": Statistic(_unless_alone(lambda rows: np.asarray(rows.max(axis=1)))),
    "SampleCount": Statistic(lambda rows: np.full(len(rows), float(rows.shape[1]))),
    "IQM": _trimmed("TM", _Bounds(25.0, 75.0, shares=True)),
}


def enough_samples(name: str) -> int:
    """How many values a percentile needs to say much, by AWS's own measure; 1 for other statistics.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    match = _SHARE.fullmatch(name)
    if not match or match[1] != "p":
        return 1
    percent = float(match[2])
    rest = round(PERCENT - percent if percent >= PERCENT / 2 else percent, 10)
    return math.ceil(round(10 * PERCENT / rest, 6)) if rest > 0 else 1


def few_samples(name: str, samples: int) -> bool:
    """Whether a percentile of so few values says little; never so for other statistics, and not for no value at all."""
    return samples < enough_samples(name)
