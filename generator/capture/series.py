"""Metric data of a capture: values at equal distances, with long runs of one value written once.

Most series of alarms are constant for hours (no errors) or sparse (a value each five minutes): as runs, fifteen days of
minutes take hundreds of bytes instead of a hundred kilobytes, and stay readable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from math import isfinite
from typing import Any, NamedTuple

from generator.capture.times import format_s

# Shorter runs are no shorter as runs.
SHORTEST_RUN = 4
# 63 days of five minutes, and 15 days of minutes, have less.
MOST_VALUES = 100_000
# What minutes compose: any longer period's value follows from those of its minutes.
BASIC = ("Maximum", "Minimum", "SampleCount", "Sum")
Value = float | None
# The largest float has 309 digits.
_LONG = re.compile(rb"\d{309}")


class SeriesKey(NamedTuple):
    """A metric. account: its owner. dimensions: sorted by name. unit: what an alarm asks for; None for any."""

    account: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str | None = None


def pack(values: Sequence[Value]) -> list[Any]:
    """Values as a line has them: `[value, count]` for at least SHORTEST_RUN equal ones."""
    packed: list[Any] = []
    for value, group in groupby(values):
        count = sum(1 for _ in group)
        packed += [[value, count]] if count >= SHORTEST_RUN else [value] * count
    return packed


def unpack(packed: object) -> list[Value]:
    """The values of a line. Raises ValueError where they are none, or more than MOST_VALUES."""
    if not isinstance(packed, list):
        raise ValueError("expected `values` to be a list")
    kinds = set(map(type, packed))
    unknown = kinds - {int, float, type(None), list}
    if unknown:
        raise ValueError(f"expected a number or null in `values`, got a {min(kind.__name__ for kind in unknown)}")
    values: list[Value] = []
    start = 0
    # Runs are few: what is between two of them is taken as a whole.
    runs = [index for index, entry in enumerate(packed) if type(entry) is list] if list in kinds else []
    for index in runs:
        values += packed[start:index]
        values += _run(packed[index], MOST_VALUES - len(values))
        start = index + 1
    values += packed[start:]
    if len(values) > MOST_VALUES:
        raise ValueError(f"expected at most {MOST_VALUES} values, got {len(values)}")
    return values


def _run(entry: list[Any], most: int) -> list[Value]:
    is_run = len(entry) == 2 and _is_value(entry[0]) and type(entry[1]) is int and 0 < entry[1] <= most
    if not is_run:
        raise ValueError(f"expected a run `[value, count]` within {MOST_VALUES} values, got `{entry}`"[:120])
    return [entry[0]] * entry[1]


def _is_value(value: object) -> bool:
    return value is None or type(value) in (int, float)


def series_row(
    key: SeriesKey, statistic: str, period_s: int, step_s: int, start_ms: int, values: Sequence[Value]
) -> dict[str, Any]:
    """A series as its row. values: one a step from start_ms; what has no data at both ends is cut off."""
    first = next((index for index, value in enumerate(values) if value is not None), 0)
    last = next((index for index in range(len(values), 0, -1) if values[index - 1] is not None), first)
    return {
        "account": key.account,
        "namespace": key.namespace,
        "name": key.name,
        "dimensions": dict(key.dimensions),
        "unit": key.unit,
        "statistic": statistic,
        "period_s": period_s,
        "step_s": step_s,
        "start": format_s(start_ms + 1000 * step_s * first),
        "values": pack([_short(value) for value in values[first:last]]),
    }


def _short(value: Value) -> Value:
    """A whole number without its fraction, as long as it stays the same number."""
    return int(value) if value is not None and abs(value) < 2**53 and value == int(value) else value


@dataclass
class MetricSeries:
    """One statistic of a metric. load: gives the values, called once and when they are first needed.

    Value number i is of the window that begins at start_ms + i × step_s and lasts period_s.
    """

    key: SeriesKey
    statistic: str
    period_s: int
    step_s: int
    start_ms: int
    load: Callable[[], list[Value]] = field(repr=False)

    @cached_property
    def values(self) -> list[Value]:
        """All values; None where there was no data. Raises BadCapture where the line is corrupt."""
        return self.load()

    def dense(self, from_ms: int, to_ms: int) -> list[Value]:
        """The values from one time to another, None outside of what was captured; both are multiples of the step."""
        step_ms = 1000 * self.step_s
        first, count = (from_ms - self.start_ms) // step_ms, max(0, (to_ms - from_ms) // step_ms)
        before = min(count, max(0, -first))
        inside = self.values[max(0, first) : max(0, first + count)]
        return [*[None] * before, *inside, *[None] * (count - before - len(inside))]


class SeriesIndex:
    """The series of an account and Region."""

    def __init__(self, series: Sequence[MetricSeries]) -> None:
        self._series = {(line.key, line.statistic, line.period_s, line.step_s): line for line in series}

    def __iter__(self) -> Iterator[MetricSeries]:
        return iter(self._series.values())

    def keys(self) -> tuple[SeriesKey, ...]:
        """The metrics that have series, in the order of the file."""
        return tuple(dict.fromkeys(series.key for series in self))

    def get(self, key: SeriesKey, statistic: str, period_s: int = 60, step_s: int | None = None) -> MetricSeries | None:
        """A series; None where it was not captured. step_s: the period by default. Average is computed."""
        step_s = step_s or period_s
        series = self._series.get((key, statistic, period_s, step_s))
        if series or statistic != "Average":
            return series
        total, count = (self.get(key, name, period_s, step_s) for name in ("Sum", "SampleCount"))
        return _average(total, count) if total and count else None


def _average(total: MetricSeries, count: MetricSeries) -> MetricSeries:
    """Sum / SampleCount, which is how CloudWatch computes it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """

    def load() -> list[Value]:
        counts = count.dense(total.start_ms, total.start_ms + len(total.values) * total.step_s * 1000)
        pairs = zip(total.values, counts, strict=True)
        return [value / number if value is not None and number else None for value, number in pairs]

    return MetricSeries(total.key, "Average", total.period_s, total.step_s, total.start_ms, load)


def values_text(text: bytes) -> list[Value]:
    """The values of the text of a JSON list. Raises ValueError."""
    values = unpack(json.loads(text, parse_constant=_refuse))
    # Python reads 1e999 as infinity; only numbers with an exponent or so many digits can be so large.
    may_be_large = b"e" in text.lower() or _LONG.search(text)
    if may_be_large and any(value is not None and _is_too_large(value) for value in values):
        raise ValueError("`values` has a number that is too large")
    return values


def _is_too_large(value: float) -> bool:
    try:
        return not isfinite(value)
    except OverflowError:
        return True


def _refuse(constant: str) -> None:
    raise ValueError(f"`{constant}` is no JSON")
