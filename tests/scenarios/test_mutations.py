"""Generated tests notice a changed template: threshold, comparison, M, N, missing data, period, statistic."""

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
        "Period",
        "Statistic",
    }
    # A burn rate of 14.4 is greater than the threshold or is not, but none is reached exactly: 0.0144 / 0.001 is less.
    assert {(one.alarm, one.value) for one in alive} == {
        ("checkout-availability-fast-1h-alarm-prod", "GreaterThanOrEqualToThreshold"),
        ("checkout-availability-fast-5m-alarm-prod", "GreaterThanOrEqualToThreshold"),
        # Whole instances are counted, and no number of them is between five and five and a half.
        ("high-non-compliance-alarm-prod", 5.5),
    }
