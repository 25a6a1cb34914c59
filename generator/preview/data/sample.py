"""Sample values that look like the metric, the same on every machine: they follow from its identity and the time.

Nothing in them is real. A sample stays near the threshold that the chart draws, and of three metrics one crosses it,
so that a reader sees the line and what would be past it.
"""

from __future__ import annotations

import zlib

import numpy as np

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.evaluate.types import MetricId, State
from generator.preview.data.chart_source import DrawnLimit, MetricSearch, PlottedMetric, SourceKind
from generator.preview.data.measures import Measure, measure_of

# A Wednesday at noon, UTC: sample windows end here, whatever the day is.
SAMPLE_END_MS = 1_768_392_000_000
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60
_GOLDEN, _MIX_A, _MIX_B = (np.uint64(word) for word in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_MOST_MATCHES = 3
# How the values of one period spread: a percentile is so many times their average.
_SPREAD = {"Minimum": 0.45, "p50": 0.85, "p90": 1.7, "p95": 2.1, "p99": 3.0, "p99.9": 4.0, "Maximum": 3.6}
# The same beside a threshold, which the highest of them is near.
_NEAR = {"Minimum": 0.3, "p50": 0.45, "p90": 0.7, "p95": 0.8}
_OF_WHOLES = ("Sum", "SampleCount", "Maximum", "Minimum")


class SampleSource:
    """Sample data. end_ms: when its windows end."""

    kind: SourceKind = "sample"
    note = "sample data"

    def __init__(self, end_ms: int = SAMPLE_END_MS) -> None:
        self.end_ms = end_ms

    def series(self, plotted: PlottedMetric, grid: Grid) -> Series:
        """Values over a grid, without gaps."""
        metric = plotted.metric
        seed = _seed(
            metric.account, metric.region, metric.namespace, metric.name, *(value for _, value in metric.dimensions)
        )
        measure = measure_of(metric.name, plotted.unit)
        if measure == "health" and plotted.limit and plotted.limit.is_upper:
            # The name of an expression: what is bad above a limit is no share of what is well.
            measure = "latency"
        times = grid.start + grid.period * np.arange(grid.count, dtype=np.float64)
        shape = _shape(measure, seed, times, grid.period)
        incident = _incident(seed, times, self.end_ms // 1000, grid.period)
        values = _scaled(measure, plotted, seed, shape, incident, grid.period)
        is_whole = measure in ("count", "errors", "gauge") and plotted.statistic in _OF_WHOLES
        return np.rint(values) if is_whole else values

    def matches(self, search: MetricSearch) -> tuple[MetricId, ...]:
        """A metric of a few accounts, or a few of one: a search has no samples of its own."""
        name = next(iter(search.terms.get("MetricName", ())), "Metric")
        accounts = search.accounts[: _MOST_MATCHES if len(search.accounts) > 1 or not search.dimensions else 1]
        count = _MOST_MATCHES if len(accounts) == 1 and search.dimensions else 1
        return tuple(
            MetricId(account, search.region, search.namespace, name, _dimensions(search, number))
            for account in accounts
            for number in range(1, count + 1)
        )

    def state(self, account: str, region: str, alarm: str) -> State:
        """ALARM for one alarm of eleven, INSUFFICIENT_DATA for one of thirty."""
        seed = _seed(account, region, alarm)
        return "ALARM" if seed % 11 == 0 else "INSUFFICIENT_DATA" if seed % 29 == 1 else "OK"


def _dimensions(search: MetricSearch, number: int) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, next(iter(search.terms.get(name, ())), f"sample-{number}")) for name in sorted(search.dimensions)
    )


def _seed(*words: str) -> int:
    return zlib.crc32("\0".join(words).encode("utf-8", "replace"))


def _part(seed: int, name: str) -> float:
    """From 0 to 1, by a seed and what it is for."""
    return _seed(str(seed), name) % 10_007 / 10_007


def _noise(seed: int, times: Series) -> Series:
    """From 0 to 1 for each time: splitmix64 of the seed and the minute."""
    with np.errstate(over="ignore"):
        mixed = (times / _MINUTE_S).astype(np.uint64) * _GOLDEN + np.uint64(seed)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_A
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_B
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53


def _shape(measure: Measure, seed: int, times: Series, period: int) -> Series:
    """A curve from 0 to about 1: the rhythm of a day, slow drift, and noise that longer periods smooth."""
    phase = 2 * np.pi * (times % _DAY_S) / _DAY_S
    # Least traffic at four at night, most in the afternoon.
    day = 0.5 - 0.5 * np.cos(phase - 2 * np.pi * 4 / 24)
    drift = 0.5 + 0.5 * np.sin(times / (2_100 + 1_700 * _part(seed, "drift")) + 6.28 * _part(seed, "phase"))
    noise = _noise(seed, times)
    rough = 1 / np.sqrt(max(1.0, period / (5 * _MINUTE_S)))
    if measure == "errors":
        often = 0.10 + 0.12 * _part(seed, "often")
        chance = 1 - (1 - often) ** max(1.0, period / (5 * _MINUTE_S))
        errors: Series = np.where(noise < chance, 0.25 + 0.75 * _noise(seed + 1, times), 0.0)
        return errors if period < _HOUR_S else errors * _bad_days(seed, times)
    if measure == "health":
        return 0.04 * noise * (noise > 0.7)
    if measure in ("latency", "age"):
        spikes = np.where(noise > 0.93, 0.35 * _noise(seed + 1, times), 0.0)
        waits: Series = 0.35 + 0.15 * day + 0.12 * drift + rough * (0.22 * (noise - 0.5) + spikes)
        return waits
    traffic: Series = 0.25 + 0.4 * day + 0.15 * drift + rough * 0.24 * (noise - 0.5)
    return traffic


def _bad_days(seed: int, times: Series) -> Series:
    """1 on most days, more on some: over weeks, errors come in outbreaks."""
    return 1 + 9 * np.clip(_noise(seed + 2, times - times % _DAY_S) - 0.85, 0, None) / 0.15


def _incident(seed: int, times: Series, end_s: int, period: int) -> Series:
    """From 0 to 1: a rise in the last hours, where this metric has one."""
    if seed % 3:
        return np.zeros(times.size)
    center = end_s - 60 * (25 + 110 * _part(seed, "when"))
    half = max(60 * (9 + 14 * _part(seed, "long")), 1.5 * period)
    return np.clip(1.35 * (1 - np.abs(times + period / 2 - center) / half), 0, 1)


def _scaled(
    measure: Measure, plotted: PlottedMetric, seed: int, shape: Series, incident: Series, period: int
) -> Series:
    if plotted.limit is not None:
        usual = _NEAR.get(plotted.statistic, 1.0)
        return _near(plotted.limit, measure, seed, usual * shape, (0.5 + 0.5 * usual) * incident)
    level = 0.4 + 1.2 * _part(seed, "level")
    spread = _SPREAD.get(plotted.statistic, 1.0)
    per_period = period / _MINUTE_S if plotted.statistic in ("Sum", "SampleCount") else 1.0
    if measure == "percent":
        return np.clip(100 * (shape * (0.5 + 0.4 * level / 1.6) + 0.25 * incident), 0, 100)
    if measure == "health":
        return np.clip(100 - 100 * shape - 14 * incident, 0, 100)
    if measure == "errors":
        return (3 * shape + 9 * incident) * level
    bases = {"latency": 220.0, "age": 40.0, "bytes": 4.0e8, "gauge": 60.0, "count": 90.0}
    rise = 1 + (0.2 if measure == "count" else 1.4) * incident
    return bases[measure] * level * shape * spread * per_period * rise


def _near(limit: DrawnLimit, measure: Measure, seed: int, shape: Series, incident: Series) -> Series:
    """Values on the good side of a threshold, and past it in an incident."""
    value = limit.value
    size = abs(value) or 1.0
    if limit.is_upper:
        if value <= 0 and measure not in ("errors", "count", "gauge", "age"):
            return value + size * (0.6 * shape - 0.8 + 1.4 * incident)
        usual: Series | float = 0.0 if value <= 0 else (0.45 + 0.2 * _part(seed, "near")) * size * shape
        return usual + incident * size * (1.0 if value > 0 else 3.0)
    if measure in ("percent", "health") and 0 < value <= 100:
        room = 100 - value
        return np.clip(100 - room * (0.35 * shape + 1.7 * incident), 0, 100)
    return np.maximum(value + size * (0.35 + 0.6 * shape) - 1.5 * size * incident, min(0.0, value - size))
