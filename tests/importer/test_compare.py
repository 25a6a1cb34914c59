"""The comparison of an import: what is equal although it is written otherwise, and each difference that is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from generator.evaluate.types import Deployed
from generator.importer.compare import ImportComparison, ImportOutcome, compared, comparison_data, comparison_lines
from generator.importer.resources import ResourceId
from generator.importer.types import DroppedResource, SourcePosition

ACCOUNT, REGION = "222222222222", "us-east-1"
ALARM = "AWS::CloudWatch::Alarm"
TOPIC = "arn:aws:sns:us-east-1:222222222222:ops"
FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:restart"


def alarm(**changes: Any) -> dict[str, Any]:
    """An alarm; None removes a property."""
    properties = {
        "AlarmName": "queue",
        "Namespace": "AWS/SQS",
        "MetricName": "Age",
        "Dimensions": [{"Name": "QueueName", "Value": "orders"}, {"Name": "Tier", "Value": "1"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 3,
        "Threshold": 600,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "missing",
        **changes,
    }
    return {key: value for key, value in properties.items() if value is not None}


def stack(kind: str, properties: Mapping[str, Any], path: str = "", **others: Any) -> Deployed:
    """A stack with one resource; with a path it is one that obsgen has written."""
    resource: dict[str, Any] = {"Type": kind, "Properties": properties}
    if path:
        resource["Metadata"] = {"obsgen": {"path": path}}
    return Deployed({"Resources": {"One": resource, **others}}, ACCOUNT, REGION)


def comparison(
    was: Mapping[str, Any], now: Mapping[str, Any], kind: str = ALARM, name: str = "queue"
) -> ImportComparison:
    """A resource of the source and the one of the file."""
    key = "alarms.queue"
    return compared([stack(kind, was)], [stack(kind, now, key)], {ResourceId(ACCOUNT, REGION, kind, name): key})


def only(found: ImportComparison) -> Any:
    """The one resource of a comparison."""
    (resource,) = found.resources
    return resource


BAND = [
    {"Id": "m1", "MetricStat": {"Metric": {"Namespace": "S", "MetricName": "M"}, "Period": 300, "Stat": "Average"}},
    {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"},
]


def stat(id_: str, name: str, statistic: str = "Sum", **more: Any) -> dict[str, Any]:
    """An entry on a metric of the shop, that is not returned."""
    metric = {"Namespace": "Shop", "MetricName": name}
    return {"Id": id_, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}, **more}


def expression(text: str, *entries: dict[str, Any]) -> dict[str, Any]:
    """An alarm on an expression."""
    plain = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    return alarm(**plain, Metrics=[*entries, {"Id": "result", "Expression": text, "Label": "anything"}])


EQUAL = {
    "every datapoint is needed if nothing says how many": (alarm(DatapointsToAlarm=None), alarm()),
    "missing is missing": (alarm(TreatMissingData=None), alarm()),
    "DynamoDB's missing data is ignored": (
        alarm(Namespace="AWS/DynamoDB", TreatMissingData=None),
        alarm(Namespace="AWS/DynamoDB", TreatMissingData="ignore"),
    ),
    "the order of dimensions": (alarm(Dimensions=[*reversed(alarm()["Dimensions"])]), alarm()),
    "a metric in a list": (
        alarm(
            **dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period")),
            Metrics=[
                {
                    "Id": "anything",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/SQS",
                            "MetricName": "Age",
                            "Dimensions": alarm()["Dimensions"],
                        },
                        "Period": 60,
                        "Stat": "Maximum",
                    },
                }
            ],
        ),
        alarm(),
    ),
    "numbers as text": (alarm(Threshold="600.0", Period="60", EvaluationPeriods="3"), alarm()),
    "actions on topics, tags and texts": (
        alarm(AlarmActions=[TOPIC], OKActions=[TOPIC], Tags=[{"Key": "a", "Value": "b"}], AlarmDescription="x"),
        alarm(Tags=[{"Key": "severity", "Value": "high"}], AlarmDescription="y"),
    ),
    "p99.00 is p99": (
        alarm(Statistic=None, ExtendedStatistic="p99.00"),
        alarm(Statistic=None, ExtendedStatistic="p99"),
    ),
    "IDs and spaces of an expression": (
        expression("100 * bad / (all + bad)", stat("bad", "Bad"), stat("all", "All")),
        expression("100*m2/(m1+m2)", stat("m1", "All"), stat("m2", "Bad")),
    ),
    "parts of an expression with names": (
        expression("rate", stat("a", "A"), stat("b", "B"), {"Id": "rate", "Expression": "a/b", "ReturnData": False}),
        expression("q", stat("x", "A"), stat("y", "B"), {"Id": "q", "Expression": "x / y", "ReturnData": False}),
    ),
    "a metric that nothing uses": (
        expression("a + 1", stat("a", "A"), stat("b", "B")),
        expression("a + 1", stat("a", "A")),
    ),
    "a band": (
        alarm(**dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "Threshold")),
              ThresholdMetricId="band", Metrics=BAND, ComparisonOperator="GreaterThanUpperThreshold"),
        alarm(**dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "Threshold")),
              ThresholdMetricId="ad", Metrics=[BAND[0], {**BAND[1], "Id": "ad"}],
              ComparisonOperator="GreaterThanUpperThreshold"),
    ),
    "actions enabled": (alarm(ActionsEnabled="true"), alarm()),
    "a new name": (alarm(), alarm(AlarmName="queue-alarm-prod")),
}  # fmt: skip


@pytest.mark.parametrize("case", EQUAL)
def test_what_means_the_same_is_equal(case: str) -> None:
    was, now = EQUAL[case]
    for found in (comparison(was, now), comparison({**now, "AlarmName": "queue"}, {**was, "AlarmName": "x"})):
        assert (only(found).outcome, only(found).differences) == (ImportOutcome.EQUAL, ())
        assert found.is_proven


DIFFERENT: dict[str, tuple[dict[str, Any], str]] = {
    "threshold": ({"Threshold": 601}, "fires: > 600 in the source, > 601 in the file"),
    "a little": ({"Threshold": 600.0001}, "fires: > 600 in the source, > 600.0001 in the file"),
    "comparison": ({"ComparisonOperator": "GreaterThanOrEqualToThreshold"}, "fires: > 600 in the source, >= 600"),
    "period": ({"Period": 300}, "watches: Maximum of AWS/SQS/Age {QueueName=orders, Tier=1} in 60 s in the source"),
    "statistic": ({"Statistic": "Sum"}, "Sum of AWS/SQS/Age"),
    "percentile": ({"Statistic": None, "ExtendedStatistic": "p99.9"}, "p99.9 of AWS/SQS/Age"),
    "namespace": ({"Namespace": "SQS"}, "Maximum of SQS/Age"),
    "metric": ({"MetricName": "age"}, "Maximum of AWS/SQS/age"),
    "dimension": ({"Dimensions": [{"Name": "QueueName", "Value": "orders"}]}, "Age {QueueName=orders} in 60 s"),
    "unit": ({"Unit": "Seconds"}, "in Seconds in 60 s"),
    "datapoints": ({"DatapointsToAlarm": 2}, "needs: 3 of 3 periods in the source, 2 of 3 periods in the file"),
    "periods": ({"EvaluationPeriods": 4}, "needs: 3 of 3 periods in the source, 3 of 4 periods in the file"),
    "missing data": ({"TreatMissingData": "breaching"}, "missing data: missing in the source, breaching in the file"),
    "few samples": ({"EvaluateLowSampleCountPercentile": "ignore"}, "few samples: are evaluated in the source, keep"),
    "disabled": ({"ActionsEnabled": False}, "actions: enabled in the source, disabled in the file"),
    "an action": ({"AlarmActions": [FUNCTION]}, f"actions in ALARM: none in the source, {FUNCTION} in the file"),
    "another state": ({"InsufficientDataActions": [FUNCTION]}, "actions in INSUFFICIENT_DATA: none in the source"),
    "clock": ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC"}}}, "window: slides in the source, of the"),
    "warm-up": ({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}, "warm-up: none in the source, 300 s"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_each_property_that_differs_is_said(case: str) -> None:
    change, sentence = DIFFERENT[case]
    found = comparison(alarm(), alarm(**change))
    assert only(found).outcome is ImportOutcome.DIFFERS and not found.is_proven
    assert sentence in "\n".join(only(found).differences)
    assert sentence.split(": ")[-1] in "\n".join(comparison_lines(found))


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("100*bad/all", [stat("bad", "All"), stat("all", "Bad")]),
        ("100*bad/all+1", [stat("bad", "Bad"), stat("all", "All")]),
        ("100*bad/all", [stat("bad", "Bad", "Average"), stat("all", "All")]),
        ("100*bad/all", [stat("bad", "Bad", AccountId="333333333333"), stat("all", "All")]),
    ],
)
def test_each_part_of_an_expression_counts(text: str, entries: list[dict[str, Any]]) -> None:
    was = expression("100*bad/all", stat("bad", "Bad"), stat("all", "All"))
    (difference,) = only(comparison(was, expression(text, *entries))).differences
    assert difference.startswith("watches: ")


def test_expressions_that_use_each_other_in_a_circle_or_a_thousand_times_are_compared_in_time() -> None:
    circle = [{"Id": "a", "Expression": "b+b"}, {"Id": "b", "Expression": "a+a", "ReturnData": False}]
    tower = [{"Id": f"e{n}", "Expression": f"e{n + 1}+e{n + 1}", "ReturnData": not n} for n in range(60)]
    for metrics in (circle, [*tower, stat("e60", "A")]):
        plain = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
        properties = alarm(**plain, Metrics=metrics)
        assert only(comparison(properties, properties)).outcome is ImportOutcome.EQUAL


@pytest.mark.parametrize(
    ("rule", "is_equal"),
    [
        ("ALARM(b) OR ALARM(a)", True),
        ('(ALARM("a")) OR (ALARM(b) OR ALARM(a))', True),
        ("ALARM(a) OR (FALSE OR ALARM(b))", True),
        ("(ALARM(a) OR ALARM(b)) AND (TRUE OR ALARM(c))", True),
        ("ALARM(a) OR ALARM(b) AND NOT FALSE", True),
        ("(ALARM(a) OR ALARM(b)) AND FALSE", False),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(a) OR OK(b)", False),
        ("NOT (ALARM(a) OR ALARM(b))", False),
        ("AT_LEAST(1, ALARM, (a, b))", False),
    ],
)
def test_composites_are_compared_by_their_meaning(rule: str, is_equal: bool) -> None:
    kind = "AWS::CloudWatch::CompositeAlarm"
    found = comparison({"AlarmName": "queue", "AlarmRule": "ALARM(a) OR ALARM(b)"}, {"AlarmRule": rule}, kind)
    assert (only(found).outcome is ImportOutcome.EQUAL) is is_equal


def test_a_composite_of_alarms_with_new_names_is_equal_and_one_of_other_alarms_differs() -> None:
    def side(a: str, b: str, rule: str, paths: bool) -> Deployed:
        resources: dict[str, Any] = {
            title: {"Type": ALARM, "Properties": alarm(AlarmName=name)} for title, name in (("A", a), ("B", b))
        }
        resources["C"] = {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmName": "c", "AlarmRule": rule},
        }
        for title, resource in resources.items():
            if paths:
                resource["Metadata"] = {"obsgen": {"path": f"alarms.{title.lower()}"}}
        return Deployed({"Resources": resources}, ACCOUNT, REGION)

    keys = {ResourceId(ACCOUNT, REGION, ALARM, name): f"alarms.{name}" for name in ("a", "b")}
    keys[ResourceId(ACCOUNT, REGION, "AWS::CloudWatch::CompositeAlarm", "c")] = "alarms.c"
    before = side("a", "b", f"ALARM(a) AND NOT OK(arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:b)", paths=False)
    swapped = side("x", "y", 'ALARM("y") AND NOT OK("x")', paths=True)
    renamed = side("x", "y", 'ALARM("x") AND NOT OK("y")', paths=True)
    assert compared([before], [renamed], keys).is_proven
    (differing,) = compared([before], [swapped], keys).of("differs")
    assert differing.differences[0].startswith("fires when: (ALARM(alarms.a) AND NOT OK(alarms.b)) in the source")


@pytest.mark.parametrize("names", [("low", "bad"), ("queue-low", "queue-bad")])
def test_a_composite_of_another_threshold_of_the_same_entry_differs(names: tuple[str, str]) -> None:
    # Alarms of several thresholds, and those of the hub over each account, have one path.
    def side(low: str, bad: str, rule: str, path: str = "") -> Deployed:
        resources: dict[str, Any] = {
            "Low": {"Type": ALARM, "Properties": alarm(AlarmName=low, Threshold=80)},
            "Bad": {"Type": ALARM, "Properties": alarm(AlarmName=bad, Threshold=90)},
            "C": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "c", "AlarmRule": rule}},
        }
        for title, resource in resources.items() if path else ():
            resource["Metadata"] = {"obsgen": {"path": "composites.c" if title == "C" else path}}
        return Deployed({"Resources": resources}, ACCOUNT, REGION)

    low, bad = names
    keys = {ResourceId(ACCOUNT, REGION, ALARM, name): "alarms.queue" for name in ("low", "bad")}
    keys[ResourceId(ACCOUNT, REGION, "AWS::CloudWatch::CompositeAlarm", "c")] = "composites.c"
    before = side("low", "bad", "ALARM(low)")
    assert compared([before], [side(low, bad, f'ALARM("{low}")', "alarms.queue")], keys).is_proven
    (differing,) = compared([before], [side(low, bad, f'ALARM("{bad}")', "alarms.queue")], keys).of("differs")
    assert differing.name == "c"


def test_actions_that_only_the_account_knows_are_counted() -> None:
    found = comparison(alarm(AlarmActions=["${env:TOPIC}", TOPIC]), alarm())
    assert only(found).outcome is ImportOutcome.EQUAL
    assert [count for sentence, count in found.on_purpose if sentence.startswith("actions ")] == [1, 1]


def test_nothing_is_skipped() -> None:
    before = stack(ALARM, alarm(Period="soon"), Two={"Type": ALARM, "Properties": alarm(AlarmName="two")})
    three = {"Type": ALARM, "Properties": alarm(AlarmName="three")}
    four = {"Type": ALARM, "Properties": alarm(AlarmName="four")}
    before.template["Resources"].update({"Three": three, "Four": four})  # type: ignore[attr-defined]
    extra = {"Type": ALARM, "Properties": alarm(AlarmName="extra"), "Metadata": {"obsgen": {"path": "alarms.extra"}}}
    own = {"Type": ALARM, "Properties": alarm(AlarmName="path-watch"), "Metadata": {"obsgen": {"path": "hub"}}}
    after = stack(ALARM, alarm(), "alarms.queue", Extra=extra, Own=own)
    keys = {ResourceId(ACCOUNT, REGION, ALARM, name): f"alarms.{name}" for name in ("queue", "two")}
    dropped = [DroppedResource(SourcePosition("t.yaml", "Three"), ALARM, "three", "nobody needs it")]
    found = compared([before], [after], keys, dropped)
    assert {(one.name, str(one.outcome)) for one in found.resources} == {
        ("queue", "not comparable"), ("two", "differs"), ("three", "dropped"), ("four", "not comparable"),
        ("extra", "added"),
    }  # fmt: skip
    assert not found.is_proven and (found.own, found.own_before) == (1, 0)
    reasons = {one.name: one.reason for one in found.resources}
    assert reasons["queue"] == 'Period: "soon" is not a number' and reasons["three"] == "nobody needs it"
    data = comparison_data(found)
    assert json.loads(json.dumps(data))["counts"] == {
        "equal": 0, "differs": 1, "only read": 0,
        "dropped": 1, "added": 1, "not comparable": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "properties",
    [
        None,
        [],
        "x",
        {"Metrics": "x"},
        {"Metrics": [1, None]},
        {"Dimensions": {}},
        {"Threshold": "1e999"},
        {"Period": {}},
    ],
)
def test_a_resource_that_nobody_can_read_is_not_comparable(properties: Any) -> None:
    found = comparison(properties, alarm(), name="One")
    assert only(found).outcome is not ImportOutcome.EQUAL and not found.is_proven
    assert [*comparison_lines(found, verbose=True)]


def test_names_with_control_characters_do_no_harm_to_a_terminal() -> None:
    name = "\x1b[31mred\x07\u202e"
    found = compared([stack(ALARM, alarm(AlarmName=name))], [], {})
    assert all(character.isprintable() for line in comparison_lines(found) for character in line)


@pytest.mark.parametrize(
    ("kind", "was", "now", "sentence"),
    [
        ("AWS::Logs::MetricFilter", {"FilterPattern": "WARN"}, {}, "pattern: WARN in the source, ERROR in the file"),
        ("AWS::Logs::MetricFilter", {"MetricTransformations": []}, {}, "publishes:  in the source, Shop/Errors = 1"),
        ("AWS::Logs::MetricFilter", {"LogGroupName": "/b"}, {}, "log group: /b in the source, /a in the file"),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 7}, {"RetentionInDays": 30}, "retention: 7 days in the source"),
        ("AWS::Logs::LogGroup", {"KmsKeyId": "arn:aws:kms:x"}, {}, "key: arn:aws:kms:x in the source"),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
        ("AWS::Logs::LogGroup", {"DataProtectionPolicy": {"Name": "x"}}, {}, "data protection: {"),
        ("AWS::Logs::LogGroup", {"DeletionProtectionEnabled": True}, {"DeletionProtectionEnabled": "false"},
         "deletion protection: true in the source, none in the file"),
        ("AWS::Logs::LogGroup", {"FieldIndexPolicies": [{"Fields": ["a"]}]}, {}, "field indexes: "),
        ("AWS::Logs::LogGroup", {"ResourcePolicyDocument": {"Statement": []}}, {}, "resource policy: "),
        ("AWS::Logs::LogGroup", {"BearerTokenAuthenticationEnabled": True}, {}, "bearer tokens: true in the source"),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-logalarm.html
        ("AWS::CloudWatch::LogAlarm", {"ScheduledQueryConfiguration": {"QueryLanguage": "PPL"}}, {},
         "language: PPL in the source, CWLI in the file"),
        ("AWS::CloudWatch::LogAlarm", {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}, {},
         "warm-up: 5 minutes in the source, 0 minutes in the file"),
        ("AWS::CloudWatch::Dashboard", {"DashboardBody": '{"widgets": [{"type": "text"}]}'},
         {"DashboardBody": '{"widgets": []}'},
         "widget 1: text at x 0, y 0, width 6, height 6: {} in the source, nothing in the file"),
    ],
)  # fmt: skip
def test_other_resources_are_compared(kind: str, was: dict[str, Any], now: dict[str, Any], sentence: str) -> None:
    usual: dict[str, dict[str, Any]] = {
        "AWS::Logs::MetricFilter": {
            "FilterName": "queue",
            "LogGroupName": "/a",
            "FilterPattern": "ERROR",
            "MetricTransformations": [
                {"MetricNamespace": "Shop", "MetricName": "Errors", "MetricValue": "1", "DefaultValue": 0}
            ],
        },
        "AWS::Logs::LogGroup": {"LogGroupName": "queue"},
        "AWS::CloudWatch::LogAlarm": {"AlarmName": "queue"},
        "AWS::CloudWatch::Dashboard": {"DashboardName": "queue"},
    }
    found = comparison({**usual[kind], **was}, {**usual[kind], **now}, kind)
    assert sentence in "\n".join(only(found).differences)
    assert only(comparison({**usual[kind], **now}, {**usual[kind], **now}, kind)).outcome is ImportOutcome.EQUAL


def test_thresholds_that_two_sources_have_are_each_compared_with_their_own() -> None:
    def side(path: str = "") -> Deployed:
        resources = {
            name: {"Type": ALARM, "Properties": alarm(AlarmName=name, Threshold=most)}
            | ({"Metadata": {"obsgen": {"path": path}}} if path else {})
            for name, most in (("bad", 90), ("low", 80))
        }
        return Deployed({"Resources": resources}, ACCOUNT, REGION)

    keys = {ResourceId(ACCOUNT, REGION, ALARM, name): "alarms.queue" for name in ("low", "bad")}
    assert len(compared([side(), side()], [side("alarms.queue")], keys).of("equal")) == 4


def test_a_detector_of_periodic_spikes_is_another_one() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricCharacteristics.html
    kind = "AWS::CloudWatch::AnomalyDetector"
    metric = {"Namespace": "Shop", "MetricName": "Orders", "Stat": "Sum"}
    spiky = {**metric, "MetricCharacteristics": {"PeriodicSpikes": True}}
    for was, is_equal in ((spiky, False), ({**spiky, "MetricCharacteristics": {"PeriodicSpikes": "false"}}, True)):
        assert compared([stack(kind, was)], [stack(kind, metric, "alarms.orders")], {}).is_proven is is_equal
