"""Each rule over small captures: what it reports with which evidence, and what it does not judge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.hygiene.registry import registry
from tests.captures import ALPHA, REGION, composite_alarm, metric_alarm, minutes, series, state_update, write_capture
from tests.command import obsgen

SOUND: dict[str, Any] = {
    "AlarmActions": ["arn:aws:sns:us-east-1:222222222222:ops"],
    "AlarmDescription": "CPU is high\nRunbook: https://wiki.example.com/cpu\nOwner: payments",
    "TreatMissingData": "breaching",
}
CPU = ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-0123456789abcdef0"})
LISTED = {
    "OwningAccount": ALPHA,
    "Namespace": "AWS/EC2",
    "MetricName": "NetworkIn",
    "Dimensions": [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}],
}


def alarm(name: str = "cpu", **keys: Any) -> dict[str, Any]:
    return metric_alarm(name, **{**SOUND, **keys})


def at(day: int, hour: int = 0, minute: int = 0) -> str:
    return f"2026-11-{day:02d}T{hour:02d}:{minute:02d}:00.000Z"


def firing(name: str, day: int, hour: int = 0, minutes_long: int = 3) -> list[dict[str, Any]]:
    return [
        state_update(name, at(day, hour), "OK", "ALARM"),
        state_update(name, at(day, hour, minutes_long), "ALARM", "OK"),
    ]


def parts(
    alarms: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]] = (), **more: Any
) -> dict[str, Any]:
    """The parts of one account. By default its instance has metrics, and there are no metric filters."""
    return {
        "alarms": alarms,
        "history": history,
        "metrics": [LISTED],
        "metric-filters": [],
        "resources": [],
        **{name.replace("_", "-"): rows for name, rows in more.items() if rows is not None},
    }


def judged(folder: Path, rows: Mapping[str, Any], *arguments: str, **description: Any) -> dict[str, Any]:
    """The report of a capture without an environment."""
    write_capture(folder / "captured", {(ALPHA, REGION): rows}, environment=None, hub=None, **description)
    done = obsgen(folder, "hygiene", "captured", "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == int(any(row["level"] == "problem" for row in report["findings"]))
    return report


def found(report: Mapping[str, Any]) -> dict[str, list[str]]:
    """The alarms of each rule that has findings, never-fired aside, which most of these are."""
    rules: dict[str, list[str]] = {}
    for row in report["findings"]:
        if row["rule"] != "never-fired":
            rules.setdefault(row["rule"], []).append(row["alarm"])
    return rules


def the(report: Mapping[str, Any], rule: str) -> dict[str, Any]:
    (row,) = [row for row in report["findings"] if row["rule"] == rule]
    return row


def test_there_are_ten_rules() -> None:
    assert [rule.name for rule in registry()] == [
        "always-firing",
        "flapping",
        "identical",
        "insufficient-data",
        "never-fired",
        "no-owner",
        "no-route",
        "no-runbook",
        "resource-gone",
        "unreachable-threshold",
    ]


def test_a_sound_alarm_has_no_finding(tmp_path: Path) -> None:
    report = judged(tmp_path, parts([alarm()], firing("cpu", 5)))
    assert report["findings"] == []
    assert report["not_judged"] == []
    assert {score["kind"]: (score["name"], score["percent"]) for score in report["scores"]} == {
        "account": (ALPHA, 100),
        "owner": ("payments", 100),
    }


def test_never_fired_says_how_near_it_came(tmp_path: Path) -> None:
    data = minutes(CPU, [10.0, 20.0, 61.5, *[5.0] * 60])
    row = the(judged(tmp_path, parts([alarm(Period=60)], metric_data=data)), "never-fired")
    assert row["level"] == "notice"
    assert row["evidence"]["highest"] == 61.5
    assert "not in ALARM once in 30 days; the highest Average was 61.5, it fires at > 80" in row["message"]


def test_windows_slide_every_minute(tmp_path: Path) -> None:
    """Two minutes beside a boundary of five are in one window of five all the same."""
    values = [*[0.0] * 4, 40.0, 50.0, *[0.0] * 10]
    data = minutes(CPU, values)
    row = the(judged(tmp_path, parts([alarm(Statistic="Sum", Threshold=100.0)], metric_data=data)), "never-fired")
    assert row["evidence"]["highest"] == 90.0


def test_never_fired_counts_windows_past_the_threshold(tmp_path: Path) -> None:
    data = minutes(CPU, [10.0, 90.0, *[5.0] * 60])
    cpu = alarm(Period=60, EvaluationPeriods=2)
    assert the(judged(tmp_path, parts([cpu], metric_data=data)), "never-fired")["message"].endswith(
        "the highest Average was 90, it fires at > 80 (1 window did, too few in a row)"
    )


def test_a_percentile_is_read_by_its_own_windows(tmp_path: Path) -> None:
    rows = [series(*CPU, "p99", [1.0, 70.0, 2.0], period_s=300, step_s=60)]
    cpu = alarm(ExtendedStatistic="p99")
    del cpu["Statistic"]
    assert the(judged(tmp_path, parts([cpu], metric_data=rows)), "never-fired")["evidence"]["highest"] == 70.0


@pytest.mark.parametrize(("since", "is_found"), [(2, True), (8, False)])
def test_always_firing_is_a_share_of_the_time(tmp_path: Path, since: int, is_found: bool) -> None:
    report = judged(tmp_path, parts([alarm(StateValue="ALARM")], [state_update("cpu", at(since), "OK", "ALARM")]))
    assert ("always-firing" in found(report)) is is_found
    if is_found:
        row = the(report, "always-firing")
        assert row["evidence"]["alarm_percent"] == 93
        assert row["evidence"]["in_alarm_since"] == "2026-11-02T00:00:00Z"
        assert row["message"] == "in ALARM for 93 % of 30 days, now for 28 days"


def test_always_firing_without_any_history_is_its_state(tmp_path: Path) -> None:
    report = judged(tmp_path, parts([alarm(StateValue="ALARM")]))
    assert the(report, "always-firing")["evidence"]["alarm_percent"] == 100


def test_an_alarm_that_was_made_again_does_not_have_the_state_of_the_old_one(tmp_path: Path) -> None:
    """Deleted while in ALARM, made again a day later; https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html:
    a new alarm is in INSUFFICIENT_DATA at first.
    """
    history = [state_update("cpu", at(1), "OK", "ALARM")]
    again = alarm(AlarmConfigurationUpdatedTimestamp=at(2), StateValue="INSUFFICIENT_DATA", StateUpdatedTimestamp=at(2))
    assert found(judged(tmp_path, parts([again], history))) == {"insufficient-data": ["cpu"]}
    later = [*history, state_update("cpu", at(20), "INSUFFICIENT_DATA", "OK")]
    row = the(judged(tmp_path / "b", parts([again], later)), "insufficient-data")
    assert row["evidence"]["insufficient_data_percent"] == 64


def test_an_alarm_that_fires_while_it_is_captured_did_not_fire_all_the_time(tmp_path: Path) -> None:
    """Histories end with the begin of a capture, and alarms are described minutes later."""
    now = alarm(StateValue="ALARM", StateTransitionedTimestamp="2026-11-30T00:01:00.000Z")
    report = judged(tmp_path, parts([now]))
    assert [row["rule"] for row in report["findings"]] == ["never-fired"]


def test_flapping_counts_24_hours_and_not_days_of_the_calendar(tmp_path: Path) -> None:
    evening = [row for hour in (20, 21, 22) for row in firing("cpu", 5, hour)]
    morning = [row for hour in (1, 2, 3) for row in firing("cpu", 6, hour)]
    row = the(judged(tmp_path, parts([alarm(Period=60)], [*evening, *morning])), "flapping")
    assert row["evidence"]["most_in_24_hours"] == 6
    assert row["evidence"]["busiest_from"] == "2026-11-05T20:00:00Z"
    assert row["evidence"]["median_minutes"] == 3.0
    assert found(judged(tmp_path / "b", parts([alarm()], [*evening, *morning[:4]]))) == {}
    assert "flapping" in found(judged(tmp_path / "c", parts([alarm()], [*evening, *morning[:4]]), "--flaps", "5"))


def test_insufficient_data(tmp_path: Path) -> None:
    quiet = alarm(StateValue="INSUFFICIENT_DATA", TreatMissingData="missing")
    history = [state_update("cpu", at(10), "OK", "INSUFFICIENT_DATA")]
    row = the(judged(tmp_path, parts([quiet], history)), "insufficient-data")
    assert row["evidence"]["insufficient_data_percent"] == 66
    assert row["evidence"]["since"] == "2026-11-10T00:00:00Z"
    assert row["message"] == "in INSUFFICIENT_DATA for 66 % of 30 days, now for 20 days"
    later = [state_update("cpu", at(20), "OK", "INSUFFICIENT_DATA")]
    assert found(judged(tmp_path / "b", parts([quiet], later))) == {}


def test_no_route_for_an_alarm_without_actions_unless_a_composite_has_some(tmp_path: Path) -> None:
    silent = alarm("silent", AlarmActions=[], Threshold=81.0)
    off = alarm("off", ActionsEnabled=False, Threshold=82.0)
    part = alarm("part", AlarmActions=[], Threshold=83.0)
    inner = composite_alarm("inner", "ALARM(part)", AlarmDescription=SOUND["AlarmDescription"])
    outer = composite_alarm("outer", 'ALARM("inner")', **{k: SOUND[k] for k in ("AlarmActions", "AlarmDescription")})
    report = judged(tmp_path, parts([silent, off, part, inner, outer]))
    assert found(report) == {"no-route": ["off", "silent"]}
    messages = {row["alarm"]: row["message"] for row in report["findings"] if row["rule"] == "no-route"}
    assert messages == {"off": "its actions are disabled", "silent": "it has no action for ALARM"}


def test_no_owner_and_no_runbook(tmp_path: Path) -> None:
    words = {"AlarmDescription": "CPU is high"}
    tagged = alarm("tagged", **words, Threshold=81.0, Tags={"Team": "core", "runbook": "https://wiki.example.com"})
    report = judged(tmp_path, parts([alarm(**words), tagged]))
    assert found(report) == {"no-owner": ["cpu"], "no-runbook": ["cpu"]}
    unknown = judged(tmp_path / "b", parts([alarm(**words, Tags=None)]))
    assert found(unknown) == {}
    assert {(one["rule"], one["reason"]) for one in unknown["not_judged"]} == {
        ("no-owner", "its tags could not be read"),
        ("no-runbook", "its tags could not be read"),
    }


def test_identical_alarms_are_reported_but_for_the_one_to_keep(tmp_path: Path) -> None:
    two = alarm("b", DatapointsToAlarm=1)
    three = alarm("c", AlarmActions=[])
    other = alarm("d", TreatMissingData="missing")
    part = composite_alarm("z", "ALARM(c)", **{k: SOUND[k] for k in ("AlarmActions", "AlarmDescription")})
    report = judged(tmp_path, parts([alarm("a"), two, three, other, part]))
    assert found(report) == {"identical": ["a", "b"]}
    assert {row["evidence"]["kept"] for row in report["findings"] if row["rule"] == "identical"} == {"c"}


def test_resource_gone_needs_that_nothing_has_its_dimensions(tmp_path: Path) -> None:
    gone = alarm("gone", Dimensions=[{"Name": "InstanceId", "Value": "i-gone"}])
    tagged = alarm("tagged", Dimensions=[{"Name": "InstanceId", "Value": "i-quiet"}])
    arn = {"ResourceARN": "arn:aws:ec2:us-east-1:222222222222:instance/i-quiet", "Tags": {}}
    report = judged(tmp_path, parts([alarm(), gone, tagged], resources=[arn]))
    assert found(report) == {"resource-gone": ["gone"]}
    evidence = the(report, "resource-gone")["evidence"]
    assert evidence["dimensions"] == {"InstanceId": "i-gone"}
    assert evidence["metrics_of_the_namespace"] == 1


def test_alarms_of_target_tracking_are_not_judged(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/deleting-scaling-policy.html: "Deleting a target tracking
    scaling policy also deletes any associated CloudWatch alarms."
    """
    names = ("TargetTracking-service/web-AlarmLow-1", "TargetTracking-service/web-AlarmHigh-1")
    report = judged(tmp_path, parts([alarm(name, AlarmActions=[], StateValue="ALARM") for name in names]))
    assert found(report) == {}
    assert {one["reason"] for one in report["not_judged"]} == {
        "a target tracking policy of Auto Scaling made it and changes it"
    }


def test_resource_gone_needs_the_list_of_resources(tmp_path: Path) -> None:
    gone = alarm("gone", Dimensions=[{"Name": "InstanceId", "Value": "i-gone"}])
    rows = parts([gone])
    del rows["resources"]
    report = judged(tmp_path, rows)
    assert found(report) == {}
    assert [one["reason"] for one in report["not_judged"]] == ["the capture has no resources of its account and Region"]


def test_what_a_hub_sees_of_another_account_is_not_all_of_it(tmp_path: Path) -> None:
    """A link may leave metrics out: https://docs.aws.amazon.com/OAM/latest/APIReference/API_LinkConfiguration.html"""
    other = "333333333333"
    stat = {"Metric": {"Namespace": "AWS/RDS", "MetricName": "CPUUtilization"}, "Period": 60, "Stat": "Average"}
    linked = alarm("linked", Metrics=[{"Id": "a", "AccountId": other, "MetricStat": stat}])
    for key in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period"):
        del linked[key]
    rows = parts([linked], metrics=[{**LISTED, "OwningAccount": other}])
    report = judged(tmp_path, rows)
    assert found(report) == {}
    both = {(ALPHA, REGION): rows, (other, REGION): {"alarms": [], "metrics": []}}
    write_capture(tmp_path / "both", both, environment=None, hub=None)
    done = obsgen(tmp_path, "hygiene", "both", "--format", "json", "--rule", "resource-gone")
    assert "its metric is of another account" in json.loads(done.stdout)["not_judged"][0]["reason"]
    assert [one["reason"] for one in report["not_judged"]] == [
        "the capture has no list of the metrics of its account and Region"
    ]


def test_a_metric_of_an_expression_is_seen(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html: `MetricStat`"""
    metric = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization"}
    dimensions = [{"Name": "InstanceId", "Value": "i-gone"}]
    stat = {"Metric": {**metric, "Dimensions": dimensions}, "Period": 60, "Stat": "Average"}
    both = alarm("ratio", Metrics=[{"Id": "a", "MetricStat": stat}, {"Id": "b", "Expression": "a * 2"}])
    for key in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period"):
        del both[key]
    assert found(judged(tmp_path, parts([both]))) == {"resource-gone": ["ratio"]}


def test_resource_gone_knows_metrics_that_are_rare(tmp_path: Path) -> None:
    table = {"Name": "TableName", "Value": "orders"}
    rare = alarm(
        "rare",
        Namespace="AWS/DynamoDB",
        MetricName="ThrottledRequests",
        Statistic="Sum",
        Dimensions=[table, {"Name": "Operation", "Value": "Query"}],
    )
    listed = {**LISTED, "Namespace": "AWS/DynamoDB", "MetricName": "SuccessfulRequestLatency", "Dimensions": [table]}
    errors = alarm("errors", Namespace="Shop", MetricName="Errors", Dimensions=[])
    filters = [
        {
            "filterName": "e",
            "logGroupName": "l",
            "metricTransformations": [{"metricNamespace": "Shop", "metricName": "Errors"}],
        }
    ]
    rows = parts([rare, errors], metrics=[LISTED, listed], metric_filters=filters)
    assert found(judged(tmp_path, rows)) == {}
    assert found(judged(tmp_path / "b", {**rows, "metric-filters": []})) == {"resource-gone": ["errors"]}
    del rows["metric-filters"]
    assert [one["reason"] for one in judged(tmp_path / "c", rows)["not_judged"]] == [
        "the capture has no metric filters of its account and Region"
    ]


def test_a_composite_whose_children_are_gone(tmp_path: Path) -> None:
    rule = f"ALARM(arn:aws:cloudwatch:{REGION}:{ALPHA}:alarm:cpu) OR ALARM(deleted)"
    composite = composite_alarm("both", rule, **{k: SOUND[k] for k in ("AlarmActions", "AlarmDescription")})
    report = judged(tmp_path, parts([alarm(), composite]))
    assert the(report, "resource-gone")["evidence"] == {"missing": ["deleted"]}


@pytest.mark.parametrize(
    ("keys", "use"),
    [
        ({"Threshold": 100.0}, ">= 100"),
        ({"Threshold": 120.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, ">= 100"),
        ({"Threshold": 0.0, "ComparisonOperator": "LessThanThreshold"}, "<= 0"),
        ({"Threshold": 100.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, ""),
        ({"Threshold": 1e9, "Statistic": "Sum"}, ""),
        ({"Threshold": 100.0, "Namespace": "Shop"}, ""),
    ],
)
def test_a_percentage_has_an_end(tmp_path: Path, keys: dict[str, Any], use: str) -> None:
    """CPUUtilization is in percent: docs/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html"""
    report = judged(tmp_path, parts([alarm(**keys)]), "--rule", "unreachable-threshold")
    assert bool(report["findings"]) is bool(use)
    if use:
        assert report["findings"][0]["advice"] == f"use `{use}`, or a threshold within the range"


def test_a_threshold_at_the_end_of_a_range_is_not_proposed_where_it_would_fire_often(tmp_path: Path) -> None:
    """A queue below 0 messages: at 0 it fires whenever the queue is empty."""
    metric = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "q"})
    queue = alarm(
        Namespace=metric[0],
        MetricName=metric[1],
        Dimensions=[{"Name": "QueueName", "Value": "q"}],
        Threshold=0.0,
        ComparisonOperator="LessThanThreshold",
    )
    row = the(judged(tmp_path, parts([queue], metric_data=minutes(metric, [0.0] * 60))), "unreachable-threshold")
    assert row["advice"] == "use a threshold within the range; `<= 0` would fire often"


def test_young_and_changed_alarms_are_not_judged_by_history(tmp_path: Path) -> None:
    young = alarm("young", AlarmConfigurationUpdatedTimestamp=at(20), StateValue="ALARM")
    changed = alarm("changed", StateValue="ALARM", Threshold=70.0)
    update = {
        "AlarmName": "changed",
        "AlarmType": "MetricAlarm",
        "Timestamp": at(21),
        "HistoryItemType": "ConfigurationUpdate",
        "HistorySummary": "Alarm updated",
        "HistoryData": {"type": "Update"},
    }
    report = judged(tmp_path, parts([young, changed], [update]))
    assert report["findings"] == []
    assert {(one["rule"], one["alarms"]) for one in report["not_judged"]} == {
        (rule, 2) for rule in ("always-firing", "flapping", "insufficient-data", "never-fired")
    }
    assert {one["reason"] for one in report["not_judged"]} == {"its condition is younger than 14 days"}
    assert len(judged(tmp_path / "b", parts([young, changed], [update]), "--days", "5")["findings"]) == 2


def test_what_was_not_captured_is_not_judged(tmp_path: Path) -> None:
    report = judged(tmp_path, {"alarms": [alarm(StateValue="ALARM")]})
    assert report["findings"] == []
    assert {(one["rule"], one["reason"]) for one in report["not_judged"]} == {
        *(
            (rule, "the capture has no history of its account and Region")
            for rule in ("always-firing", "flapping", "insufficient-data", "never-fired")
        ),
        ("resource-gone", "the capture has no list of the metrics of its account and Region"),
    }


def test_weeks_and_owners(tmp_path: Path) -> None:
    flaps = [row for hour in range(6) for row in firing("cpu", 17, hour)]
    other = alarm(
        "other", Threshold=70.0, AlarmDescription="https://wiki.example.com/x\nTeam: core", StateValue="ALARM"
    )
    report = judged(tmp_path, parts([alarm(), other], [*firing("cpu", 4, 0, 30), *flaps]))
    assert [(week["start"][:10], week["firings"], week["short"]) for week in report["weeks"]] == [
        ("2026-11-02", 1, 0),
        ("2026-11-09", 0, 0),
        ("2026-11-16", 6, 6),
        ("2026-11-23", 0, 0),
    ]
    assert [(week["flapping"], week["firing"], week["percent"]) for week in report["weeks"]][2:] == [
        (1, 1, 0),
        (0, 1, 50),
    ]
    owners = {score["name"]: score["findings"] for score in report["scores"] if score["kind"] == "owner"}
    assert owners == {"core": {"always-firing": 1}, "payments": {"flapping": 1}}
