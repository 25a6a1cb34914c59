"""Alarms, composites and logs of one account: what is written of each, and that the build makes it again."""

from __future__ import annotations

from typing import Any

import pytest

from generator.cli.import_built import deployed_of
from generator.importer.compare import compared
from generator.importer.write.quantities import Unwritable
from generator.importer.write.rules import rule_text
from tests.importer.written_sources import MEMBER, REGION, alarm, alarms_of, imported, stack

SAME = (
    *("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Period", "EvaluationPeriods", "Threshold"),
    *("ComparisonOperator", "TreatMissingData", "Unit", "EvaluateLowSampleCountPercentile", "ActionsEnabled"),
)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"Statistic": None, "ExtendedStatistic": "p99.9", "EvaluateLowSampleCountPercentile": "ignore"},
        {"Namespace": "Shop", "Period": 10, "Threshold": 1e-7, "ComparisonOperator": "LessThanOrEqualToThreshold"},
        {"Period": "3600", "Threshold": "1e12", "EvaluationPeriods": 24, "DatapointsToAlarm": 3},
        {"Unit": "Seconds", "TreatMissingData": "ignore"},
        {"ActionsEnabled": False},
        {"TreatMissingData": "breaching", "Threshold": -3.5},
    ],
)
def test_an_alarm_is_built_as_it_was(properties: dict[str, Any]) -> None:
    original = alarm("Jobs too old (prod)", **properties)["Properties"]
    _, build = imported(stack({"A": alarm("Jobs too old (prod)", **properties)}), packs={})
    again = alarms_of(build)["Jobs too old (prod)"]
    usual = {"TreatMissingData": "missing"}
    for name in SAME:
        was, now = original.get(name, usual.get(name)), again.get(name)
        assert was == now or float(was) == float(now), name
    assert again["DatapointsToAlarm"] == int(original.get("DatapointsToAlarm", original["EvaluationPeriods"]))
    assert [row["Value"] for row in again["Dimensions"]] == ["jobs"]


def test_dynamodb_keeps_the_state_where_nothing_says_how_missing_data_is_treated() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    properties = {"Namespace": "AWS/DynamoDB", "MetricName": "ConsumedReadCapacityUnits", "Statistic": "Sum"}
    rows = {"A": alarm(**properties, Dimensions=[{"Name": "TableName", "Value": "orders"}])}
    _, build = imported(stack(rows))
    assert alarms_of(build)["queue-age"]["TreatMissingData"] == "ignore"


def test_expressions_queries_and_anomalies() -> None:
    def stat(key: str, name: str, is_returned: bool = False) -> dict[str, Any]:
        metric = {"Namespace": "Shop", "MetricName": name}
        return {"Id": key, "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": is_returned}

    empty = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    math = [
        {"Id": "rate", "Expression": "100 * part", "ReturnData": True},
        {"Id": "part", "Expression": "e / c", "ReturnData": False},
    ]
    band = [
        stat("m1", "Orders", True),
        {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)", "ReturnData": True},
    ]
    query = 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)'
    rows = {
        "Math": alarm("math", **empty, Metrics=[*math, stat("e", "Errors"), stat("c", "Calls")]),
        "Query": alarm("query", **empty, Metrics=[{"Id": "q", "Expression": query, "Period": 300}]),
        "Band": alarm(
            "band",
            **empty,
            Metrics=band[:1] + band[1:],
            Threshold=None,
            ThresholdMetricId="ad1",
            ComparisonOperator="LessThanLowerThreshold",
        ),
    }
    rows["Band"]["Properties"]["Metrics"][0]["ReturnData"] = True
    result, build = imported(stack(rows))
    assert 'expression: "100 * part"\n    expressions: {part: e / c}\n' in result.text
    assert "anomaly: {band: 3, direction: below}" in result.text
    again = alarms_of(build)
    assert {row["Id"]: row.get("Expression") for row in again["math"]["Metrics"]}["part"] == "e / c"
    assert again["query"]["Metrics"][0]["Expression"] == query


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"AlarmName": "TargetTracking-table/orders-AlarmHigh-1"}, "AWS Auto Scaling makes"),
        ({"Statistic": None}, "it has no statistic"),
        ({"ComparisonOperator": "EqualTo"}, "its comparison is EqualTo"),
        ({"Threshold": "lots"}, "'lots' is not a number"),
        ({"TreatMissingData": "never"}, "TreatMissingData is never"),
        ({"AlarmActions": ["arn:aws:foo:x"]}, "its action arn:aws:foo:x is none"),
        ({"Dimensions": [{"Name": "QueueName", "Value": "été"}]}, "ASCII"),
        ({"MetricName": "AgeOfMessages"}, "AgeOfMessages"),
    ],
)
def test_what_cannot_be_said_is_dropped_with_the_reason(properties: dict[str, Any], reason: str) -> None:
    other = alarm("other", Dimensions=[{"Name": "QueueName", "Value": "other"}])
    result, _ = imported(stack({"A": alarm(**properties), "B": other}))
    (dropped,) = [row for row in result.dropped if not row.property]
    assert reason in dropped.reason
    assert list(result.keys.values()) == ["alarms.other"]


def test_actions_of_cloudwatch_itself_and_the_states_in_which_they_run() -> None:
    policy = f"arn:aws:autoscaling:{REGION}:{MEMBER}:scalingPolicy:1:autoScalingGroupName/a:policyName/grow"
    function = f"arn:aws:lambda:{REGION}:{MEMBER}:function:heal"
    rows = {
        "A": alarm("growing", AlarmActions=[policy]),
        "B": alarm(
            "both", AlarmActions=[function], OKActions=[function], Dimensions=[{"Name": "QueueName", "Value": "b"}]
        ),
    }
    result, build = imported(stack(rows))
    assert "actions_in: [alarm]" in result.text and result.text.count("actions_in") == 1
    assert "OKActions" not in alarms_of(build)["growing"]
    assert len(alarms_of(build)["both"]["OKActions"]) == 1


def test_a_policy_of_the_template_is_an_action_to_fill_in() -> None:
    policy = {"Type": "AWS::AutoScaling::ScalingPolicy", "Properties": {"AutoScalingGroupName": "web"}}
    result, _ = imported(stack({"Grow": policy, "A": alarm(AlarmActions=[{"Ref": "Grow"}])}), packs={})
    assert 'actions: ["{var.grow-id}"]\n    actions_in: [alarm]\n' in result.text
    assert "grow-id: arn:aws:autoscaling:us-east-1:222222222222:scalingPolicy:fill-in  # fill in" in result.text
    assert result.dropped == ()


def test_summary_runbook_owner_and_tags() -> None:
    tags = [{"Key": "Owner", "Value": "payments"}, {"Key": "severity", "Value": "P2"}, {"Key": "tier", "Value": "gold"}]
    text = "Jobs {id} wait.\nRunbook: https://wiki.example.com/jobs."
    result, _ = imported(stack({"A": alarm(AlarmDescription=text, Tags=tags)}), packs={})
    for line in (
        "severity: high",
        "summary: Jobs (id) wait.",
        "owner: payments",
        "runbook: https://wiki.example.com/jobs",
        "tags: {tier: gold}",
    ):
        assert f"    {line}\n" in result.text


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ('ALARM("a") OR ALARM(b) AND NOT OK(c)', "a or b and not ok(c)"),
        (
            '(ALARM("a") OR ALARM(b)) AND NOT (OK(c) AND INSUFFICIENT_DATA(a))',
            "(a or b) and not (ok(c) and no-data(a))",
        ),
        ("AT_LEAST(50%, ALARM, (a, b, c))", "at_least(2, a, b, c)"),
        ("AT_LEAST(2, NOT OK, (a, b, c))", "at_least(2, not ok, (a, b, c))"),
        ("ALARM(a) OR FALSE", "a"),
        ("NOT TRUE OR ALARM(b)", "b"),
    ],
)
def test_rules_of_composites(rule: str, text: str) -> None:
    assert rule_text(rule, str.lower) == text


@pytest.mark.parametrize(
    ("rule", "reason"), [("TRUE", "always true"), ("ALARM(a", "cannot be read"), ("ALARM(a) AND FALSE", "always false")]
)
def test_rules_without_meaning(rule: str, reason: str) -> None:
    with pytest.raises(Unwritable, match=reason):
        rule_text(rule, str.lower)


def test_composites_name_alarms_by_arn_name_and_reference_and_each_other() -> None:
    def composite(name: str, rule: Any, **more: Any) -> dict[str, Any]:
        actions = [f"arn:aws:sns:{REGION}:{MEMBER}:critical-alerts"]
        properties = {"AlarmName": name, "AlarmRule": rule, "AlarmActions": actions, **more}
        return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}

    queue = [{"Name": "QueueName", "Value": "two"}]
    suppressor = {
        "ActionsSuppressor": "Second one",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 120,
    }
    rows = {
        "A": alarm("first"),
        "B": alarm("Second one", Dimensions=queue),
        "Unnamed": alarm(None, Dimensions=[{"Name": "QueueName", "Value": "three"}]),
        "Top": composite("top", "ALARM(low) AND ALARM(first)", **suppressor),
        "Low": composite(
            "low", {"Fn::Sub": f'ALARM("arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:Second one") OR OK(${{Unnamed}})'}
        ),
        "Lost": composite("lost", "ALARM(elsewhere)"),
    }
    result, build = imported(stack(rows))
    assert "  low: {rule: second-one or ok(unnamed), severity: critical, name: low}\n" in result.text
    assert "rule: low and first" in result.text and "suppressed_by: second-one" in result.text
    assert {"top", "low"} <= set(alarms_of(build))
    assert [(row.name, "elsewhere" in row.reason) for row in result.dropped if not row.property] == [("lost", True)]


def test_log_groups_filters_and_alarms_on_both() -> None:
    def group(name: str, **more: Any) -> dict[str, Any]:
        return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, **more}}

    def counts(log_group: Any, name: str) -> dict[str, Any]:
        metric = {"MetricName": name, "MetricNamespace": "Shop", "MetricValue": "1", "DefaultValue": 0}
        properties = {
            "FilterName": f"{name} of shop",
            "LogGroupName": log_group,
            "FilterPattern": '"[ERROR]"',
            "MetricTransformations": [metric],
        }
        return {"Type": "AWS::Logs::MetricFilter", "Properties": properties}

    on_filter = {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": None, "Statistic": "Sum"}
    rows = {
        "Ours": group("/shop/prod", RetentionInDays=14),
        "Endless": group("/shop/endless"),
        "Unread": group("/shop/unread"),
        "F1": counts({"Ref": "Ours"}, "Errors"),
        "F2": counts("/aws/lambda/pay", "PayErrors"),
        "F3": counts({"Ref": "Endless"}, "EndlessErrors"),
        "A": alarm("shop errors", **on_filter),
    }
    result, _ = imported(stack(rows))
    assert "shop-prod: {name: /shop/prod, retention: 14d}" in result.text
    assert "pay: {name: /aws/lambda/pay, create: false}" in result.text
    assert "shop-endless: {name: /shop/endless, create: false}" in result.text
    assert "metric: {filter: errors-of-shop}" in result.text
    assert "  - {rule: log-retention-30-days, for: log_groups, reason: " in result.text
    assert {row.name for row in result.dropped if not row.property} == {"/shop/endless", "/shop/unread"}


@pytest.mark.parametrize("enabled", [{"Ref": "On"}, {"Fn::If": ["C", True, False]}])
def test_actions_of_which_nothing_says_whether_they_are_enabled_are(enabled: Any) -> None:
    parameters = {"On": {"Type": "String"}}
    conditions = {"C": {"Fn::Equals": [{"Ref": "On"}, "yes"]}}
    source = stack({"A": alarm(ActionsEnabled=enabled)}, Parameters=parameters, Conditions=conditions)
    result, build = imported(source, packs={})
    assert any(remark.startswith("queue-age: nothing says whether") for remark in result.remarks)
    comparison = compared([source], deployed_of(build), result.keys, dropped=result.dropped)
    (row,) = [row for row in comparison.resources if row.name == "queue-age"]
    assert row.outcome == "not comparable" and row.reason.startswith("ActionsEnabled: ")


def test_a_band_without_a_width_is_two_deviations_wide() -> None:
    # "If you don't specify this argument, the default of 2 is used."
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    metric = {"Namespace": "Shop", "MetricName": "Calls"}
    rows = [
        {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}},
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND( m1 )"},
    ]
    empty = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "Threshold"))
    comparison = {"ComparisonOperator": "GreaterThanUpperThreshold", "ThresholdMetricId": "band"}
    source = stack({"A": alarm(**empty, **comparison, Metrics=rows)})
    result, build = imported(source, packs={})
    (row,) = compared([source], deployed_of(build), result.keys).of("equal")
    assert row.key == "alarms.queue-age" and "band: 2" in result.text


def test_a_query_that_reads_up_to_its_run_has_no_delay() -> None:
    # The default of EndTimeOffset is 0: API reference of CloudWatch, ScheduleConfiguration.
    schedule = {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300}
    query = {"QueryString": "filter level = 'x'", "LogGroupIdentifiers": ["/shop"], "ScheduleConfiguration": schedule}
    properties = {
        "AlarmName": "lines",
        "ScheduledQueryConfiguration": {**query, "AggregationExpression": "count(*)"},
        "QueryResultsToEvaluate": 1,
        "QueryResultsToAlarm": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [f"arn:aws:sns:{REGION}:{MEMBER}:alerts"],
    }
    source = stack({"A": {"Type": "AWS::CloudWatch::LogAlarm", "Properties": properties}})
    result, build = imported(source, packs={})
    assert "delay: none" in result.text
    assert compared([source], deployed_of(build), result.keys).of("equal")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
        ("FieldIndexPolicies", [{"Fields": ["request"]}]),
        ("DeletionProtectionEnabled", "true"),
        ("BearerTokenAuthenticationEnabled", True),
        ("ResourcePolicyDocument", {"Statement": []}),
    ],
)
def test_a_log_group_that_the_language_cannot_make_is_only_read(name: str, value: Any) -> None:
    def rows(**more: Any) -> dict[str, Any]:
        group = {"LogGroupName": "/app/x", "RetentionInDays": 14, **more}
        transformation = {"MetricName": "E", "MetricNamespace": "S", "MetricValue": "1"}
        counting = {"LogGroupName": "/app/x", "FilterPattern": "ERROR", "MetricTransformations": [transformation]}
        return {
            "G": {"Type": "AWS::Logs::LogGroup", "Properties": group},
            "F": {"Type": "AWS::Logs::MetricFilter", "Properties": counting},
        }

    result, _ = imported(stack(rows(**{name: value})))
    assert "create: false" in result.text
    reasons = [dropped.reason for dropped in result.dropped if dropped.name == "/app/x"]
    assert reasons == [f"log groups of the language have no {name}; the file only reads it (create: false)"]
    assert "retention: 14d" in imported(stack(rows(**{name: False})))[0].text
