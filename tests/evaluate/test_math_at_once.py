"""Expressions that make each data point of those of its own period alone are evaluated for all evaluations at once.

Whether that is so is decided by a list; here each of its functions is held to what the phases give one by one.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.alarms import points as alarm_points
from generator.evaluate.simulate import simulate
from generator.evaluate.types import Published, SimulationResult
from tests.evaluate.test_world import MINUTE, START, deployed, math_alarm, metric

VALUES = st.lists(st.one_of(st.none(), st.floats(-100, 100, width=32)), min_size=3, max_size=40)
EXPRESSIONS = (
    "100 * m1 / m2",
    "IF(m2 > 10, m1, 0)",
    "IF(m1 > m2, m1)",
    "FILL(m1, 0) + FILL(m2, m1)",
    "SUM(METRICS()) - MAX([m1, m2]) + AVG(METRICS())",
    "ABS(m1) + CEIL(m2) - FLOOR(m1) + LOG(m1) + LOG10(m2)",
    "FIRST(METRICS()) * PERIOD(m1) + LAST(METRICS()) * METRIC_COUNT(METRICS())",
    "MIN(SLICE(METRICS(), 0, 2)) + STDDEV(METRICS()) + TIME_SERIES(3)",
    "(m1 > 0 && m2 > 0) || m1 < -50",
    "FILL(m1, REPEAT)",
    "RATE(m1) * 60",
    "DIFF(FILL(m1, 0))",
)


def five_minutes(key: str, name: str) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 300, "Stat": "Sum"}
    return {"Id": key, "MetricStat": stat, "ReturnData": False}


def played(expression: str, values: tuple[list[float | None], list[float | None]]) -> SimulationResult:
    expressed = {"Id": "x", "Expression": expression}
    alarm = math_alarm(expressed, five_minutes("m1", "Errors"), five_minutes("m2", "Calls"))
    given_ = [
        Published(metric(name), START, MINUTE, tuple(None if one is None else (one,) for one in series))
        for name, series in zip(("Errors", "Calls"), values, strict=True)
    ]
    return simulate([deployed(A=alarm)], given_, [], START, START + 45 * MINUTE)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_at_once_is_as_one_by_one(expression: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.tuples(VALUES, VALUES))
    def holds(values: tuple[list[float | None], list[float | None]]) -> None:
        at_once = played(expression, values)
        assert at_once.watched, at_once.unknown
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(alarm_points, "_is_by_period", lambda _request: False)
            slowly = played(expression, values)
        assert at_once.transitions == slowly.transitions
        assert list(at_once.watched[0].values) == list(slowly.watched[0].values)

    holds()
