"""Numbers, times and paths of charts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from generator.preview.charts.numbers import round_ticks, short_number, ticks_between, with_unit
from generator.preview.charts.paths import area_path, fewer, line_path
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.dashboards.window import chart_window, drawn_period, duration_s, grid_of

NAN = math.nan
NOON = 1_768_392_000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.05, "0.05"), (3, "3"), (14.4, "14.4"), (999.7, "1k"), (1_250, "1.25k"), (96_000, "96k"),
        (2.5e9, "2.5G"), (-40, "-40"), (1e18, "1.0e18"), (NAN, "–"), (math.inf, "–"), (0.000_02, "0.00002"),
    ],
)  # fmt: skip
def test_a_number_has_few_digits(value: float, text: str) -> None:
    assert short_number(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3, "Milliseconds", "3 ms"),
        (3_000, "Milliseconds", "3 s"),
        (12.5, "Percent", "12.5%"),
        (2e6, "Bytes", "2MB"),
        (7, "Count", "7"),
    ],
)
def test_a_number_has_its_unit(value: float, unit: str, text: str) -> None:
    assert with_unit(value, unit) == text


def test_ticks_are_few_round_and_around_the_values() -> None:
    for number in range(2_000):
        low = (-1) ** number * 1.37 ** (number % 90) * (number % 7)
        high, count = low + 1.61 ** (number % 60 - 20), 2 + number % 7
        ticks = round_ticks(low, high, count)
        slack = 1e-6 * max(1.0, abs(low), abs(high))
        assert ticks[0] <= low + slack and ticks[-1] >= high - slack, (low, high, count)
        assert 2 <= len(ticks) <= max(3, count), (low, high, count)


@pytest.mark.parametrize(("low", "high"), [(0, 50), (0, 100), (0, 7), (99, 100), (-3, 1e9)])
def test_limits_of_a_body_are_ticks(low: float, high: float) -> None:
    ticks = ticks_between(low, high, 5)
    assert ticks[0] == low and ticks[-1] == high and 2 <= len(ticks) <= 6
    assert list(ticks) == sorted(set(ticks))


def test_a_gap_is_a_gap_and_a_value_alone_a_dot() -> None:
    points = [(0.0, 1.0), (1.0, 2.0), (2.0, NAN), (3.0, 4.0), (4.0, NAN)]
    assert line_path(points, lambda value: value) == "M0 1l1 1M3 4h.1"
    assert area_path(points, [(x, 0.0) for x, _ in points], lambda value: value).count("M") == 2


def test_a_level_line_has_two_points() -> None:
    assert line_path([(float(x), 5.0) for x in range(100)], lambda value: value) == "M0 5l99 0"


def test_few_points_keep_every_peak() -> None:
    values = np.zeros(1_440)
    values[[7, 700, 1_439]] = (9, -4, 5)
    points = fewer(values, 60)
    assert len(points) <= 62
    assert {(7.0, 9.0), (700.0, -4.0), (1_439.0, 5.0)} <= set(points)


@pytest.mark.parametrize(
    ("hours", "most", "labels"),
    [
        (3, 4, ["09:00", "10:00", "11:00", "12:00"]),
        (12, 4, ["03:00", "06:00", "09:00", "12:00"]),
        (48, 4, ["01/13", "12:00", "01/14", "12:00"]),
    ],
)
def test_times_are_round(hours: int, most: int, labels: list[str]) -> None:
    written = [label for _, label in ChartWindow(NOON - hours * 3_600, NOON).ticks(most + 1)]
    assert written[-len(labels) :] == labels


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        ("-PT3H", "", (NOON - 10_800, NOON)),
        ("-P30D", "P0D", (NOON - 30 * 86_400, NOON)),
        ("2026-01-14T06:00:00Z", "2026-01-14T09:00:00.000Z", (NOON - 21_600, NOON - 10_800)),
        (None, None, (NOON - 10_800, NOON)),
        ("nonsense", 5, (NOON - 10_800, NOON)),
        ("-P99999D", "", (NOON - 455 * 86_400, NOON)),
        ("9999-12-31T23:59:59Z", "", (NOON - 10_800, NOON)),
    ],
)
def test_a_window_is_as_its_body_says(start: object, end: object, window: tuple[int, int]) -> None:
    assert chart_window(start, end, NOON) == ChartWindow(*window)


def test_durations() -> None:
    assert [duration_s(text) for text in ("-PT12H", "-P7D", "PT1H30M", "-P1M", "x", "-PT")] == [
        43_200, 604_800, 5_400, 2_592_000, None, None,
    ]  # fmt: skip


def test_a_graph_has_no_more_values_than_cloudwatch_draws() -> None:
    month = ChartWindow(NOON - 30 * 86_400, NOON)
    assert drawn_period(60, month) == 3_600
    assert grid_of(month, 3_600).count == 720
    assert drawn_period(60, ChartWindow(NOON - 10_800, NOON)) == 60
