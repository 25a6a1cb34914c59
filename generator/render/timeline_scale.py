"""The scales of a timeline: the row of a value, the column of a time, and the labels of both.

A threshold has a row to itself: what is above it is drawn above it, however near, and what is below, below. So a
picture never shows a breach as none, and one huge value does not press all others flat onto the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

_MOST_LABELS = 4
_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_FEW_DIGITS, _ALL_DIGITS = 4, 17
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m"), (1, "s"))
_STEPS = (
    *(1, 2, 5, 10, 15, 20, 30),
    *(count * _MINUTE for count in (1, 2, 5, 10, 15, 20, 30)),
    *(count * _HOUR for count in (1, 2, 3, 6, 12)),
    *(count * _DAY for count in (1, 2, 7, 14, 28, 91, 182, 364)),
)
_ROOM_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class Values:
    """Rows for values, counted from the bottom. threshold_row: -1 where there is no threshold."""

    low: Fraction
    high: Fraction
    rows: int
    threshold: Fraction | None
    threshold_row: int

    def row(self, value: float | Fraction) -> int:
        """The row of a value between low and high."""
        exact = Fraction(value)
        if self.threshold is None:
            return _share(exact, self.low, self.high, self.rows)
        if exact == self.threshold:
            return self.threshold_row
        if exact < self.threshold:
            return _share(exact, self.low, self.threshold, self.threshold_row)
        above = self.threshold_row + 1
        return above + _share(exact, self.threshold, self.high, self.rows - above)

    def labels(self) -> Mapping[int, str]:
        """The labels of rows: the ends, the threshold, and round values where there is much room between."""
        known = {0: self.low, self.rows - 1: self.high}
        if self.threshold is not None:
            known[self.threshold_row] = self.threshold
        while len(known) < _MOST_LABELS:
            rows = sorted(known)
            below, above = max(zip(rows, rows[1:], strict=False), key=lambda pair: pair[1] - pair[0], default=(0, 0))
            between = self._round_value((known[below], below), (known[above], above))
            if between is None:
                break
            known[self.row(between)] = between
        for digits in range(_FEW_DIGITS, _ALL_DIGITS + 1):
            written = {row: number(float(value), digits) for row, value in known.items()}
            if len(set(written.values())) == len(written):
                break
        return written

    def _round_value(self, below: tuple[Fraction, int], above: tuple[Fraction, int]) -> Fraction | None:
        """The value with the fewest digits between two rows and not beside them, if there is room."""
        (low, first), (high, last) = below, above
        for digits in range(6 if last - first > 2 else 0):
            rounded = Fraction(f"{float((low + high) / 2):.{digits}e}")
            if low < rounded < high and first + 1 < self.row(rounded) < last - 1:
                return rounded
        return None


def values_scale(values: Sequence[float], threshold: float | None, height: int) -> Values | None:
    """Rows for these values and the threshold; nothing where there is neither. One row where all are the same."""
    numbers = [Fraction(value) for value in (*values, *([] if threshold is None else [threshold]))]
    if not numbers:
        return None
    low, high = min(numbers), max(numbers)
    # Zero is shown where it is near, so that a height is an amount.
    low = Fraction(0) if 0 < low <= high / 2 else low
    high = Fraction(0) if 0 > high >= low / 2 else high
    rows = height if low < high else 1
    if threshold is None:
        return Values(low, high, rows, None, -1)
    line = Fraction(threshold)
    least, most = (1 if low < line else 0), (rows - 2 if line < high else rows - 1)
    row = round((line - low) / (high - low) * (rows - 1)) if low < high else 0
    return Values(low, high, rows, line, max(least, min(row, most)))


def _share(value: Fraction, low: Fraction, high: Fraction, rows: int) -> int:
    """The row of a value among rows of one size; the last one includes its upper end."""
    if low == high:
        return 0
    return max(0, min(rows - 1, math.floor((value - low) / (high - low) * rows)))


@dataclass(frozen=True, slots=True)
class Times:
    """Columns for moments. size: seconds in a column. The last column begins with the end, so that this shows."""

    start: int
    end: int
    size: Fraction
    columns: int

    def column(self, at: float | Fraction) -> int:
        """The column of a moment; the nearest one where it is outside."""
        return max(0, min(self.columns - 1, math.floor((Fraction(at) - self.start) / self.size)))

    def moment(self, column: int) -> Fraction:
        """When a column begins."""
        return self.start + column * self.size

    def ticks(self, least: int) -> Mapping[int, str]:
        """Labels by column, as near to each other as they can be read, at least `least` seconds apart."""
        whole = self.end - self.start
        for step in _STEPS:
            marks = (
                {self.start + offset: elapsed(offset) for offset in range(0, whole + 1, step)}
                if (step >= least and whole / step <= self.columns)
                else {}
            )
            room = max(map(len, marks.values()), default=0) + _ROOM_BETWEEN
            if marks and step / self.size >= room:
                return {self.column(at): label for at, label in marks.items()}
        return {0: elapsed(0)}


def times_scale(start: int, end: int, most: int, period: int) -> Times:
    """Columns for a span, all of one size; a period is some whole columns, or a column some whole periods.

    period: 0 where nothing has one.
    """
    end = max(end, start + 1)
    room = most - 1
    size = Fraction(end - start, room)
    if period:
        whole = math.floor(period / size)
        size = Fraction(period, whole) if whole else Fraction(period * math.ceil(size / period))
    return Times(start, end, size, math.floor((end - start) / size) + 1)


def number(value: float, digits: int = _FEW_DIGITS) -> str:
    """A number beside an axis: `5`, `0.25`, `12.5k`, `3e-7`."""
    rounded = float(f"{value:.{digits - 1}e}")
    size = abs(rounded)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e15 or not math.isfinite(size):
        mantissa, _, exponent = f"{rounded:.{digits - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent or 0)}"
    unit, suffix = next((entry for entry in _SUFFIXES if size >= entry[0]), (1.0, "")) if size >= 1e4 else (1.0, "")
    return f"{rounded / unit:.{digits}g}{suffix}"


def exact(value: float) -> str:
    """A number with all its digits, as a template may have it."""
    return number(value, _ALL_DIGITS - 2) if value and not 1e-3 <= abs(value) < 1e15 else f"{value:.15g}"


def elapsed(seconds: int) -> str:
    """Time since the start: `0m`, `45s`, `1h30m`, `2d`."""
    parts: list[str] = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0m"
