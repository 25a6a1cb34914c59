"""Alarms on several series: contributors of queries with GROUP BY, and of PromQL queries whose result is given.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html: a contributor is OK
or in ALARM, never INSUFFICIENT_DATA, and the alarm is in ALARM while one of them is.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-promql.html: the pending and the recovery period.
"""

from __future__ import annotations

from typing import Any

import pytest

from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Deployed, FoundSeries, MetricId, Published, SimulationResult, State

ACCOUNT, REGION = "123456789012", "eu-west-1"
START, MINUTE = 1_800_000_000, 60
ALARM = AlarmId(ACCOUNT, REGION, "A")
QUERY = 'SELECT SUM(Errors) FROM "AWS/Lambda" GROUP BY FunctionName ORDER BY SUM() DESC'


def grouped(query: str = QUERY, **changed: Any) -> Deployed:
    """More than 5 errors of one function in a minute."""
    properties = {
        "Metrics": [{"Id": "q", "Expression": query, "Period": 60, "ReturnData": True}],
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **changed,
    }
    return Deployed({"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}, ACCOUNT, REGION)


def errors(function: str, *values: float | None) -> Published:
    metric = MetricId(ACCOUNT, REGION, "AWS/Lambda", "Errors", (("FunctionName", function),))
    return Published(metric, START, MINUTE, tuple(None if value is None else (value,) for value in values))


def played(stack: Deployed, *given: Published, minutes: int = 12, state: State | None = None) -> SimulationResult:
    states = {ALARM: state} if state else {}
    return simulate([stack], given, (), START, START + minutes * MINUTE, states=states)


def changes(found: SimulationResult) -> list[tuple[int, str]]:
    return [(change.at - START, change.after) for change in found.transitions]


def of(found: SimulationResult, name: str) -> list[tuple[int, str]]:
    by_name = {"/".join(value for _, value in one.attributes): one for one in found.contributors[ALARM]}
    return [(change.at - START, change.after) for change in by_name[name].transitions]


def test_the_alarm_is_in_alarm_from_the_first_to_the_last_contributor() -> None:
    found = played(grouped(), errors("pay", 0, 6, 0, 0, 0), errors("refund", 0, 0, 9, 9, 0), errors("idle", *[0] * 5))
    assert of(found, "pay") == [(120, "ALARM"), (180, "OK")]
    assert of(found, "refund") == [(180, "ALARM"), (300, "OK")]
    assert of(found, "idle") == []
    assert changes(found) == [(0, "OK"), (120, "ALARM"), (300, "OK")]


@pytest.mark.parametrize("missing", ["breaching", "notBreaching", "ignore", "missing"])
def test_a_contributor_that_disappears_is_ok_whatever_missing_data_is(missing: str) -> None:
    found = played(grouped(TreatMissingData=missing), errors("pay", 0, 6, 6), errors("refund", *[0] * 12))
    # The last data point is in the range that is evaluated for four minutes more, and then nothing is.
    assert of(found, "pay") == [(120, "ALARM"), (480, "OK")]
    assert of(found, "refund") == []
    assert changes(found) == [(0, "OK"), (120, "ALARM"), (480, "OK")]


@pytest.mark.parametrize(
    ("missing", "last"),
    [("breaching", (480, "ALARM")), ("missing", (480, "INSUFFICIENT_DATA")), ("notBreaching", (0, "OK"))],
)
def test_a_query_that_finds_nothing_is_missing_data_of_the_alarm(missing: str, last: tuple[int, str]) -> None:
    assert changes(played(grouped(TreatMissingData=missing), errors("pay", 0, 0, 0)))[-1] == last


def test_datapoints_count_for_each_contributor_by_itself() -> None:
    found = played(
        grouped(EvaluationPeriods=3, DatapointsToAlarm=2), errors("a", 6, 0, 0, 6, 6), errors("b", 0, 6, 0, 0, 0)
    )
    assert of(found, "a") == [(300, "ALARM"), (540, "OK")]
    assert of(found, "b") == []


def test_labels_conditions_and_half_of_a_period() -> None:
    query = QUERY.replace("GROUP", "WHERE FunctionName != 'pay' GROUP")
    found = played(grouped(query), errors("pay", 9, 9), errors("refund", 9, 9))
    assert [one.attributes for one in found.contributors[ALARM]] == [(("FunctionName", "refund"),)]
    assert found.contributors[ALARM][0].evaluated is not None


def test_which_series_a_limit_chooses_is_not_known() -> None:
    query = f"{QUERY} LIMIT 1"
    assert changes(played(grouped(query), errors("a", 6)))[1] == (60, "ALARM")
    found = played(grouped(query), errors("a", 6), errors("b", 6))
    assert found.unknown[ALARM].startswith("q: which 1 of 2 series are the first depends on")


def test_an_alarm_that_begins_in_alarm_is_ok_once_a_contributor_is() -> None:
    found = played(grouped(), errors("pay", 0, 0), state="ALARM")
    assert changes(found)[0] == (60, "OK")


def promql(
    pending: int = 180, recovery: int = 120, interval: int = 60, *, others: dict[str, Any] | None = None
) -> Deployed:
    criteria = {"PromQLCriteria": {"Query": "depth > 5", "PendingPeriod": pending, "RecoveryPeriod": recovery}}
    properties = {"EvaluationCriteria": criteria, "EvaluationInterval": interval}
    resources = {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}, **(others or {})}
    return Deployed({"Resources": resources}, ACCOUNT, REGION)


def answered(stack: Deployed, *series: str, step: int = MINUTE) -> SimulationResult:
    """Each series has a mark for each step: `x` where the query finds it."""
    results = [
        FoundSeries(ALARM, (("queue", str(number)),), START, step, tuple(mark == "x" for mark in text))
        for number, text in enumerate(series)
    ]
    return simulate([stack], (), (), START, START + 12 * MINUTE, results=results)


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        # Found from minute 1 on: three minutes later it has been breaching for the pending period.
        ("_xxxx________", [(240, "ALARM"), (420, "OK")]),
        ("_xxx_________", []),
        ("_xx_xxx______", []),
        # One evaluation without it is no recovery, and the recovery begins again.
        ("xxxx_xx_x_____", [(180, "ALARM"), (660, "OK")]),
    ],
)
def test_pending_and_recovery_periods(series: str, expected: list[tuple[int, str]]) -> None:
    found = answered(promql(), series)
    assert of(found, "0") == expected
    assert changes(found) == [(0, "OK"), *expected]


def test_periods_of_zero_need_one_evaluation() -> None:
    assert of(answered(promql(0, 0), "_x_"), "0") == [(60, "ALARM"), (120, "OK")]


def test_a_longer_interval_sees_the_result_when_it_asks() -> None:
    assert of(answered(promql(0, 0, 300), "xx____x______"), "0") == [(0, "ALARM"), (300, "OK")]


def test_a_promql_alarm_is_in_alarm_while_one_of_its_series_is() -> None:
    found = answered(promql(0, 0), "_xx__________", "__xxx________")
    assert changes(found) == [(0, "OK"), (60, "ALARM"), (300, "OK")]
    assert found.unknown == {}


def test_a_composite_follows_a_promql_alarm() -> None:
    both = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "ALARM(A)"}}
    found = answered(promql(0, 0, others={"Both": both}), "_x___________")
    name = AlarmId(ACCOUNT, REGION, "Both")
    assert [(one.at - START, one.after) for one in found.transitions if one.alarm == name][-2:] == [
        (60, "ALARM"),
        (120, "OK"),
    ]


def test_without_a_result_a_promql_alarm_is_unknown() -> None:
    assert "give the test its result" in simulate([promql()], (), (), START, START + 60).unknown[ALARM]
