"""The approximated anomaly detection band: what it promises, not what CloudWatch's model would say."""

from __future__ import annotations

import math
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.math.band import band
from generator.evaluate.math.evaluation import evaluate
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.parser import read
from generator.evaluate.math.series import Series

HOUR = 3600
WEEK = 7 * 24
TWO_WEEKS = 2 * WEEK * HOUR


def slow(series: list[float], grid: Grid, deviations: float) -> list[tuple[float, float]]:
    """The same definition, a period at a time."""
    bounds = []
    for place in range(grid.count):
        now = grid.start + place * grid.period
        past = [(grid.start + at * grid.period, series[at]) for at in range(place) if not math.isnan(series[at])]
        recent = [(time, number) for time, number in past if time >= now - TWO_WEEKS]
        bounds.append((math.nan, math.nan))
        for hours in (WEEK, 24, 1):
            alike = [number for time, number in recent if time // HOUR % hours == now // HOUR % hours]
            if len(alike) >= 8:
                middle, spread = fmean(alike), pstdev(alike)
                bounds[-1] = (middle - deviations * spread, middle + deviations * spread)
                break
    return bounds


points = st.sampled_from([math.nan, 0.0, 1.0, 5.0, 100.0, -3.0])


@settings(max_examples=100, deadline=None)
@given(
    series=st.lists(points, max_size=60) | st.lists(points, min_size=100, max_size=140),
    period=st.sampled_from([300, 1800, 3600, 14400, 86400]),
    start=st.integers(0, 400).map(lambda hours: hours * HOUR),
)
def test_band_is_mean_and_deviations_of_the_past_in_its_season(series: list[float], period: int, start: int) -> None:
    grid = Grid(start, period, len(series))
    lower, upper = band(np.array(series), 2.0, grid)
    expected = np.array(slow(series, grid, 2.0)).reshape(-1, 2)
    np.testing.assert_allclose(lower, expected[:, 0], atol=1e-5)
    np.testing.assert_allclose(upper, expected[:, 1], atol=1e-5)


def seasonal(weeks: int) -> Series:
    """Hours that are busy by day and quiet on Sundays."""
    hours = np.arange(weeks * WEEK)
    by_day = 100.0 + 50.0 * np.sin(hours * 2 * math.pi / 24)
    return np.where(hours // 24 % 7 == 3, by_day / 10, by_day)  # day 3 after a Thursday is a Sunday


def test_flat_metric_has_a_band_without_width() -> None:
    lower, upper = band(np.full(50, 7.0), 2.0, Grid(0, 300, 50))
    assert np.isnan(lower[:8]).all()
    assert lower[8:].tolist() == upper[8:].tolist() == [7.0] * 42


def test_spike_is_outside_of_a_band_that_does_not_yet_know_it() -> None:
    series = 10.0 + np.arange(200) % 3
    series[150] = 1000.0
    lower, upper = band(series, 3.0, Grid(0, 300, 200))
    assert series[150] > upper[150]
    assert upper[150] < 20
    assert upper[151] > 20
    assert ((lower[8:150] <= series[8:150]) & (series[8:150] <= upper[8:150])).all()


def test_minutes_of_a_sunday_are_compared_with_sundays() -> None:
    """Four points an hour make eight in two weeks, so the band of the third Sunday is low."""
    series = np.repeat(seasonal(3), 4)
    _lower, upper = band(series, 2.0, Grid(0, 900, series.size))
    sunday = (2 * WEEK + 3 * 24 + 12) * 4
    assert upper[sunday] < 20
    assert upper[sunday + 24 * 4] > 90


def test_more_deviations_make_a_wider_band_and_two_are_the_default() -> None:
    grid = Grid(0, 300, 100)
    metrics = {"m1": 10.0 + np.arange(100.0) % 7}
    narrow = evaluate(read("ANOMALY_DETECTION_BAND(m1, 1)"), metrics, grid, {})
    default = evaluate(read("ANOMALY_DETECTION_BAND(m1)"), metrics, grid, {})
    wide = evaluate(read("ANOMALY_DETECTION_BAND(m1, 2)"), metrics, grid, {})
    assert isinstance(narrow, tuple)
    assert isinstance(default, tuple)
    assert isinstance(wide, tuple)
    assert np.array_equal(default, wide, equal_nan=True)
    np.testing.assert_allclose((wide[1] - wide[0])[8:], 2 * (narrow[1] - narrow[0])[8:])


def test_first_is_the_lower_and_last_the_upper_bound() -> None:
    grid = Grid(0, 300, 30)
    metrics = {"m1": np.arange(30.0) % 5}
    both = evaluate(read("ANOMALY_DETECTION_BAND(m1)"), metrics, grid, {})
    assert isinstance(both, tuple)
    for function, bound in (("FIRST", both[0]), ("LAST", both[1])):
        found = evaluate(read(f"{function}(ANOMALY_DETECTION_BAND(m1))"), metrics, grid, {})
        assert isinstance(found, np.ndarray)
        assert np.array_equal(found, bound, equal_nan=True)
    assert (both[0][8:] < both[1][8:]).all()


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_little_data_has_no_band(count: int) -> None:
    lower, upper = band(np.ones(count), 2.0, Grid(0, 60, count))
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


def test_a_year_of_minutes_takes_no_more_than_a_moment() -> None:
    """A pass for each period would be half a million of them over twenty thousand others."""
    count = 365 * 24 * 60
    lower, _upper = band(np.sin(np.arange(count) / 1000.0), 2.0, Grid(0, 60, count))
    assert not np.isnan(lower[8:]).any()
