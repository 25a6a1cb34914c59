"""Templates, log lines and published values played: which alarm changes to what, when.

Times are seconds from the start of what is played. Where a page of AWS is behind a test, its name is in the docstring;
all are below https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Deployed, LogLine, MetricId, Published, SimulationResult, State
from generator.render.yaml_text import parse_template
from tests.evaluate.test_template import CDK
from tests.support import ROOT

ACCOUNT, OTHER, REGION = "123456789012", "210987654321", "eu-west-1"
START = 1_800_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400
OUT = ROOT / "out/prod"


def metric_alarm(**changed: Any) -> dict[str, Any]:
    """More than 5 errors in one minute; silence is fine. None takes a property away."""
    properties = {
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **changed,
    }
    kept = {key: value for key, value in properties.items() if value is not None}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": kept}


def composite(rule: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": rule, **properties}}


def metric_filter(pattern: str, **changed: Any) -> dict[str, Any]:
    transformation = {"MetricNamespace": "Shop", "MetricName": "Errors", "MetricValue": "1", **changed}
    properties = {"LogGroupName": "/shop", "FilterPattern": pattern, "MetricTransformations": [transformation]}
    return {"Type": "AWS::Logs::MetricFilter", "Properties": properties}


def deployed(account: str = ACCOUNT, **resources: Any) -> Deployed:
    return Deployed({"Resources": resources}, account, REGION)


def metric(name: str = "Errors", account: str = ACCOUNT) -> MetricId:
    return MetricId(account, REGION, "Shop", name)


def each_minute(*values: float | None, name: str = "Errors", account: str = ACCOUNT, **more: Any) -> Published:
    """One value a minute from the start on; None is a minute without."""
    given = tuple(None if value is None else (value,) for value in values)
    return Published(metric(name, account), more.pop("start", START), more.pop("period", MINUTE), given, **more)


def line(at: int, text: str = "ERROR", account: str = ACCOUNT, log_group: str = "/shop") -> LogLine:
    return LogLine(account, REGION, log_group, START + at, text)


def played(
    stacks: Deployed | Sequence[Deployed],
    *given: Published | LogLine,
    minutes: int = 10,
    states: Mapping[str, State] | None = None,
) -> SimulationResult:
    return simulate(
        [stacks] if isinstance(stacks, Deployed) else stacks,
        [one for one in given if isinstance(one, Published)],
        [one for one in given if isinstance(one, LogLine)],
        START,
        START + minutes * MINUTE,
        states={AlarmId(ACCOUNT, REGION, name): state for name, state in (states or {}).items()},
    )


def changes(found: SimulationResult, name: str = "A", account: str = ACCOUNT) -> list[tuple[int, str]]:
    """When an alarm changed, and to what."""
    alarm = AlarmId(account, REGION, name)
    return [(one.at - START, one.after) for one in found.transitions if one.alarm == alarm]


def unknown(found: SimulationResult) -> dict[str, str]:
    return {alarm.name: reason for alarm, reason in found.unknown.items()}


# --- metric alarms ---------------------------------------------------------------------------------------------


def test_an_alarm_changes_when_the_minute_is_over_and_back_when_the_next_is() -> None:
    """alarm-evaluation.html"""
    found = played(deployed(A=metric_alarm()), each_minute(0, 6, 0))

    assert changes(found) == [(0, "OK"), (120, "ALARM"), (180, "OK")]
    first, second, third = found.transitions
    assert (first.before, second.before, third.before) == ("INSUFFICIENT_DATA", "OK", "ALARM")
    assert first.reason.startswith("Assumed")
    assert second.values == (6.0,)
    assert "6.0" in second.reason and "5.0" in second.reason


def test_a_long_period_slides_with_every_minute() -> None:
    """alarm-evaluation-window.html: without a wall clock window, the window slides at each evaluation."""
    values = [0.0] * 20
    values[11] = 6.0

    found = played(deployed(A=metric_alarm(Period=300)), each_minute(*values), minutes=20)

    assert changes(found) == [(0, "OK"), (12 * MINUTE, "ALARM"), (17 * MINUTE, "OK")]


def test_a_wall_clock_window_looks_at_full_periods_only() -> None:
    """alarm-evaluation-window.html"""
    values = [0.0] * 20
    values[11] = 6.0
    window = {"WallClockWindow": {}}

    found = played(deployed(A=metric_alarm(Period=300, EvaluationWindow=window)), each_minute(*values), minutes=20)

    assert changes(found) == [(0, "OK"), (15 * MINUTE, "ALARM"), (20 * MINUTE, "OK")]


def test_a_wall_clock_window_looks_at_nothing_before_it() -> None:
    """alarm-evaluation-window.html: its length is the period times the evaluation periods; a sliding one sees more."""
    silent = {"Period": 300, "TreatMissingData": "breaching"}
    values = [0.0] * 5 + [None] * 45

    clock = played(
        deployed(A=metric_alarm(**silent, EvaluationWindow={"WallClockWindow": {}})), each_minute(*values), minutes=50
    )
    sliding = played(deployed(A=metric_alarm(**silent)), each_minute(*values), minutes=50)

    assert changes(clock) == [(0, "OK"), (10 * MINUTE, "ALARM")]
    assert changes(sliding) == [(0, "OK"), (30 * MINUTE, "ALARM")]


def test_an_alarm_on_dynamodb_keeps_its_state_where_nothing_is_said_of_missing_data() -> None:
    """alarms-and-missing-data.html: alarms on AWS/DynamoDB ignore it by default, and may be told otherwise."""
    there = {"Namespace": "AWS/DynamoDB", "MetricName": "ThrottledRequests"}
    throttled = MetricId(ACCOUNT, REGION, "AWS/DynamoDB", "ThrottledRequests")
    values = Published(throttled, START, MINUTE, ((9.0,), *[None] * 9))

    def ends(**said: str) -> list[tuple[int, str]]:
        alarm = metric_alarm(**{**there, "TreatMissingData": None, **said})
        return changes(played(deployed(A=alarm), values, minutes=12))[1:]

    assert ends() == [(60, "ALARM")]
    assert ends(TreatMissingData="missing") == [(60, "ALARM"), (360, "INSUFFICIENT_DATA")]


def test_more_than_a_day_is_looked_at_every_hour() -> None:
    """alarm-evaluation.html"""
    alarm = metric_alarm(Period=HOUR, EvaluationPeriods=25, DatapointsToAlarm=1)
    values = [6.0 if minute == 30 * 60 + 10 else 0.0 for minute in range(40 * 60)]

    found = played(deployed(A=alarm), each_minute(*values), minutes=40 * 60)

    assert (31 * HOUR, "ALARM") in changes(found)
    assert all(at % HOUR == 0 for at, _state in changes(found))


def test_a_high_resolution_alarm_is_looked_at_every_ten_seconds() -> None:
    """alarm-evaluation.html"""
    published = each_minute(0, 0, 6, 0, period=10)

    found = played(deployed(A=metric_alarm(Period=10)), published, minutes=1)

    assert changes(found) == [(0, "OK"), (30, "ALARM"), (40, "OK")]


def test_a_period_is_a_statistic_of_all_its_values() -> None:
    """cloudwatch_concepts.html, percentiles"""
    alarm = metric_alarm(Statistic=None, ExtendedStatistic="p90", Threshold=8)
    several = Published(metric(), START, MINUTE, (tuple(map(float, range(1, 11))), (1.0, 2.0)))

    found = played(deployed(A=alarm, B=metric_alarm(Statistic="SampleCount", Threshold=9)), several)

    assert changes(found) == changes(found, "B") == [(0, "OK"), (60, "ALARM"), (120, "OK")]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("missing", [(0, "OK"), (480, "INSUFFICIENT_DATA")]),
        ("ignore", [(60, "OK")]),
        ("notBreaching", [(60, "OK")]),
    ],
)
def test_silence_is_what_the_alarm_says_it_is(treatment: str, expected: list[tuple[int, str]]) -> None:
    """alarms-and-missing-data.html; when the last data point leaves the range is not documented."""
    found = played(deployed(A=metric_alarm(TreatMissingData=treatment)), each_minute(0), minutes=20)

    assert [state for _at, state in changes(found)] == [state for _at, state in expected]


def test_silence_that_is_breaching_alarms_though_perhaps_late() -> None:
    """alarms-and-missing-data.html: more data points are fetched than the evaluation periods"""
    found = played(deployed(A=metric_alarm(TreatMissingData="breaching")), each_minute(0), minutes=20)

    assert [state for _at, state in changes(found)] == ["OK", "ALARM"]


def test_before_the_start_everything_was_in_order_unless_its_state_says_otherwise() -> None:
    """Three of five, and silence alarms: were it silence, an alarm would stand at the start already."""
    stack = deployed(A=metric_alarm(EvaluationPeriods=5, DatapointsToAlarm=3, TreatMissingData="breaching"))
    healthy, broken = each_minute(*[0.0] * 10), each_minute(*[6.0] * 10)

    assert changes(played(stack, healthy)) == [(0, "OK")]
    assert changes(played(stack, broken)) == [(0, "OK"), (180, "ALARM")]
    assert changes(played(stack, healthy, states={"A": "OK"})) == []
    assert changes(played(stack, healthy, states={"A": "ALARM"})) == [(180, "OK")]
    assert changes(played(stack, healthy, states={"A": "INSUFFICIENT_DATA"}))[0] == (0, "ALARM")


def test_a_period_that_the_start_cuts_in_two_counts_for_what_is_seen() -> None:
    stack = deployed(
        A=metric_alarm(Period=300),
        B=metric_alarm(Period=300, ComparisonOperator="LessThanThreshold"),
        C=metric_alarm(Period=300, ComparisonOperator="LessThanThreshold", Statistic="Minimum"),
    )

    found = played(stack, each_minute(*[4.0] * 10))

    assert changes(found) == [(0, "OK"), (120, "ALARM")]
    assert changes(found, "B") == [(0, "OK")], "four in the first minute is not four in five minutes"
    assert changes(found, "C") == [(0, "OK"), (60, "ALARM")]


def test_history_that_was_published_counts() -> None:
    alarm = metric_alarm(EvaluationPeriods=3)
    history = Published(metric(), START - 10 * MINUTE, MINUTE, ((6.0,),) * 12)

    assert changes(played(deployed(A=alarm), history))[0] == (0, "ALARM")


def test_an_alarm_may_begin_in_another_state() -> None:
    stack = deployed(A=metric_alarm())

    assert changes(played(stack, each_minute(0, 6), states={"A": "OK"}))[:1] == [(120, "ALARM")]
    assert changes(played(stack, each_minute(6, 6, 0), states={"A": "ALARM"})) == [(180, "OK")]
    assert played(stack, states={"A": "OK"}).states == {AlarmId(ACCOUNT, REGION, "A"): "OK"}


def test_a_unit_that_nobody_publishes_is_no_data() -> None:
    """../APIReference/API_PutMetricAlarm.html, Unit"""
    stack = deployed(A=metric_alarm(Unit="Seconds"), B=metric_alarm(Unit="Count"), C=metric_alarm())

    found = played(stack, each_minute(6, unit="Count"))

    assert "ALARM" not in dict(map(reversed, changes(found)))  # type: ignore[arg-type]
    assert changes(found, "B")[1] == changes(found, "C")[1] == (60, "ALARM")


def test_the_data_behind_an_alarm_is_told_by_full_periods() -> None:
    (watched,) = played(
        deployed(A=metric_alarm(Period=120)), each_minute(1, 2, 3, None, None, None), minutes=7
    ).evaluated

    assert (watched.start - START, watched.period, watched.values) == (0, 120, (3.0, 3.0, None))
    assert (watched.threshold, watched.comparison) == (5.0, "GreaterThanThreshold")


def test_a_start_between_two_evaluations_is_looked_at_with_the_one_before() -> None:
    history = Published(metric(), START - 10 * MINUTE, MINUTE, ((6.0,),) * 10 + ((0.0,),))

    found = simulate([deployed(A=metric_alarm())], [history], [], START + 30, START + 90)

    assert changes(found) == [(30, "ALARM"), (60, "OK")]
    assert found.transitions[0].values == (6.0,)
    assert [(one.start - START, one.values) for one in found.evaluated] == [(60, ())]


def test_a_wall_clock_may_be_another_place_s() -> None:
    """alarm-evaluation-window.html: the time zone is for all periods; START is a full hour in UTC."""
    values = [6.0 if minute == 35 else 0.0 for minute in range(120)]

    def hourly(zone: str) -> list[tuple[int, str]]:
        alarm = metric_alarm(Period=HOUR, EvaluationWindow={"WallClockWindow": {"Timezone": zone}})
        return changes(played(deployed(A=alarm), each_minute(*values), minutes=180))

    assert hourly("UTC") == [(0, "OK"), (60 * MINUTE, "ALARM"), (120 * MINUTE, "OK")]
    assert hourly("+05:30") == hourly("UTC+05:30") == [(0, "OK"), (90 * MINUTE, "ALARM"), (150 * MINUTE, "OK")]
    assert hourly("-05:15") == [(0, "OK"), (75 * MINUTE, "ALARM"), (135 * MINUTE, "OK")]


def test_a_week_of_the_clock_begins_on_monday() -> None:
    """alarm-evaluation-window.html: the ISO 8601 week; START is a Friday at eight."""
    values = [6.0 if hour == 30 else 0.0 for hour in range(24 * 20)]
    alarm = metric_alarm(Period=7 * 24 * HOUR, EvaluationWindow={"WallClockWindow": {}})
    hourly = Published(metric(), START, HOUR, tuple((value,) for value in values))

    found = played(deployed(A=alarm), hourly, minutes=20 * 24 * 60)

    assert changes(found)[-2:] == [(64 * HOUR, "ALARM"), (64 * HOUR + 7 * 24 * HOUR, "OK")]


def test_a_named_time_zone_is_its_offset_as_long_as_that_stays() -> None:
    """API_WallClockWindow.html: IANA names; Rome is an hour ahead until the end of March."""
    alarm = metric_alarm(Period=24 * HOUR, EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Rome"}})
    values = [6.0 if hour == 30 else 0.0 for hour in range(72)]
    winter = Published(metric(), START, HOUR, tuple((value,) for value in values))

    found = played(deployed(A=alarm), winter, minutes=72 * 60)

    assert (39 * HOUR, "ALARM") in changes(found)
    summer = simulate([deployed(A=alarm)], [winter], (), START, START + 100 * 24 * HOUR)
    assert "is put on or back within the time that is played" in unknown(summer)["A"]


def test_a_percentile_of_few_values_may_leave_the_state_alone() -> None:
    """percentiles-with-low-samples.html: a p90 of fewer than 100"""
    few, many = (9.0,) * 99, (9.0,) * 100
    alarm = {"Statistic": None, "ExtendedStatistic": "p90"}
    stack = deployed(A=metric_alarm(**alarm, EvaluateLowSampleCountPercentile="ignore"), B=metric_alarm(**alarm))

    found = played(stack, Published(metric(), START, MINUTE, ((1.0,), few, many)))

    assert changes(found) == [(0, "OK"), (180, "ALARM"), (480, "OK")], "no value at all is missing data"
    assert changes(found, "B") == [(0, "OK"), (120, "ALARM"), (480, "OK")]


def test_few_values_say_nothing_either_once_the_minutes_after_them_are_empty() -> None:
    """percentiles-with-low-samples.html; while a period is empty, the value before it decides"""
    alarm = {"Statistic": None, "ExtendedStatistic": "p90", "TreatMissingData": "missing"}
    stack = deployed(A=metric_alarm(**alarm, EvaluateLowSampleCountPercentile="ignore"))
    values = Published(metric(), START, MINUTE, ((9.0,) * 3, (9.0,) * 3))

    assert changes(played(stack, values, states={"A": "OK"})) == [(7 * MINUTE, "INSUFFICIENT_DATA")]


def test_no_numbers_are_no_values() -> None:
    """../APIReference/API_MetricDatum.html: special values are not supported"""
    odd = Published(metric(), START, MINUTE, ((float("nan"), 6.0), (float("inf"),), (1e308, 1e308)))

    found = played(deployed(A=metric_alarm(TreatMissingData="ignore", Threshold=1e300)), odd)

    assert found.evaluated[0].values[:3] == (6.0, None, None)


def test_values_of_standard_resolution_stand_at_the_minute() -> None:
    """publishingMetrics.html, high-resolution metrics"""
    late = each_minute(6.0, start=START + 50)

    assert changes(played(deployed(A=metric_alarm()), late))[1] == (60, "ALARM")
    assert changes(played(deployed(A=metric_alarm(Period=10)), late))[1] == (10, "ALARM")


def reasons(changed: dict[str, Any], *values: float | None) -> list[str]:
    return [one.reason for one in played(deployed(A=metric_alarm(**changed)), each_minute(*values)).transitions[1:]]


def test_the_reason_is_told_as_cloudwatch_tells_it() -> None:
    of_three = {"EvaluationPeriods": 3, "DatapointsToAlarm": 2}

    assert reasons({}, 0, 6, 0) == [
        "Threshold Crossed: 1 datapoint [6.0 (15/01/27 08:01:00)] was greater than the threshold (5.0).",
        "Threshold Crossed: 1 datapoint [0.0 (15/01/27 08:02:00)] was not greater than the threshold (5.0).",
    ]
    assert reasons(of_three, 0, 6, 0, 7, 0, 0) == [
        "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (15/01/27 08:03:00), 6.0 (15/01/27 08:01:00)] were "
        "greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        "Threshold Crossed: 2 out of the last 3 datapoints [0.0 (15/01/27 08:04:00), 0.0 (15/01/27 08:02:00)] were "
        "not greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition).",
    ]
    assert reasons({"TreatMissingData": "breaching"}, 0) == [
        "Threshold Crossed: no datapoints were received for 1 period and "
        "1 missing datapoint was treated as [Breaching]."
    ]
    assert reasons({"TreatMissingData": "missing", "EvaluationPeriods": 2}, 0) == [
        "Insufficient Data: 2 datapoints were unknown."
    ]
    assert reasons({"EvaluationPeriods": 2, "DatapointsToAlarm": 2}, 6, 6, 0)[1].endswith(
        "[0.0 (15/01/27 08:02:00)] was not greater than the threshold (5.0) "
        "(minimum 1 datapoint for ALARM -> OK transition)."
    )


# --- metric math and other accounts ----------------------------------------------------------------------------


def entry(key: str, name: str = "Errors", account: str = "", **more: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"}
    about = {"AccountId": account} if account else {}
    return {"Id": key, "MetricStat": stat, "ReturnData": False, **about, **more}


def math_alarm(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    gone = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    return metric_alarm(**{**gone, "Metrics": list(entries), **more})


def test_an_expression_is_calculated_for_every_period() -> None:
    """using-metric-math.html"""
    rate = {"Id": "rate", "Expression": "100 * m1 / m2"}
    stack = deployed(A=math_alarm(rate, entry("m1"), entry("m2", "Calls")))

    found = played(stack, each_minute(1, 6, 1), each_minute(100, 100, 100, name="Calls"))

    assert changes(found) == [(0, "OK"), (120, "ALARM"), (180, "OK")]


def test_a_hub_sums_up_the_metrics_of_its_members() -> None:
    """Cross-Account-Cross-Region.html: AccountId of an entry"""
    total = {"Id": "all", "Expression": "SUM([m1, m2])"}
    stack = deployed(A=math_alarm(total, entry("m1", account=ACCOUNT), entry("m2", account=OTHER)))

    found = played(stack, each_minute(3, 3, 3), each_minute(0, 3, 0, account=OTHER))

    assert changes(found) == [(0, "OK"), (120, "ALARM"), (180, "OK")]


def test_members_log_and_the_hub_alarms() -> None:
    hub = deployed(OTHER, A=math_alarm(entry("m1", account=ACCOUNT, ReturnData=True)))
    member = deployed(Filter=metric_filter("ERROR", DefaultValue=0))

    found = played([hub, member], line(5, "fine"), *[line(60 + second) for second in range(6)])

    assert changes(found, account=OTHER)[:2] == [(0, "OK"), (120, "ALARM")]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (
            math_alarm({"Id": "q", "Expression": "SELECT MAX(a) FROM b WHERE tag.Team = 'x'", "Period": 60}),
            "q: ",
        ),
        (
            math_alarm(
                {
                    "Id": "q",
                    "Expression": "SELECT MAX(a) FROM b GROUP BY c ORDER BY MAX() DESC",
                    "Period": 60,
                },
                entry("m1"),
            ),
            "q: this is a query with GROUP BY, which is simulated only as the one entry of an alarm",
        ),
        (math_alarm({"Id": "x", "Expression": "RUNNING_SUM(m1)"}, entry("m1")), "RUNNING_SUM depends on how many"),
        (math_alarm({"Id": "x", "Expression": "FILL(m1, LINEAR)"}, entry("m1")), "LINEAR depends on how many"),
        (
            math_alarm({"Id": "x", "Expression": "MAX(SORT(METRICS(), MAX, ASC))"}, entry("m1")),
            "SORT depends on how many",
        ),
        (math_alarm({"Id": "x", "Expression": "MAX(REMOVE_EMPTY(METRICS()))"}, entry("m1")), "REMOVE_EMPTY depends on"),
        (
            math_alarm({"Id": "x", "Expression": "m1 - FIRST(ANOMALY_DETECTION_BAND(m1))"}, entry("m1")),
            "only CloudWatch can evaluate an expression over an anomaly band",
        ),
        (metric_alarm(DatapointsToAlarm=2), "2 data points out of 1 are never there"),
        (metric_alarm(EvaluationPeriods=1441), "more than CloudWatch looks at"),
        (metric_alarm(EvaluationPeriods=169, Period=3600), "more than CloudWatch looks at"),
        (math_alarm({"Id": "x", "Expression": "m1 > MAX(m1)"}, entry("m1")), "MAX of one time series depends on"),
        (math_alarm({"Id": "x", "Expression": "m1 +"}, entry("m1")), "x: "),
        (math_alarm({"Id": "x", "Expression": "LAMBDA('f')"}, entry("m1")), "x: "),
        (math_alarm(entry("m1"), entry("m2")), "the alarm watches no entry"),
        (
            math_alarm(
                {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1)"},
                entry("m1", ReturnData=True),
                ThresholdMetricId="band",
                Threshold=None,
            ),
            "GreaterThanThreshold and a band do not go together",
        ),
        (metric_alarm(ComparisonOperator="LessThanLowerThreshold"), "and a threshold do not go together"),
        (metric_alarm(Statistic="Most"), "Most"),
        (metric_alarm(Period=45), "45"),
        (metric_alarm(ComparisonOperator="Bigger"), "Bigger"),
        (metric_alarm(TreatMissingData="maybe"), "maybe"),
        (metric_alarm(Threshold={"Fn::ImportValue": "x"}), "imported"),
        (metric_alarm(Period=120, EvaluationWindow={"WallClockWindow": {}}), "a wall clock window has periods of"),
        (metric_alarm(EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Nowhere"}}), "is no time zone"),
        (metric_alarm(EvaluationWindow={"WallClockWindow": {"Timezone": "+05:31"}}), "is no time zone"),
        (metric_alarm(Period=5400, EvaluationPeriods=20), "needs periods of whole hours"),
        (
            math_alarm({"Id": "e", "Expression": "SUM(METRICS())"}, *(entry(f"m{n}", f"M{n}") for n in range(11))),
            "an alarm has at most 10 metrics, this one 11",
        ),
        (
            math_alarm({"Id": "e", "Expression": "SELECT MAX(M) FROM Shop GROUP BY Id", "Period": 60}),
            "GROUP BY only with ORDER BY",
        ),
        (
            math_alarm(
                {"Id": "e", "Expression": "SELECT MAX(M) FROM Shop GROUP BY Id ORDER BY MAX() DESC", "Period": 60},
                WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 5},
            ),
            "has no warm-up",
        ),
    ],
)
def test_what_only_cloudwatch_can_tell_is_unknown_with_the_reason(resource: Any, reason: str) -> None:
    found = played(deployed(A=resource), each_minute(6))

    assert reason in unknown(found)["A"]
    assert not found.transitions and not found.states


# --- log lines -------------------------------------------------------------------------------------------------


def test_lines_become_an_alarm() -> None:
    """../logs/MonitoringLogData.html"""
    stack = deployed(Filter=metric_filter("ERROR", DefaultValue=0), A=metric_alarm())

    found = played(stack, line(0, "fine"), *[line(120 + second) for second in range(6)], line(185, "fine"))

    assert changes(found) == [(0, "OK"), (180, "ALARM"), (240, "OK")]


def test_lines_of_another_account_are_its_own() -> None:
    template = {"Filter": metric_filter("ERROR"), "A": metric_alarm(Threshold=0)}

    found = played([deployed(**template), deployed(OTHER, **template)], line(0, account=OTHER))

    assert changes(found) == [(0, "OK")]
    assert changes(found, account=OTHER)[1] == (60, "ALARM")


def test_an_alarm_on_a_filter_that_can_not_be_tried_is_unknown() -> None:
    stack = deployed(Filter=metric_filter("[a, b"), A=metric_alarm())

    assert unknown(played(stack, line(0)))["A"].startswith("the filter Filter can not be tried: ")
    assert changes(played(stack, each_minute(6)))[1] == (60, "ALARM"), "values that are given are enough"


# --- composites ------------------------------------------------------------------------------------------------


def one_for(name: str) -> dict[str, Any]:
    """An alarm on a metric of its own."""
    return metric_alarm(MetricName=name, Threshold=0)


def test_a_composite_follows_its_children_at_once() -> None:
    """alarm-combining.html"""
    arn = {"Fn::GetAtt": ["B", "Arn"]}
    stack = deployed(A=one_for("a"), B=one_for("b"), C=composite({"Fn::Sub": ["ALARM(A) AND ALARM(${b})", {"b": arn}]}))

    found = played(stack, each_minute(0, 1, 1, 1, name="a"), each_minute(0, 0, 1, 0, name="b"))

    assert changes(found, "C") == [(0, "OK"), (180, "ALARM"), (240, "OK")]
    assert found.composites == {
        AlarmId(ACCOUNT, REGION, "C"): f"ALARM(A) AND ALARM(arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:B)"
    }
    at_180 = [one.alarm.name for one in found.transitions if one.at == START + 180]
    assert at_180 == ["B", "C"], "children first"


def test_a_composite_may_stand_on_composites_and_on_alarms_of_other_stacks() -> None:
    upper = deployed(Top=composite("ALARM(Middle) OR ALARM(Else)"), Middle=composite("ALARM(A)"))

    found = played([upper, deployed(A=one_for("a"))], each_minute(0, 1, 0, name="a"), states={"Else": "OK"})

    assert changes(found, "Top") == [(0, "OK"), (120, "ALARM"), (180, "OK")]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("ALARM(Nobody)", "Nobody"),
        ("ALARM(C)", "C depends on itself"),
        ("ALARM(Hidden)", "Hidden"),
        ("ALARM(", ""),
        ('ALARM("arn:aws:cloudwatch:eu-west-1:210987654321:alarm:A")', "another account or Region"),
        ('ALARM("arn:aws:sns:eu-west-1:123456789012:A")', "not the ARN of an alarm"),
        ('ALARM("arn:aws:logs:eu-west-1:123456789012:alarm:A")', "not the ARN of an alarm"),
        ({"Fn::ImportValue": "rule"}, "imported"),
    ],
)
def test_a_composite_whose_children_are_not_known_is_unknown(rule: Any, reason: str) -> None:
    stack = deployed(A=one_for("a"), Hidden=metric_alarm(Threshold={"Fn::ImportValue": "x"}), C=composite(rule))

    found = played(stack)

    assert "C" in unknown(found) and reason in unknown(found)["C"]


def test_a_composite_whose_suppressor_is_not_known_is_unknown() -> None:
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
    stack = deployed(A=one_for("a"), C=composite("ALARM(A)", ActionsSuppressor="Nobody", **periods))

    assert "Nobody" in unknown(played(stack))["C"]
    assert not unknown(played(stack, states={"Nobody": "OK"}))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"rule": " ALARM(A)"}, "begins or ends with whitespace"),
        ({"rule": "ALARM(A)\n"}, "begins or ends with whitespace"),
        ({"rule": "ALARM(A)", "ActionsSuppressor": "A"}, "ActionsSuppressorWaitPeriod: it is not there"),
        (
            {"rule": "ALARM(A)", "ActionsSuppressor": "A", "ActionsSuppressorWaitPeriod": 60},
            "ActionsSuppressorExtensionPeriod: it is not there",
        ),
    ],
)
def test_a_composite_that_cloudwatch_would_not_take_is_unknown(changed: Any, reason: str) -> None:
    stack = deployed(A=one_for("a"), C=composite(**changed))

    assert reason in unknown(played(stack))["C"]


def test_given_states_stand_for_alarms_that_are_not_known() -> None:
    stack = deployed(Hidden=metric_alarm(Threshold={"Fn::ImportValue": "x"}), C=composite("ALARM(Hidden)"))

    found = played(stack, states={"Hidden": "ALARM"})

    assert changes(found, "C") == [(0, "ALARM")]
    assert "Hidden" in unknown(found)


# --- whole estates ---------------------------------------------------------------------------------------------


def estate() -> list[Deployed]:
    """Hub and members as the manifest deploys them."""
    manifest = yaml.safe_load((OUT / "manifest.yaml").read_text(encoding="utf-8"))
    stacks: list[Deployed] = []
    for stack in manifest["stacks"]:
        template = parse_template((OUT / stack["template"]).read_text(encoding="utf-8"))
        stacks.append(Deployed(template, stack["account"], stack["region"], "hub", (), stack["name"]))
    for stack_set in manifest["stack_sets"]:
        template = parse_template((OUT / stack_set["template"]).read_text(encoding="utf-8"))
        for group in stack_set["groups"]:
            for name, account in group["accounts"].items():
                stacks.append(Deployed(template, account, "us-east-1", name, tuple(group["parameters"].items())))
    return stacks


def error_lines(account: str, minute: int, count: int) -> list[LogLine]:
    at = START + minute * MINUTE
    return [LogLine(account, "us-east-1", "/aws/application/prod", at + index, "[ERROR] no") for index in range(count)]


def test_settlement_stands_more_errors_than_the_others() -> None:
    accounts = {"checkout": "222222222222", "ledger": "333333333333", "settlement": "444444444444"}
    lines = [line for account in accounts.values() for line in error_lines(account, 3, 10)]
    lines += [
        LogLine(account, "us-east-1", "/aws/application/prod", START + minute * MINUTE, "[INFO] fine")
        for account in accounts.values()
        for minute in range(10)
    ]

    found = simulate(estate(), [], lines, START, START + 10 * MINUTE)

    def states(name: str, account: str) -> list[tuple[int, str]]:
        alarm = AlarmId(accounts[account], "us-east-1", name)
        return [(one.at - START, one.after) for one in found.transitions if one.alarm == alarm]

    alarmed = [(0, "OK"), (240, "ALARM"), (300, "OK")]
    assert states("application-error-alarm-prod", "checkout") == alarmed
    assert states("application-error-alarm-prod", "ledger") == alarmed
    assert states("application-error-alarm-prod", "settlement") == [(0, "OK")]
    assert states("composite-monitoring-alarm-prod", "ledger")[-2:] == alarmed[-2:]
    assert {alarm.name for alarm in found.unknown} == {"timeouts-alarm-prod"}


def test_the_hub_counts_the_errors_of_all_members() -> None:
    lines = [line for account in ("222222222222", "333333333333") for line in error_lines(account, 6, 60)]

    found = simulate(estate(), [], lines, START, START + 15 * MINUTE)

    alarm = AlarmId("111111111111", "us-east-1", "errors-everywhere-alarm-prod")
    assert (START + 7 * MINUTE, "ALARM") in [(one.at, one.after) for one in found.transitions if one.alarm == alarm]


def test_a_template_as_cdk_synthesizes_it_is_played() -> None:
    errors = MetricId(ACCOUNT, REGION, "AWS/Lambda", "Errors", (("FunctionName", "Handler886CB40B"),))
    calls = MetricId(ACCOUNT, REGION, "AWS/Lambda", "Invocations", (("FunctionName", "Handler886CB40B"),))
    published = [
        Published(errors, START, MINUTE, ((0.0,),) * 9 + ((3.0,),) * 4),
        Published(calls, START, MINUTE, ((10.0,),) * 13),
    ]

    found = simulate([Deployed(CDK, ACCOUNT, REGION)], published, [], START, START + 13 * MINUTE)

    assert (10 * MINUTE, "ALARM") in changes(found, "Errors5A1A2B3C")
    assert (10 * MINUTE, "ALARM") in changes(found, "ShopStackEither1B2C3D4E")


def test_what_happens_is_told_in_the_order_of_time_and_each_change_follows_the_one_before() -> None:
    found = played(
        deployed(A=one_for("a"), B=one_for("b"), C=composite("ALARM(A) OR ALARM(B)"), D=composite("ALARM(C)")),
        each_minute(0, 1, 0, 1, 0, name="a"),
        each_minute(0, 0, 1, 1, 0, name="b"),
    )

    assert [one.at for one in found.transitions] == sorted(one.at for one in found.transitions)
    states: dict[AlarmId, State] = {}
    for one in found.transitions:
        assert states.get(one.alarm, "INSUFFICIENT_DATA") == one.before != one.after
        states[one.alarm] = one.after
    assert states == found.states


_VALUES = st.one_of(st.none(), st.lists(st.floats(), max_size=3).map(tuple))


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["Period", "EvaluationPeriods", "DatapointsToAlarm", "Statistic", "TreatMissingData", "ComparisonOperator"]
        ),
        st.sampled_from([1, 2, 10, 60, 300, "p99.9", "Sum", "tm(1:2)", "PR(1:2)", "ignore", "LessThanThreshold", None]),
    ),
    st.lists(_VALUES, max_size=5),
    st.integers(0, 900),
    st.sampled_from(["ALARM(A)", "NOT OK(A)", "AT_LEAST(1, ALARM, (A, B))", "ALARM(D)", "(((", ""]),
)
def test_whatever_is_played_nothing_raises(
    changed: dict[str, Any], values: list[tuple[float, ...] | None], seconds: int, rule: str
) -> None:
    stack = deployed(A=metric_alarm(**changed), C=composite(rule), D=composite("ALARM(A) AND NOT ALARM(C)"))
    published = [Published(metric(), START - 30, 60, tuple(values)), Published(metric(), START, 10, tuple(values))]

    found = simulate([stack], published, [line(3)], START, START + seconds)

    assert set(found.states) | set(found.unknown) == {AlarmId(ACCOUNT, REGION, name) for name in "ACD"}


# --- bands and queries ----------------------------------------------------------------------------------------------


def banded(comparison: str) -> dict[str, Any]:
    return math_alarm(
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)"},
        entry("m1", ReturnData=True),
        ThresholdMetricId="band",
        Threshold=None,
        ComparisonOperator=comparison,
    )


@pytest.mark.parametrize(
    ("comparison", "value", "after"),
    [
        ("GreaterThanUpperThreshold", 50.0, "ALARM"),
        ("GreaterThanUpperThreshold", -50.0, "OK"),
        ("LessThanLowerThreshold", -50.0, "ALARM"),
        ("LessThanLowerThreshold", 50.0, "OK"),
        ("LessThanLowerOrGreaterThanUpperThreshold", 50.0, "ALARM"),
        ("LessThanLowerOrGreaterThanUpperThreshold", -50.0, "ALARM"),
        ("LessThanLowerOrGreaterThanUpperThreshold", 11.0, "OK"),
    ],
)
def test_an_anomaly_alarm_is_played_with_a_band_that_is_only_like_cloudwatchs(
    comparison: str, value: float, after: State
) -> None:
    """The band of math_band; what CloudWatch has trained nobody else knows, and `approximate` says so."""
    values = [(10.0 + index % 3,) for index in range(60)] + [(value,)]
    found = simulate(
        [deployed(A=banded(comparison))],
        [Published(metric(), START, MINUTE, tuple(values))],
        [],
        START,
        START + 61 * MINUTE,
    )
    assert found.approximate == {AlarmId(ACCOUNT, REGION, "A")}
    assert found.states == {AlarmId(ACCOUNT, REGION, "A"): after}
    if after == "ALARM":
        assert "thresholds" in found.transitions[-1].reason


def test_a_query_sees_every_metric_of_its_account_that_it_asks_for() -> None:
    """cloudwatch-metrics-insights-querylanguage: without SCHEMA whatever its dimensions are."""
    query = {"Id": "q", "Expression": "SELECT SUM(Errors) FROM Shop", "Period": 60}
    mine = [MetricId(ACCOUNT, REGION, "Shop", "Errors", (("Queue", name),)) for name in "ab"]
    other = MetricId(OTHER, REGION, "Shop", "Errors")
    published = [Published(one, START, MINUTE, ((3.0,), (4.0,))) for one in mine]
    published.append(Published(other, START, MINUTE, ((90.0,), (90.0,))))
    found = simulate([deployed(A=math_alarm(query, Threshold=7))], published, [], START, START + 2 * MINUTE)
    assert list(found.evaluated[0].values) == [6.0, 8.0]
    sink = {"Type": "AWS::Oam::Sink", "Properties": {"Name": "all"}}
    found = simulate([deployed(A=math_alarm(query, Threshold=7), Sink=sink)], published, [], START, START + 2 * MINUTE)
    assert list(found.evaluated[0].values) == [96.0, 98.0]
