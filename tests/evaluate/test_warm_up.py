"""What becomes of an alarm that is made in the time that is played, with and without a warm-up.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
"""

from __future__ import annotations

from typing import Any

import pytest

from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Published, SimulationResult
from tests.evaluate.test_world import (
    ACCOUNT,
    HOUR,
    MINUTE,
    REGION,
    START,
    changes,
    composite,
    deployed,
    each_minute,
    metric_alarm,
    unknown,
)

ALARM = AlarmId(ACCOUNT, REGION, "A")


def warm(minutes: int, *, whole: bool | None = None) -> dict[str, Any]:
    only = {} if whole is None else {"OnlyStartEvaluatingAfterWarmUpPeriodEnds": whole}
    return {"WarmUpPeriodDurationInMinutes": minutes, **only}


def made(alarm: dict[str, Any], *given: Published, at: int = 0, minutes: int = 60, **more: Any) -> SimulationResult:
    """The alarm made so many minutes after the start, in an hour."""
    end = START + minutes * MINUTE
    return simulate([deployed(A=alarm, **more)], given, (), START, end, created={ALARM: START + at * MINUTE})


def silent(**changed: Any) -> dict[str, Any]:
    return metric_alarm(TreatMissingData="breaching", **changed)


def test_an_alarm_without_one_takes_the_silence_before_its_first_data_for_trouble() -> None:
    found = made(silent(), each_minute(None, None, 0, 0))

    assert changes(found)[:2] == [(0, "ALARM"), (3 * MINUTE, "OK")]


def test_an_alarm_that_is_made_later_does_nothing_before() -> None:
    assert changes(made(silent(), at=5)) == [(5 * MINUTE, "ALARM")]


def test_while_it_warms_up_it_is_insufficient_data_and_silence_counts_only_afterwards() -> None:
    assert changes(made(silent(WarmUpConfiguration=warm(30)), at=5)) == [(35 * MINUTE, "ALARM")]


def test_the_guides_example_three_periods_of_five_minutes() -> None:
    """Made at 10:00, published from 10:04 on: it is evaluated from 10:19 on."""
    alarm = silent(Period=300, EvaluationPeriods=3, WarmUpConfiguration=warm(30))

    assert changes(made(alarm, each_minute(*[None] * 4, *[0] * 60))) == [(19 * MINUTE, "OK")]


def test_how_many_data_points_alarm_does_not_matter_to_it() -> None:
    """The guide: "The Datapoints to Alarm setting does not affect when warm-up ends.\""""
    alarm = silent(EvaluationPeriods=5, DatapointsToAlarm=1, WarmUpConfiguration=warm(30))

    assert changes(made(alarm, each_minute(*[9] * 60))) == [(5 * MINUTE, "ALARM")]


def test_data_that_was_there_before_the_alarm_fills_its_window() -> None:
    alarm = silent(EvaluationPeriods=5, WarmUpConfiguration=warm(30))

    assert changes(made(alarm, each_minute(*[0] * 60), at=10)) == [(10 * MINUTE, "OK")]


def test_without_a_value_in_the_newest_period_the_window_is_not_full() -> None:
    alarm = silent(EvaluationPeriods=3, DatapointsToAlarm=1, WarmUpConfiguration=warm(30))

    assert changes(made(alarm, each_minute(0, None, None, None, None, 0, *[0] * 60))) == [
        (6 * MINUTE, "ALARM"),
        (8 * MINUTE, "OK"),
    ]


def test_it_waits_for_the_whole_time_where_it_is_told_to() -> None:
    alarm = metric_alarm(WarmUpConfiguration=warm(30, whole=True))

    assert changes(made(alarm, each_minute(*[9] * 60))) == [(30 * MINUTE, "ALARM")]
    alarm = metric_alarm(WarmUpConfiguration=warm(30, whole=False))
    assert changes(made(alarm, each_minute(*[9] * 60))) == [(MINUTE, "ALARM")]


def test_its_actions_are_executed_once_it_is_warm() -> None:
    found = made(silent(WarmUpConfiguration=warm(30)))

    assert [(one.at - START, one.executed) for one in found.transitions] == [(30 * MINUTE, START + 30 * MINUTE)]


def test_a_composite_sees_no_alarm_in_one_that_warms_up() -> None:
    found = made(silent(WarmUpConfiguration=warm(30)), C=composite("ALARM(A)"))

    assert changes(found, "C") == [(0, "OK"), (30 * MINUTE, "ALARM")]


def test_an_alarm_of_which_nothing_says_when_it_was_made_is_warm() -> None:
    found = simulate([deployed(A=silent(WarmUpConfiguration=warm(30)))], [], (), START, START + 10 * MINUTE)

    assert changes(found) == [(0, "OK"), (5 * MINUTE, "ALARM")]


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ({"WarmUpPeriodDurationInMinutes": 2881}, "a warm-up of 2,881 minutes"),
        ({"WarmUpPeriodDurationInMinutes": 0}, "WarmUpPeriodDurationInMinutes: 0 is not a whole number"),
        ({}, "WarmUpPeriodDurationInMinutes: it is not there"),
    ],
)
def test_a_warm_up_that_cloudwatch_refuses_is_not_known(configuration: dict[str, Any], reason: str) -> None:
    assert reason in unknown(made(metric_alarm(WarmUpConfiguration=configuration)))["A"]


def test_an_alarm_that_is_looked_at_once_an_hour_is_looked_at_once_it_is_made() -> None:
    alarm = silent(Period=HOUR, EvaluationPeriods=30, WarmUpConfiguration=warm(90))

    assert changes(made(alarm, minutes=240)) == [(2 * HOUR, "ALARM")]
