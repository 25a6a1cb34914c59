"""Generated tests notice a changed template: threshold, comparison, M, N and missing data of every alarm."""

from __future__ import annotations

from tests.scenarios.mutations import example, survivors


def test_every_changed_alarm_of_the_example_is_noticed() -> None:
    alive, counted = survivors(example("prod"))
    assert set(counted) == {
        "Threshold",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "EvaluationPeriods",
        "TreatMissingData",
    }
    # More than five errors are more than five and a half: for whole numbers it is the same alarm.
    assert {(one.alarm, one.value) for one in alive} == {
        ("application-error-alarm-prod", 5.5),
        ("application-error-alarm-prod", 1.1),
    }
