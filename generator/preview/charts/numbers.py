"""Numbers of charts: values a person reads at a glance, and round ones for axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from generator.evaluate.math.series import Series

_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TINY = 1e-12
# Values beyond have no place on a chart, and their differences no digits.
MOST = 1e15
_UNIT_SUFFIXES = {
    "Percent": "%", "Milliseconds": " ms", "Seconds": " s", "Microseconds": " µs", "Bytes": "B",
    "Kilobytes": " kB", "Megabytes": " MB", "Gigabytes": " GB",
    "Bytes/Second": "B/s", "Count/Second": "/s",
}  # fmt: skip


def short_number(value: float) -> str:
    """`1.25k`, `940`, `0.052`: at most four digits."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= MOST:
        return f"{value:.1e}".replace("e+", "e")
    for factor, suffix in _SUFFIXES:
        if size >= factor * 0.9995:
            return f"{_digits(value / factor)}{suffix}"
    return _digits(value)


def _digits(value: float) -> str:
    size = abs(value)
    if size < _TINY:
        return "0"
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else min(6, 2 - math.floor(math.log10(size)))
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_number(value: float) -> str:
    """As `short_number`, but of every digit: `99.95`, which is no `100`. Of a threshold, which decides."""
    size = abs(value)
    if not math.isfinite(value) or size >= MOST:
        return short_number(value)
    factor, suffix = next(((factor, suffix) for factor, suffix in _SUFFIXES if size >= factor), (1.0, ""))
    return f"{np.format_float_positional(float(f'{value / factor:.10g}'), trim='-')}{suffix}"


def with_unit(value: float, unit: str, words: Callable[[float], str] = short_number) -> str:
    """`3 ms`, `12%`, `1.5MB`; the number alone where the unit is a count, or is not known. words: of the number."""
    if unit == "Milliseconds" and abs(value) >= 1_000:
        value, unit = value / 1_000, "Seconds"
    suffix = _UNIT_SUFFIXES.get(unit, "")
    number = words(value)
    return f"{number}{suffix}" if number != "–" else number


def clean(value: float) -> float:
    """A value that fits on a chart."""
    return max(-MOST, min(MOST, value))


def round_ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """At most so many round values, and two at least, from at or below `low` to at or above `high`."""
    low, high = clean(low), clean(high)
    if high - low <= _TINY * max(1.0, abs(low), abs(high)):
        high = low + (abs(low) or 1.0)
    rough = (high - low) / max(1, count - 1)
    size = 10.0 ** math.floor(math.log10(rough))
    for step in (size * factor for factor in (*_STEPS, 20.0, 50.0)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= max(2, count):
            return tuple(index * step for index in range(first, last + 1))
    return low, high


def ticks_between(low: float, high: float, count: int) -> tuple[float, ...]:
    """The round values within limits that a person set: the limits are not moved."""
    slack = _TINY * max(1.0, abs(low), abs(high))
    for ticks in (round_ticks(low, high, most) for most in range(count + 1, 1, -1)):
        if abs(ticks[0] - low) <= slack and abs(ticks[-1] - high) <= slack:
            return ticks
    inside = [tick for tick in round_ticks(low, high, count) if low < tick < high]
    room = (high - low) / (2 * count)
    return (low, *(tick for tick in inside if low + room < tick < high - room), high)


def extent(rows: Iterable[Series]) -> tuple[float, float] | None:
    """The least and the greatest value of some rows, without gaps; None where there is none."""
    known = [row[np.isfinite(row)] for row in rows]
    lows, highs = ([float(pick(row)) for row in known if row.size] for pick in (np.min, np.max))
    return (min(lows), max(highs)) if lows else None
