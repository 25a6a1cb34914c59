"""Generated tests notice a changed template: threshold, comparison, M, N and missing data of every alarm."""

from __future__ import annotations

from generator.evaluate.template import MetricAlarm
from tests.scenarios.mutations import example, survivors


def test_every_changed_alarm_of_the_example_is_noticed() -> None:
    stage = example("prod")
    alive, counted = survivors(stage)
    assert set(counted) == {
        "Threshold",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "EvaluationPeriods",
        "TreatMissingData",
    }
    # For a count, more than five is more than five and a half; an expression that fills gaps has none, and seldom meets
    # a threshold exactly.
    fills = {one.alarm.name for one in stage.alarms.values() if isinstance(one, MetricAlarm) and _fills(one)}
    counts = {"5.5", "1.1"}
    assert [
        one
        for one in alive
        if not (one.what == "Threshold" and str(one.value) in counts)
        and not (one.alarm in fills and (one.what == "TreatMissingData" or "OrEqual" in str(one.value)))
    ] == []
    assert len(alive) < sum(counted.values()) / 10


def _fills(alarm: MetricAlarm) -> bool:
    return any("FILL(" in entry.expression for entry in alarm.entries)
