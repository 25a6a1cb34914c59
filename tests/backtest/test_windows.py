"""Captured minutes give the same state changes as the samples that they are of, whatever the alarm.

The evaluator over raw samples is held to AWS's tables (tests/evaluate/test_alarm_state.py); here minutes of statistics,
as GetMetricData gives them, are held to the evaluator.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.backtest.captured_metric import DataWindow
from generator.backtest.captured_store import CapturedStore
from generator.backtest.windows import composed
from generator.capture.read import read_capture
from generator.capture.times import format_s
from generator.evaluate.metrics.statistics import Statistic, statistic
from generator.evaluate.simulate import simulate, simulate_metrics
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed, MetricId, Published
from tests.captures import series, write_capture

ACCOUNT, REGION = "222222222222", "eu-west-1"
HOUR = 3600
START = 1_800_000_000 // HOUR * HOUR
Samples = Sequence[tuple[float, ...] | None]
KEY = ("Shop", "Latency", {"Service": "pay"})
STATISTICS = ("Sum", "SampleCount", "Minimum", "Maximum", "Average")
COMPARISONS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)

# Quarters: sums of arbitrary fractions depend on the order of the addends.
values_ = st.integers(-40, 240).map(lambda number: number / 4)
samples_ = st.lists(
    st.one_of(st.none(), st.lists(values_, min_size=1, max_size=3).map(tuple)), min_size=90, max_size=90
)
alarms_ = st.fixed_dictionaries(
    {
        "Statistic": st.sampled_from(STATISTICS),
        "Period": st.sampled_from([60, 120, 300, 900, 3600]),
        "EvaluationPeriods": st.integers(1, 5),
        "Threshold": st.sampled_from([0, 1, 2.5, 10, 40]),
        "ComparisonOperator": st.sampled_from(COMPARISONS),
        "TreatMissingData": st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]),
    }
)


def minute_rows(samples: Samples, start: int = START) -> list[dict[str, Any]]:
    """Rows of metric data: what GetMetricData gives for each minute."""
    rows = []
    for name in ("Sum", "SampleCount", "Minimum", "Maximum"):
        of = statistic(name)
        assert isinstance(of, Statistic)
        values = [None if not some else of(np.array(some)) for some in samples]
        rows.append(series(*KEY, name, values, start=format_s(1000 * start), account=ACCOUNT))
    return rows


def store_of(folder: Path, rows: Sequence[dict[str, Any]], window: DataWindow) -> CapturedStore:
    return CapturedStore(read_capture(write_capture(folder, {(ACCOUNT, REGION): {"metric-data": rows}})), window)


def template(properties: dict[str, Any]) -> Deployed:
    dimensions = [{"Name": "Service", "Value": "pay"}]
    whole = {"Namespace": KEY[0], "MetricName": KEY[1], "Dimensions": dimensions, **properties}
    return Deployed({"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": whole}}}, ACCOUNT, REGION)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples_, alarms_, st.data())
def test_minutes_compose_to_what_samples_give(
    tmp_path: Path, samples: Samples, properties: dict[str, Any], data: st.DataObject
) -> None:
    needed = data.draw(st.integers(1, properties["EvaluationPeriods"]))
    deployed, end = template({**properties, "DatapointsToAlarm": needed}), START + 60 * len(samples)
    metric = MetricId(ACCOUNT, REGION, KEY[0], KEY[1], (("Service", "pay"),))
    expected = simulate([deployed], [Published(metric, START, 60, tuple(samples))], (), START, end)
    store = store_of(tmp_path, minute_rows(samples), DataWindow(START, START, end))
    actual = simulate_metrics([read(deployed)], store, end)
    assert not expected.unknown
    assert [(change.at, change.after) for change in actual.transitions] == [
        (change.at, change.after) for change in expected.transitions
    ]


@pytest.mark.parametrize("name", ["Sum", "SampleCount", "Minimum", "Maximum"])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 60])
def test_a_window_has_the_statistic_of_its_parts(name: str, width: int) -> None:
    generator = np.random.default_rng(7)
    values = np.where(generator.random(200) < 0.4, np.nan, generator.normal(size=200).round(2))
    chosen = {"Minimum": np.min, "Maximum": np.max}.get(name, np.sum)
    for at, value in enumerate(composed(name, values, width)):
        parts = values[max(0, at + 1 - width) : at + 1]
        parts = parts[~np.isnan(parts)]
        assert np.isnan(value) if not parts.size else value == pytest.approx(chosen(parts), abs=1e-12)


def test_fractions_do_not_leave_a_rest() -> None:
    """A cumulative sum of 0.1 ends as 0.0999…, and an alarm at `>= 0.1` would miss it."""
    values = np.array([0.3, 1e9 + 0.1, 0.2, 0.1, np.nan, np.nan, 0.1])
    assert composed("Sum", values, 2)[-1] == 0.1
