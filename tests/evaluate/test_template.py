"""Templates read: obsgen's own, one as AWS CDK synthesizes it, small ones for each function, and nonsense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.template import (
    CompositeAlarm,
    Contents,
    Entry,
    FilterResource,
    MetricAlarm,
    MetricStat,
    MuteRuleResource,
    Transformation,
    Unknown,
    read,
)
from generator.evaluate.types import AlarmId, Deployed, MetricId
from generator.render.yaml_text import parse_template
from tests.support import ROOT

ACCOUNT, REGION = "123456789012", "eu-west-1"
OUT = ROOT / "out/prod"


def resolved(value: Any, region: str = REGION, **template: Any) -> Any:
    """A value worked out in a template with these parts."""
    return TemplateScope(template, ACCOUNT, region, {"Given": "7"}, "shop").resolved(value)


def contents(resources: Mapping[str, Any], parameters: tuple[tuple[str, str], ...] = (), **parts: Any) -> Contents:
    return read(Deployed({"Resources": resources, **parts}, ACCOUNT, REGION, parameters=parameters))


def alarm(**changed: Any) -> dict[str, Any]:
    """An alarm on one metric; None takes a property away."""
    properties = {
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        **changed,
    }
    kept = {key: value for key, value in properties.items() if value is not None}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": kept}


def only_alarm(**changed: Any) -> MetricAlarm:
    read_one = contents({"A": alarm(**changed)})
    assert not read_one.unknown
    return read_one.metric_alarms[0]


def why(**changed: Any) -> str:
    """The reason for which an alarm can not be evaluated."""
    return contents({"A": alarm(**changed)}).unknown[AlarmId(ACCOUNT, REGION, "A")]


# --- obsgen's own ----------------------------------------------------------------------------------------------


def members() -> dict[str, Contents]:
    """The members as the manifest deploys them, by account name."""
    manifest = yaml.safe_load((OUT / "manifest.yaml").read_text(encoding="utf-8"))
    found: dict[str, Contents] = {}
    for stack_set in manifest["stack_sets"]:
        template = parse_template((OUT / stack_set["template"]).read_text(encoding="utf-8"))
        for group in stack_set["groups"]:
            for name, account in group["accounts"].items():
                parameters = tuple(group["parameters"].items())
                found[name] = read(Deployed(template, account, "us-east-1", name, parameters))
    return found


def test_an_account_has_its_own_threshold_and_only_its_own_alarms() -> None:
    found = members()

    alarms = {name: {each.alarm.name: each for each in one.metric_alarms} for name, one in found.items()}
    errors = {name: its["application-error-alarm-prod"].threshold for name, its in alarms.items()}

    assert errors == {"checkout": 5.0, "settlement": 20.0, "ledger": 1.0}
    assert {name for name, its in alarms.items() if "handler-latency-alarm-prod" in its} == {"checkout", "ledger"}
    assert {alarm.name for one in found.values() for alarm in one.unknown} == {"timeouts-alarm-prod"}
    assert not any(one.mutes_unknown for one in found.values())


def test_a_composite_leaves_out_the_child_that_an_account_does_not_have() -> None:
    found = {
        name: each
        for name, one in members().items()
        for each in one.composites
        if each.alarm.name == "composite-monitoring-alarm-prod"
    }
    rules = {name: one.rule for name, one in found.items()}

    assert rules["ledger"] == (
        '(ALARM("application-error-alarm-prod") OR ALARM("handler-latency-alarm-prod")) '
        'AND NOT ALARM("deploying-alarm-prod")'
    )
    assert rules["settlement"] == (
        '(ALARM("application-error-alarm-prod") OR FALSE) AND NOT ALARM("deploying-alarm-prod")'
    )
    composite = found["ledger"]
    assert (composite.suppressor, composite.wait, composite.extension) == ("deploying-alarm-prod", 120, 300)


def test_filters_know_their_log_group_by_name() -> None:
    filters = {one.logical_id: one for one in members()["ledger"].filters}

    assert filters["FilterApplicationErrors"] == FilterResource(
        "333333333333",
        "us-east-1",
        "FilterApplicationErrors",
        "/aws/application/prod",
        '"[ERROR]"',
        (Transformation("CustomMetrics/Application", "ApplicationErrors-prod", "1", 0.0, (), "Count"),),
    )
    assert filters["FilterHandlerDuration"].transformations[0].value == "$duration"


def test_the_hub_watches_the_metrics_of_its_members() -> None:
    template = parse_template((OUT / "hub.template.yaml").read_text(encoding="utf-8"))
    hub = read(Deployed(template, "111111111111", "us-east-1", "hub"))

    everywhere = next(one for one in hub.metric_alarms if one.alarm.name == "errors-everywhere-alarm-prod")

    assert [entry.expression for entry in everywhere.entries] == ["SUM([m1, m2, m3])", "", "", ""]
    accounts = [entry.stat.metric.account for entry in everywhere.entries if entry.stat]
    assert accounts == ["222222222222", "333333333333", "444444444444"]
    assert [entry.is_returned for entry in everywhere.entries] == [True, False, False, False]
    assert not hub.unknown


# --- another tool's --------------------------------------------------------------------------------------------

CDK = {
    "Resources": {
        "Handler886CB40B": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"ZipFile": "..."}, "Handler": "index.handler", "Runtime": "python3.13"},
            "DependsOn": ["HandlerServiceRoleFCDC14AE"],
            "Metadata": {"aws:cdk:path": "ShopStack/Handler/Resource"},
        },
        "LogsGroup93D7B7E2": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Join": ["", ["/shop/", {"Ref": "Stage"}]]}, "RetentionInDays": 731},
            "UpdateReplacePolicy": "Retain",
            "DeletionPolicy": "Retain",
            "Metadata": {"aws:cdk:path": "ShopStack/Logs/Resource"},
        },
        "FilterD7C7B1A2": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "FilterPattern": '{ $.level = "ERROR" }',
                "LogGroupName": {"Ref": "LogsGroup93D7B7E2"},
                "MetricTransformations": [
                    {
                        "Dimensions": [{"Key": "Route", "Value": "$.route"}],
                        "MetricName": "Errors",
                        "MetricNamespace": "Shop",
                        "MetricValue": "1",
                    }
                ],
            },
            "Metadata": {"aws:cdk:path": "ShopStack/Filter/Resource"},
        },
        "Errors5A1A2B3C": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmActions": [{"Ref": "TopicBFC7AF6E"}],
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Handler886CB40B"}}],
                "EvaluationPeriods": 1,
                "MetricName": "Errors",
                "Namespace": "AWS/Lambda",
                "Period": 300,
                "Statistic": "Sum",
                "Threshold": 1,
            },
            "Metadata": {"aws:cdk:path": "ShopStack/Errors/Resource"},
        },
        "ErrorRate0F1E2D3C": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "error-rate",
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 3,
                "Metrics": [
                    {"Expression": "100 * errors / invocations", "Id": "expr_1", "Label": "Error rate"},
                    {
                        "Id": "errors",
                        "MetricStat": {
                            "Metric": {
                                "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Handler886CB40B"}}],
                                "MetricName": "Errors",
                                "Namespace": "AWS/Lambda",
                            },
                            "Period": 60,
                            "Stat": "Sum",
                        },
                        "ReturnData": False,
                    },
                    {
                        "Id": "invocations",
                        "MetricStat": {
                            "Metric": {
                                "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Handler886CB40B"}}],
                                "MetricName": "Invocations",
                                "Namespace": "AWS/Lambda",
                            },
                            "Period": 60,
                            "Stat": "Sum",
                        },
                        "ReturnData": False,
                    },
                ],
                "Threshold": 5,
                "TreatMissingData": "notBreaching",
            },
        },
        "Either4D5E6F70": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {
                "ActionsSuppressor": {"Fn::GetAtt": ["Errors5A1A2B3C", "Arn"]},
                "ActionsSuppressorExtensionPeriod": 60,
                "ActionsSuppressorWaitPeriod": 60,
                "AlarmName": "ShopStackEither1B2C3D4E",
                "AlarmRule": {
                    "Fn::Join": [
                        "",
                        [
                            '(ALARM("',
                            {"Fn::GetAtt": ["Errors5A1A2B3C", "Arn"]},
                            '") OR ALARM("',
                            {"Fn::GetAtt": ["ErrorRate0F1E2D3C", "Arn"]},
                            '"))',
                        ],
                    ]
                },
            },
            "Metadata": {"aws:cdk:path": "ShopStack/Either/Resource"},
        },
        "TopicBFC7AF6E": {"Type": "AWS::SNS::Topic"},
        "CDKMetadata": {
            "Type": "AWS::CDK::Metadata",
            "Properties": {"Analytics": "v2:deflate64:H4sIAAAAAAAA/zPSM9AzUEwsL9ZNTsnWzclM0qsOLklMztZxLC5OLQEA"},
            "Condition": "CDKMetadataAvailable",
        },
    },
    "Parameters": {
        "Stage": {"Type": "String", "Default": "prod"},
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        },
    },
    "Conditions": {
        "CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}] * 2},
    },
    "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
}


def test_a_template_as_cdk_synthesizes_it_is_read_whole() -> None:
    found = read(Deployed(CDK, ACCOUNT, REGION))

    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
    metric = MetricId(ACCOUNT, REGION, "AWS/Lambda", "Errors", (("FunctionName", "Handler886CB40B"),))
    assert found.metric_alarms == (
        MetricAlarm(
            AlarmId(ACCOUNT, REGION, "Errors5A1A2B3C"),
            "Errors5A1A2B3C",
            (Entry("m1", MetricStat(metric, "Sum", 300)),),
            "GreaterThanOrEqualToThreshold",
            1.0,
            1,
            1,
        ),
        MetricAlarm(
            AlarmId(ACCOUNT, REGION, "error-rate"),
            "ErrorRate0F1E2D3C",
            (
                Entry("expr_1", None, "100 * errors / invocations"),
                Entry("errors", MetricStat(metric, "Sum", 60), is_returned=False),
                Entry("invocations", MetricStat(replace(metric, name="Invocations"), "Sum", 60), is_returned=False),
            ),
            "GreaterThanThreshold",
            5.0,
            5,
            3,
            missing="notBreaching",
        ),
    )
    assert found.composites == (
        CompositeAlarm(
            AlarmId(ACCOUNT, REGION, "ShopStackEither1B2C3D4E"),
            "Either4D5E6F70",
            f'(ALARM("{arn}Errors5A1A2B3C") OR ALARM("{arn}error-rate"))',
            f"{arn}Errors5A1A2B3C",
            60,
            60,
        ),
    )
    (only,) = found.filters
    assert (only.log_group, only.unknown) == ("/shop/prod", "")
    assert only.transformations == (Transformation("Shop", "Errors", "1", None, (("Route", "$.route"),)),)
    assert not found.unknown


# --- functions -------------------------------------------------------------------------------------------------
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

RESOURCES = {
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work"}},
    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": {"Fn::Sub": "a-${AWS::Region}"}}},
    "Group": {"Type": "AWS::Logs::LogGroup"},
    "Gone": {"Type": "AWS::SQS::Queue", "Condition": "Never"},
    "Other": {"Type": "AWS::Else::Thing"},
    "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "blue"}},
    "Service": {"Type": "AWS::ECS::Service", "Properties": {"Cluster": {"Fn::GetAtt": ["Cluster", "Arn"]}}},
    "Plain": {"Type": "AWS::ECS::Service", "Properties": {"ServiceName": "web"}},
    "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Type": "network"}},
    "Named": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Name": "front"}},
    "Listener": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {"LoadBalancerArn": {"Ref": "Named"}},
    },
    "Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Name": "shield", "Scope": "REGIONAL"}},
    "Imported": {"Type": "AWS::ECS::Service", "Properties": {"Cluster": {"Fn::ImportValue": "x"}}},
}
TEMPLATE = {
    "Parameters": {
        "Given": {"Type": "Number"},
        "Default": {"Type": "String", "Default": "prod"},
        "Missing": {"Type": "String"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
        "Several": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    },
    "Mappings": {"Limits": {"prod": {"Errors": 5}}},
    "Conditions": {
        "Never": {"Fn::Equals": ["a", "b"]},
        "Prod": {"Fn::Equals": [{"Ref": "Default"}, "prod"]},
        "Both": {"Fn::And": [{"Condition": "Prod"}, {"Fn::Not": [{"Condition": "Never"}]}]},
        "Open": {"Fn::Equals": [{"Ref": "Missing"}, "x"]},
        "NoMatter": {"Fn::Or": [{"Condition": "Open"}, {"Condition": "Prod"}]},
        "Circle": {"Fn::Not": [{"Condition": "Circle"}]},
    },
    "Resources": RESOURCES,
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Given"}, "7"),
        ({"Ref": "Default"}, "prod"),
        ({"Ref": "Several"}, ["a", "b", "c"]),
        ({"Ref": "AWS::AccountId"}, ACCOUNT),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "shop"),
        ({"Ref": "Alarm"}, f"a-{REGION}"),
        ({"Ref": "Queue"}, f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work"),
        ({"Ref": "Group"}, "Group"),
        ({"Ref": "Other"}, "Other"),
        ({"Ref": "Service"}, f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/blue/Service"),
        ({"Ref": "Plain"}, f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/default/web"),
        ({"Fn::GetAtt": ["Plain", "Name"]}, "web"),
        ({"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}, "net/Balancer/Balancer"),
        ({"Fn::GetAtt": ["Named", "LoadBalancerFullName"]}, "app/front/front"),
        ({"Ref": "Listener"}, f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/front/front/Listener"),
        ({"Fn::GetAtt": ["Targets", "TargetGroupFullName"]}, "targetgroup/Targets/Targets"),
        ({"Fn::GetAtt": ["Topic", "TopicArn"]}, f"arn:aws:sns:{REGION}:{ACCOUNT}:Topic"),
        ({"Fn::GetAtt": ["Queue", "QueueUrl"]}, f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work"),
        ({"Ref": "Acl"}, "shield|shield|REGIONAL"),
        ({"!Ref": "Default"}, "prod"),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "work"),
        ({"Fn::GetAtt": "Alarm.Arn"}, f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:a-{REGION}"),
        ({"!GetAtt": "Queue.Arn"}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:work"),
        ({"Fn::Sub": "${Default}/${Queue.QueueName}/${!Default}"}, "prod/work/${Default}"),
        ({"Fn::Sub": ["${x}-${Default}", {"x": {"Ref": "Given"}}]}, "7-prod"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Default"}, 3]]}, "a-prod-3"),
        ({"Fn::Join": ["|", {"Ref": "Several"}]}, "a|b|c"),
        ({"Fn::Select": ["1", {"Ref": "Several"}]}, "b"),
        ({"Fn::Select": [2, {"Fn::Split": ["/", "a/b/c"]}]}, "c"),
        ({"Fn::FindInMap": ["Limits", {"Ref": "Default"}, "Errors"]}, 5),
        ({"Fn::FindInMap": ["Limits", "dev", "Errors", {"DefaultValue": 9}]}, 9),
        ({"Fn::If": ["Both", "on", "off"]}, "on"),
        ({"Fn::If": ["Never", "on", "off"]}, "off"),
        ({"Fn::If": ["NoMatter", "on", "off"]}, "on"),
        ([1, {"Fn::If": ["Never", 2, {"Ref": "AWS::NoValue"}]}], [1]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ({"Fn::Length": {"Ref": "Several"}}, 3),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"Fn::ToJsonString": {"a": [1]}}, '{"a":[1]}'),
        ({"Ref": "Default", "Other": 1}, {"Ref": "Default", "Other": 1}),
    ],
)
def test_a_function_gives_what_the_reference_says(value: Any, expected: Any) -> None:
    assert resolved(value, **TEMPLATE) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Ref": "Missing"}, "the parameter Missing has no value"),
        ({"Ref": "Stored"}, "the parameter Stored stands in the Parameter Store of the account"),
        ({"Ref": "Nobody"}, "the template has no parameter or resource Nobody"),
        ({"Ref": "Gone"}, "Gone is left out by its condition"),
        ({"Ref": "AWS::StackId"}, "AWS::StackId is known in a deployed stack only"),
        ({"Fn::Sub": "x-${Missing}"}, "the parameter Missing has no value"),
        ({"Fn::Join": ["", ["a", {"Fn::ImportValue": "b"}]]}, "it is imported from another stack, as b"),
        ({"Fn::GetAtt": ["Other", "Endpoint"]}, "Endpoint of Other is known in a deployed stack only"),
        ({"Fn::If": ["Open", 1, 2]}, "the parameter Missing has no value"),
        ({"Fn::If": ["Nothing", 1, 2]}, "the template has no condition Nothing"),
        ({"Fn::If": ["Circle", 1, 2]}, "conditions refer to conditions too deeply, perhaps in a circle"),
        ({"Fn::FindInMap": ["Limits", "dev", "Errors"]}, "the map Limits has nothing at dev, Errors"),
        ({"Fn::Select": [3, ["a"]]}, "Fn::Select finds nothing at its index"),
        ({"Fn::GetAZs": ""}, "Fn::GetAZs is not known offline"),
        ({"Ref": "Imported"}, "it is imported from another stack, as x"),
        ({"Fn::GetAtt": ["Plain", "Arn"]}, "Arn of Plain is known in a deployed stack only"),
    ],
)
def test_what_only_a_deployed_stack_knows_is_unknown_with_its_reason(value: Any, reason: str) -> None:
    assert resolved(value, **TEMPLATE) == Unknown(reason)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "aws amazonaws.com"),
        ("cn-north-1", "aws-cn amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov amazonaws.com"),
        ("us-iso-east-1", "aws-iso c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b sc2s.sgov.gov"),
        ("eusc-de-east-1", "aws-eusc amazonaws.eu"),
    ],
)
def test_a_region_knows_its_partition(region: str, expected: str) -> None:
    assert resolved({"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix}"}, region) == expected


def test_names_that_lean_on_each_other_end() -> None:
    names = {
        "A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["B", "QueueName"]}}},
        "B": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["A", "QueueName"]}}},
    }

    found = resolved({"Fn::GetAtt": ["A", "QueueName"]}, Resources=names)

    assert found == Unknown("values refer to values too deeply, perhaps in a circle")


# --- alarms ----------------------------------------------------------------------------------------------------
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html


def test_an_alarm_without_a_name_has_its_logical_id() -> None:
    assert only_alarm().alarm.name == "A"
    assert only_alarm(AlarmName="errors").alarm.name == "errors"
    assert only_alarm(AlarmName={"Fn::ImportValue": "name"}).alarm.name == "A"


def test_m_is_n_unless_said() -> None:
    assert (only_alarm().datapoints, only_alarm(DatapointsToAlarm=2).datapoints) == (3, 2)


def test_numbers_may_be_written_as_text() -> None:
    found = only_alarm(Threshold="0.5", Period="300", EvaluationPeriods="2", ActionsEnabled="false")

    assert (found.threshold, found.periods, found.actions_enabled) == (0.5, 2, False)
    assert found.entries[0].stat and found.entries[0].stat.period == 300


def test_an_anomaly_alarm_has_the_id_of_its_band_and_no_threshold() -> None:
    entries = [{"Id": "m1", "MetricStat": STAT}, {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]

    found = only_alarm(Threshold=None, ThresholdMetricId="band", Metrics=entries)

    assert (found.threshold, found.threshold_id) == (None, "band")
    assert [entry.is_returned for entry in found.entries] == [True, True]


STAT = {"Metric": {"Namespace": "Shop", "MetricName": "Errors"}, "Period": 60, "Stat": "p99", "Unit": "Count"}


def test_an_entry_may_be_about_another_account() -> None:
    found = only_alarm(Metrics=[{"Id": "m1", "AccountId": "999999999999", "MetricStat": STAT}])

    metric = MetricId("999999999999", REGION, "Shop", "Errors")
    assert found.entries == (Entry("m1", MetricStat(metric, "p99", 60, "Count")),)


def test_dimensions_are_sorted_as_a_metric_has_them() -> None:
    found = only_alarm(Dimensions=[{"Name": "b", "Value": "1"}, {"Name": "a", "Value": {"Ref": "AWS::Region"}}])

    assert found.entries[0].stat and found.entries[0].stat.metric.dimensions == (("a", REGION), ("b", "1"))


def test_a_wall_clock_window_has_a_time_zone() -> None:
    assert only_alarm().time_zone is None
    assert only_alarm(EvaluationWindow={"SlidingWindow": {}}).time_zone is None
    assert only_alarm(EvaluationWindow={"WallClockWindow": {}}).time_zone == "UTC"
    assert only_alarm(EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Rome"}}).time_zone == "Europe/Rome"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Threshold": {"Fn::ImportValue": "x"}}, "Threshold: it is imported from another stack, as x"),
        ({"Threshold": "{{resolve:ssm:/x}}"}, "Threshold: a dynamic reference is resolved by CloudFormation only"),
        ({"Threshold": "five"}, 'Threshold: "five" is not a number'),
        ({"Threshold": None}, "Threshold: it is not there"),
        ({"Threshold": {"Ref": "AWS::NoValue"}}, "Threshold: it is not there"),
        ({"Period": None}, "Period: it is not there"),
        ({"Period": 0}, "Period: 0 is not a whole number from 1 on"),
        ({"EvaluationPeriods": 1.5}, "EvaluationPeriods: 1.5 is not a whole number from 1 on"),
        ({"ActionsEnabled": "maybe"}, 'ActionsEnabled: "maybe" is neither true nor false'),
        ({"Dimensions": [{"Name": "a", "Value": {"Ref": "B"}}]}, "Dimensions[0].Value: the template has no "),
        ({"Metrics": [{"Id": "m1", "MetricStat": {"Metric": {}, "Stat": "Sum"}}]}, "Metrics[0].MetricStat.Metric."),
        ({"Metrics": {"Fn::ImportValue": "x"}}, "Metrics: it is imported from another stack, as x"),
        ({"Metrics": ["x"]}, "Metrics[0]: a mapping is wanted here"),
        (
            {"EvaluationCriteria": {"PromQLCriteria": {}}, "EvaluationInterval": 60},
            "a PromQL query is answered by CloudWatch only; give the test its result: {alarm: …, series: …}",
        ),
        ({"EvaluationCriteria": {"PromQLCriteria": {}}}, "EvaluationInterval: it is not there"),
    ],
)
def test_an_alarm_that_can_not_be_known_keeps_its_place_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    assert why(**changed).startswith(reason)


def test_every_reason_is_told() -> None:
    assert why(Threshold=None, Period=None) == "Period: it is not there; Threshold: it is not there"


def test_an_alarm_behind_a_condition_is_there_not_there_or_unknown() -> None:
    conditions = {"Conditional": {"Fn::Equals": [{"Ref": "P"}, "on"]}}
    parameters = {"P": {"Type": "String"}}
    resources = {"A": {**alarm(), "Condition": "Conditional"}}

    def read_with(*given: tuple[str, str]) -> Contents:
        return contents(resources, given, Conditions=conditions, Parameters=parameters)

    assert read_with(("P", "on")).metric_alarms and not read_with(("P", "on")).unknown
    assert not read_with(("P", "off")).metric_alarms and not read_with(("P", "off")).unknown
    assert list(read_with().unknown.values()) == ["Condition: the parameter P has no value"]


def test_loops_and_alarms_on_log_queries_are_not_passed_over_in_silence() -> None:
    found = contents({"Fn::ForEach::Alarms": ["X", ["a"], {}], "L": {"Type": "AWS::CloudWatch::LogAlarm"}})

    assert {alarm.name: reason for alarm, reason in found.unknown.items()} == {
        "Fn::ForEach::Alarms": "a loop needs the transform AWS::LanguageExtensions",
        "L": "a Logs Insights query is answered by CloudWatch Logs only",
    }


def test_a_filter_that_can_not_be_tried_still_says_which_metric_it_is_for() -> None:
    transformation = {"MetricNamespace": "Shop", "MetricName": "Errors", "MetricValue": "1"}
    resource = {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {"LogGroupName": {"Fn::ImportValue": "group"}, "MetricTransformations": [transformation]},
    }

    (only,) = contents({"F": resource}).filters

    assert only.unknown == "LogGroupName: it is imported from another stack, as group"
    assert only.transformations == (Transformation("Shop", "Errors", "1"),)


def test_a_mute_rule_is_read() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarmmuterule.html"""
    schedule = {"Expression": "cron(0 2 * * *)", "Duration": "PT2H", "Timezone": "Europe/Rome"}
    properties = {
        "Name": "nightly",
        "Rule": {"Schedule": schedule},
        "MuteTargets": {"AlarmNames": [{"Ref": "A"}]},
        "ExpireDate": "2026-12-31T00:00",
    }
    rule = {"Type": "AWS::CloudWatch::AlarmMuteRule", "Properties": properties}
    broken = {"Type": "AWS::CloudWatch::AlarmMuteRule", "Properties": {"Rule": {}}}

    found = contents({"A": alarm(AlarmName="errors"), "Mute": rule, "Broken": broken})

    times = ("cron(0 2 * * *)", "PT2H", "Europe/Rome", "", "2026-12-31T00:00")
    assert found.mutes == (MuteRuleResource(ACCOUNT, REGION, "nightly", *times, ("errors",)),)
    assert list(found.mutes_unknown) == ["Broken"]


# --- nonsense --------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(["A", "B", "P", "C", "AWS::Region", "AWS::NoValue", "A.Arn", "${A}", "${P}-${A.Arn}", "0", ""])
_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _NAMES, st.text(max_size=5))
_FUNCTIONS = st.sampled_from(
    ["Ref", "Condition", "!Ref", "!GetAtt", "Fn::ForEach::x"]
    + [
        f"Fn::{name}"
        for name in [
            "Sub",
            "Join",
            "If",
            "GetAtt",
            "Select",
            "Split",
            "FindInMap",
            "Equals",
            "And",
            "Or",
            "Not",
            "Base64",
            "Cidr",
        ]
    ]
    + ["Fn::Length", "Fn::ToJsonString", "Fn::ImportValue", "Fn::Transform"]
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(_FUNCTIONS, inner, min_size=1, max_size=1),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
    max_leaves=12,
)
_PROPERTIES = st.dictionaries(
    st.sampled_from(
        [
            "AlarmName",
            "Namespace",
            "MetricName",
            "Statistic",
            "ExtendedStatistic",
            "Period",
            "EvaluationPeriods",
            "DatapointsToAlarm",
            "Threshold",
            "ThresholdMetricId",
            "ComparisonOperator",
            "Dimensions",
            "Metrics",
            "TreatMissingData",
            "ActionsEnabled",
            "AlarmRule",
            "ActionsSuppressor",
            "ActionsSuppressorWaitPeriod",
            "LogGroupName",
            "FilterPattern",
            "MetricTransformations",
            "Rule",
            "MuteTargets",
            "EvaluationWindow",
            "Name",
        ]
    ),
    _VALUES,
    max_size=8,
)
_RESOURCES = st.fixed_dictionaries(
    {
        "Type": st.sampled_from(
            [f"AWS::CloudWatch::{kind}" for kind in ("Alarm", "CompositeAlarm", "LogAlarm", "AlarmMuteRule")]
            + ["AWS::Logs::MetricFilter", "AWS::SQS::Queue"]
        )
    },
    optional={"Properties": st.one_of(_PROPERTIES, _VALUES), "Condition": st.one_of(_NAMES, _VALUES)},
)
_TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.one_of(st.dictionaries(_NAMES, st.one_of(_RESOURCES, _VALUES), max_size=3), _VALUES)},
    optional={
        "Parameters": st.one_of(st.dictionaries(_NAMES, _VALUES, max_size=2), _VALUES),
        "Conditions": st.one_of(st.dictionaries(_NAMES, _VALUES, max_size=3), _VALUES),
        "Mappings": _VALUES,
        "Transform": st.sampled_from(["AWS::LanguageExtensions", ["AWS::LanguageExtensions"]]),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(_TEMPLATES, _VALUES), st.lists(st.tuples(_NAMES, st.text(max_size=4)), max_size=2))
def test_whatever_stands_in_a_template_is_read_without_an_exception(
    template: Any, parameters: list[tuple[str, str]]
) -> None:
    read(Deployed(template, ACCOUNT, REGION, parameters=tuple(parameters)))


def test_a_template_that_is_nested_too_deeply_or_counts_too_far_is_read() -> None:
    deep: Any = 1
    for _ in range(20_000):
        deep = [deep]

    assert why(Threshold=deep) == "Threshold: expected text, got a list or a mapping"
    assert "longer than any template" in why(Threshold=10**5000)
