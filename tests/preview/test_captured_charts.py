"""Charts of captured data: the values that AWS had, and gaps where it had none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generator.capture.read import read_capture
from generator.evaluate.math.grid import Grid
from generator.evaluate.types import MetricId
from generator.preview.data.captured import CapturedSource
from generator.preview.data.chart_source import MetricSearch, PlottedMetric
from tests.captures import ALPHA, DATA_FROM, REGION, metric_alarm, minutes, write_capture
from tests.preview.drawn import classed, drawn, graph, words

ERRORS = ("Shop", "Errors", {})
DAY = "2026-11-16T00:00:00Z"
HOUR_S = 3_600
# What was captured ends here.
TO_S = 1_795_996_800
_ARN = f"arn:aws:cloudwatch:{REGION}:{ALPHA}:alarm:{{}}"


@pytest.fixture
def source(tmp_path: Path) -> CapturedSource:
    """A day of data, of which an hour is missing, and two alarms."""
    values: list[float | None] = [1.0] * 600 + [None] * 60 + [4.0] * 780
    rows = {
        "metric-data": [*minutes(ERRORS, values), *minutes(("Shop", "Calls", {"Api": "pay"}), values)],
        "alarms": [metric_alarm("errors", StateValue="ALARM"), metric_alarm("calls", StateValue="OK")],
    }
    window = {"from": DATA_FROM, "fine_from": DATA_FROM, "to": DAY, "statistics": ["Sum"]}
    folder = write_capture(tmp_path / "capture", {(ALPHA, REGION): rows}, metric_data=window)
    return CapturedSource(read_capture(folder))


def day_of(source: CapturedSource, name: str = "Errors", statistic: str = "Sum") -> np.ndarray | None:
    plotted = PlottedMetric(MetricId(ALPHA, REGION, "Shop", name), statistic)
    return source.series(plotted, Grid(source.end_ms // 1000 - 24 * HOUR_S, 300, 288))


def test_values_are_those_of_the_capture_with_its_gap(source: CapturedSource) -> None:
    values = day_of(source)
    assert values is not None
    assert values[0] == 5.0 and values[-1] == 20.0 and np.isnan(values[120:132]).all() and np.isnan(values).sum() == 12


def test_what_was_not_captured_has_no_values(source: CapturedSource) -> None:
    assert day_of(source, "Others") is None and day_of(source, "Errors", "p99") is None
    assert day_of(source, "Errors", "nonsense") is None


def test_a_chart_has_the_gap_and_says_what_its_data_is(source: CapturedSource) -> None:
    row = ["Shop", "Errors", {"stat": "Sum", "accountId": ALPHA}]
    root = drawn(graph(metrics=[row], period=300), body={"start": "-PT24H"}, source=source)
    (line,) = classed(root, "c-l")
    assert line.get("d", "").count("M") == 2
    assert words(classed(root, "w-note")[0]) == "captured data"


def test_a_number_is_the_latest_or_that_of_the_whole_window(source: CapturedSource) -> None:
    row = ["Shop", "Errors", {"stat": "Sum", "accountId": ALPHA}]
    day = {"metrics": [row], "view": "singleValue", "start": "-PT24H"}
    for is_whole, number in ((False, "20"), (True, "3.72k")):
        root = drawn(graph(**day, setPeriodToTimeRange=is_whole), source=source)
        assert words(classed(root, "w-number")[0][0]) == number


def test_a_metric_that_is_not_there_is_named(source: CapturedSource) -> None:
    root = drawn(graph(metrics=[["Shop", "Others", {"accountId": ALPHA}]]), source=source)
    assert "No data to draw" in words(root) and "Others: no data in the capture" in words(root)


def test_a_search_finds_what_was_captured(source: CapturedSource) -> None:
    terms = {"MetricName": ("Calls", "Errors"), "Api": ("pay",)}
    found = source.matches(MetricSearch("Shop", ("Api",), REGION, (ALPHA,), terms))
    assert [metric.name for metric in found] == ["Calls"]
    assert not source.matches(MetricSearch("Shop", ("Api",), REGION, ("333333333333",), terms))
    search = "SEARCH('{Shop,Api} MetricName=\"Calls\"', 'Sum', 300)"
    root = drawn(graph(metrics=[[{"expression": search, "label": "${PROP('Dim.Api')}"}]]), source=source)
    assert words(classed(root, "w-legend")[0]) == "pay" and len(classed(root, "c-l")) == 1


def test_what_only_aws_answers_is_said(source: CapturedSource) -> None:
    rows = [
        [{"expression": "INSIGHT_RULE_METRIC('callers', 'UniqueContributors')", "label": "callers"}],
        [{"expression": 'SELECT MAX(Errors) FROM "Shop"', "label": "query"}],
    ]
    text = words(drawn(graph(metrics=rows), source=source))
    assert "callers: INSIGHT_RULE_METRIC reads a Contributor Insights rule" in text
    assert "query: CloudWatch alone answers a Metrics Insights query" in text


def test_alarms_have_the_states_that_aws_gave(source: CapturedSource) -> None:
    arns = [_ARN.format(name) for name in ("errors", "calls", "gone")]
    tiles = [
        [words(part) for part in tile]
        for tile in classed(drawn({"type": "alarm", "properties": {"alarms": arns}}, source=source), "w-tile")
    ]
    assert tiles == [["calls", "OK · alpha"], ["errors", "In alarm · alpha"], ["gone", "Unknown · alpha"]]


def test_a_capture_without_metric_data_draws_nothing(tmp_path: Path) -> None:
    folder = write_capture(tmp_path / "capture", {(ALPHA, REGION): {"alarms": []}}, metric_data=None)
    source = CapturedSource(read_capture(folder), "backtest")
    assert source.kind == "backtest" and day_of(source) is None
    assert "No data to draw" in words(drawn(graph(), source=source))
