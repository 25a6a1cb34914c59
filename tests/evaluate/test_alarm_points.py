"""Expressions are the same whether all evaluations are one row or each phase of the sliding window is its own."""

from __future__ import annotations

import pytest

from generator.evaluate import alarm_points
from generator.evaluate.play import Played
from tests.evaluate.test_world import changes, deployed, each_minute, metric_alarm, played

BAD = (0, 9, None, None, 4, 30, None, 1, 0, None, 7, 7, 120, None, 3, 0, 0, 50) * 4
ALL = (100, 200, None, 50, None, 60, 10, None, 90, 80, 0, 0, 300, None, 5, 5, 70, 60) * 4


def look(expression: str) -> Played:
    entries = [
        {
            "Id": key,
            "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": key}, "Period": 300, "Stat": "Sum"},
            "ReturnData": False,
        }
        for key in ("bad", "all")
    ]
    watched = {"Id": "e", "Expression": expression}
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    alarm = metric_alarm(**plain, Metrics=[*entries, watched], EvaluationPeriods=2, TreatMissingData="missing")
    return played(deployed(A=alarm), each_minute(*BAD, name="bad"), each_minute(*ALL, name="all"), minutes=72)


@pytest.mark.parametrize(
    "expression",
    [
        "bad",
        "100 * bad / all",
        "IF(FILL(all, 0) > 100, 100 * FILL(bad, 0) / all, 0)",
        "SUM([bad, all])",
        "MAX(METRICS()) - MIN([bad, all])",
        "ABS(bad - all)",
        "FIRST([bad, all]) / 10",
        "FILL(bad, all)",
        "IF(bad > 5 AND all < 300, bad)",
        "STDDEV([bad, all])",
        "FILL(bad, REPEAT)",
        "RATE(bad) * 60",
        "DIFF(FILL(bad, 0))",
    ],
)
def test_all_evaluations_at_once_are_those_of_each_phase(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    together = look(expression)
    assert not together.unknown
    monkeypatch.setattr(alarm_points, "_is_by_period", lambda _request: False)
    apart = look(expression)
    assert together.transitions == apart.transitions
    assert [list(one.values) for one in together.watched] == [list(one.values) for one in apart.watched]


def test_something_comes_of_them() -> None:
    assert len(changes(look("100 * bad / all"))) > 3
