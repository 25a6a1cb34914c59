"""Statistics of a period, by the definitions of the guide, on numbers that can be reckoned by hand.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.evaluate.metrics.statistics import NoStatistic, few_samples, statistic

HUNDRED = np.arange(1.0, 101.0)


def of(name: str, values: np.ndarray = HUNDRED) -> float | None:
    found = statistic(name)
    assert not isinstance(found, NoStatistic), found
    return found(values)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sum", 5050.0),
        ("Average", 50.5),
        ("Minimum", 1.0),
        ("Maximum", 100.0),
        ("SampleCount", 100.0),
        ("IQM", 50.5),
        ("p50", 50.0),
        ("p99", 99.0),
        ("p98.5", 99.0),
        ("p100", 100.0),
        ("p0", 1.0),
        ("tm90", 45.5),  # the mean of 1 to 90
        ("TM(10%:90%)", 50.5),
        ("TM(:90%)", 45.5),
        ("TM(10%:)", 55.5),
        ("TM(50:60)", 55.5),  # above 50, up to 60
        ("TM(:10)", 5.5),
        ("wm90", (45.5 * 90 + 90 * 10) / 100),  # the ten highest count as the ninetieth
        ("WM(:90)", (45.5 * 90 + 90 * 10) / 100),
        ("tc90", 90.0),
        ("TC(0:10)", 10.0),
        ("ts90", 4095.0),
        ("TS(90%:)", 955.0),
        ("PR(:30)", 30.0),
        ("PR(10:30)", 20.0),
    ],
)
def test_a_hundred_values(name: str, expected: float) -> None:
    assert of(name) == pytest.approx(expected)


def test_where_nothing_is_left_there_is_no_mean_but_a_count() -> None:
    assert (of("TM(200:300)"), of("TC(200:300)"), of("TS(200:300)"), of("PR(200:300)")) == (None, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "name", ["sum", "p101", "p", "TM(:)", "TM(90%:10%)", "TM(10%:90)", "PR(10%:20%)", "TM(5:1)", "p99.99999999999", ""]
)
def test_what_is_no_statistic(name: str) -> None:
    assert isinstance(statistic(name), NoStatistic)


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(np.array)


@given(VALUES.map(np.abs), st.sampled_from(["p1", "p50", "p99.9", "tm95", "wm95", "IQM", "Average", "TM(2%:98%)"]))
def test_no_mean_or_percentile_leaves_the_values(values: np.ndarray, name: str) -> None:
    found = of(name, values)
    assert found is not None
    assert values.min() - 1e-6 <= found <= values.max() + 1e-6


@given(VALUES.map(np.abs), st.integers(0, 100))
def test_a_percentile_is_the_highest_of_the_values_that_remain(values: np.ndarray, percent: int) -> None:
    assert of(f"p{percent}", values) == np.percentile(values, percent, method="inverted_cdf")


@pytest.mark.parametrize("values", [[-1.0], [5.0, -0.5, 7.0]])
def test_where_a_value_is_negative_there_is_no_percentile(values: list[float]) -> None:
    """API_GetMetricStatistics: not available "when any of the metric values are negative numbers"."""
    assert of("p99", np.array(values)) is None
    assert of("tm99", np.array(values)) is not None


@pytest.mark.parametrize(("name", "expected"), [("p50", 1.0), ("p51", 2.0), ("p99", 2.0)])
def test_a_percentile_of_two_values_is_one_of_them(name: str, expected: float) -> None:
    assert of(name, np.array([2.0, 1.0])) == expected


@given(VALUES)
def test_the_order_in_which_values_come_means_nothing(values: np.ndarray) -> None:
    for name in ("p90", "tm90", "WM(10%:90%)", "TS(:90%)"):
        assert of(name, values) == pytest.approx(of(name, values[::-1]))


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
@pytest.mark.parametrize(
    ("name", "few", "enough"), [("p99", 999, 1000), ("p50", 19, 20), ("p10", 99, 100), ("p99.9", 9999, 10_000)]
)
def test_how_few_samples_are_few(name: str, few: int, enough: int) -> None:
    assert (few_samples(name, few), few_samples(name, enough)) == (True, False)
    assert not few_samples("tm99", few)
