"""Sample data: the same everywhere, like the metric, and near its threshold."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from generator.evaluate.math.grid import Grid
from generator.evaluate.types import MetricId
from generator.preview.data.chart_source import DrawnLimit, MetricSearch, PlottedMetric
from generator.preview.data.measures import measure_of, unit_of
from generator.preview.data.sample import SAMPLE_END_MS, SampleSource
from tests.support import ROOT

GRID = Grid(SAMPLE_END_MS // 1000 - 10_800, 60, 180)


def values(name: str, statistic: str = "Average", limit: DrawnLimit | None = None, account: str = "1") -> np.ndarray:
    plotted = PlottedMetric(MetricId(account, "us-east-1", "Shop", name), statistic, "", limit)
    return SampleSource().series(plotted, GRID)


def test_another_process_has_the_same_values() -> None:
    code = (
        "from generator.preview.data import sample, chart_source as c; from generator.evaluate.types import MetricId;"
        "from generator.evaluate.math.grid import Grid; m = MetricId('1', 'us-east-1', 'Shop', 'Latency');"
        "g = Grid(sample.SAMPLE_END_MS // 1000 - 10_800, 60, 180);"
        "print(sample.SampleSource().series(c.PlottedMetric(m, 'p99'), g).sum().hex())"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == values("Latency", "p99").sum().hex()


def test_a_window_twice_as_long_ends_with_the_same_values() -> None:
    plotted = PlottedMetric(MetricId("1", "us-east-1", "Shop", "Requests"), "Sum")
    longer = SampleSource().series(plotted, Grid(GRID.start - 10_800, 60, 360))
    assert np.array_equal(longer[180:], SampleSource().series(plotted, GRID))


def test_accounts_differ() -> None:
    assert not np.array_equal(values("Requests", "Sum"), values("Requests", "Sum", account="2"))


def test_values_look_like_their_metric() -> None:
    assert values("CPUUtilization").min() >= 0 and values("CPUUtilization").max() <= 100
    errors = values("Errors", "Sum")
    assert (errors == 0).mean() > 0.5 and (errors > 0).any() and np.array_equal(errors, np.rint(errors))
    assert values("Duration", "p50").mean() < values("Duration", "p99").mean()
    assert (values("Requests", "Sum") > 0).all()


def test_some_cross_their_threshold_and_most_values_do_not() -> None:
    limit = DrawnLimit(500.0)
    peaks = [values(f"Latency{number}", "Average", limit) for number in range(30)]
    crossing = sum(row.max() > 500 for row in peaks)
    assert 3 <= crossing <= 20
    assert all(np.median(row) < 500 and row.max() > 100 for row in peaks)


def test_a_lower_threshold_has_values_above_it() -> None:
    rows = [values(f"Healthy{number}", "Minimum", DrawnLimit(2.0, is_upper=False)) for number in range(12)]
    assert all(np.median(row) > 2 for row in rows) and any(row.min() < 2 for row in rows)
    share = values("SuccessPercent", "Average", DrawnLimit(99.0, is_upper=False))
    assert share.max() <= 100 and np.median(share) > 99


def test_a_search_has_a_metric_of_each_of_a_few_accounts() -> None:
    search = MetricSearch(
        "AWS/EC2", ("InstanceId",), "us-east-1", ("1", "2", "3", "4"), {"MetricName": ("CPUUtilization",)}
    )
    assert [metric.account for metric in SampleSource().matches(search)] == ["1", "2", "3"]
    alone = MetricSearch("AWS/EC2", ("InstanceId",), "us-east-1", ("1",), {"MetricName": ("CPUUtilization",)})
    assert [metric.dimensions for metric in SampleSource().matches(alone)] == [
        (("InstanceId", f"sample-{number}"),) for number in (1, 2, 3)
    ]


def test_units_are_those_of_aws() -> None:
    assert unit_of("AWS/Lambda", "Duration", "p99") == "Milliseconds"
    assert unit_of("AWS/EC2", "CPUUtilization", "Average") == "Percent"
    assert unit_of("Shop", "Orders", "Sum") == "" and unit_of("Shop", "Orders", "SampleCount") == "Count"
    assert measure_of("x" * 100_000) == "count" and measure_of("Whatever", "Milliseconds") == "latency"
