"""States and plans of Terraform become templates: attributes, accounts and Regions, modules, what is not known yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.evaluate.template.template import read
from generator.importer.errors import BadSources
from generator.importer.property_map import resource_maps, unread_types
from generator.importer.read import ReadOptions, read_sources
from generator.importer.types import ImportSource, SourceKind
from tests.terraform_files import (
    ACCOUNT,
    PROVIDER,
    REGION,
    TOPIC,
    alarm_values,
    shown_resource,
    state_resource,
    write_json,
    write_state,
)

ALARM = "aws_cloudwatch_metric_alarm"


def properties(source: ImportSource, index: int = 0) -> dict[str, Mapping[str, Any]]:
    """The properties of the resources of a stack, by the Terraform address."""
    stack = source.stacks[index]
    resources = stack.deployed.template["Resources"]
    return {stack.positions[key].address: resource["Properties"] for key, resource in resources.items()}


def test_an_alarm_of_a_state_has_the_properties_of_cloudformation(tmp_path: Path) -> None:
    state = write_state(
        tmp_path / "terraform.tfstate", [state_resource(ALARM, "age", {"attributes": alarm_values("age")})]
    )
    source = read_sources([state])
    (stack,) = source.stacks
    assert (stack.kind, stack.deployed.account, stack.deployed.region) == (SourceKind.TERRAFORM, ACCOUNT, REGION)
    assert properties(source) == {
        f"{ALARM}.age": {
            "ActionsEnabled": True,
            "AlarmActions": [TOPIC],
            "AlarmName": "age",
            "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
            "EvaluationPeriods": 2,
            "MetricName": "ApproximateAgeOfOldestMessage",
            "Namespace": "AWS/SQS",
            "Period": 60,
            "Statistic": "Maximum",
            "Tags": [{"Key": "team", "Value": "shop"}],
            "Threshold": 0,
            "TreatMissingData": "notBreaching",
        }
    }
    assert list(stack.physical_ids.values()) == ["age"]
    assert source.dropped == ()
    assert [alarm.alarm.name for alarm in read(stack.deployed).metric_alarms] == ["age"]


def test_metric_queries_become_metrics_and_a_band_has_no_threshold(tmp_path: Path) -> None:
    query = {"account_id": "", "expression": "", "id": "m1", "label": "", "period": 0, "return_data": True}
    metric = {"dimensions": {"ApiName": "shop"}, "metric_name": "Count", "namespace": "AWS/ApiGateway", "period": 300}
    band = {**query, "expression": "ANOMALY_DETECTION_BAND(m1, 2)", "id": "ad1", "metric": [], "label": "expected"}
    values = alarm_values(
        "count",
        dimensions=None,
        metric_name="",
        namespace="",
        period=0,
        statistic="",
        threshold=0,
        threshold_metric_id="ad1",
        comparison_operator="LessThanLowerOrGreaterThanUpperThreshold",
        metric_query=[{**query, "metric": [{**metric, "stat": "Sum", "unit": ""}]}, band],
    )
    state = write_state(tmp_path / "x.tfstate", [state_resource(ALARM, "count", {"attributes": values})])
    (alarm,) = properties(read_sources([state])).values()
    assert "Threshold" not in alarm and "Period" not in alarm and alarm["ThresholdMetricId"] == "ad1"
    assert alarm["Metrics"] == [
        {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "Label": "expected", "ReturnData": True},
        {
            "Id": "m1",
            "ReturnData": True,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/ApiGateway",
                    "MetricName": "Count",
                    "Dimensions": [{"Name": "ApiName", "Value": "shop"}],
                },
                "Period": 300,
                "Stat": "Sum",
            },
        },
    ]


def test_the_other_resources_that_are_read(tmp_path: Path) -> None:
    composite = {
        "alarm_name": "both",
        "alarm_rule": "ALARM(age)",
        "actions_enabled": True,
        "actions_suppressor": [{"alarm": "deploy", "extension_period": 60, "wait_period": 120}],
        "arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:both",
    }
    transformation = {
        "default_value": "0",
        "dimensions": None,
        "name": "Errors",
        "namespace": "App",
        "unit": "None",
        "value": "1",
    }
    filter_ = {"name": "errors", "log_group_name": "/app", "pattern": "", "metric_transformation": [transformation]}
    group = {"name": "/app", "retention_in_days": 30, "kms_key_id": "", "skip_destroy": False, "tags_all": {}}
    dashboard = {"dashboard_name": "shop", "dashboard_body": '{"widgets":[]}', "dashboard_arn": "x", "id": "shop"}
    subscription = {"topic_arn": TOPIC, "protocol": "email", "endpoint": "a@example.com", "owner_id": ACCOUNT}
    resources = [
        state_resource("aws_cloudwatch_composite_alarm", "both", {"attributes": composite}),
        state_resource("aws_cloudwatch_log_metric_filter", "errors", {"attributes": filter_}),
        state_resource("aws_cloudwatch_log_group", "app", {"attributes": group}),
        state_resource("aws_cloudwatch_dashboard", "shop", {"attributes": dashboard}),
        state_resource("aws_sns_topic", "oncall", {"attributes": {"name": "oncall", "arn": TOPIC, "policy": "{}"}}),
        state_resource("aws_sns_topic_subscription", "mail", {"attributes": subscription}),
    ]
    source = read_sources([write_state(tmp_path / "x.tfstate", resources)])
    assert source.dropped == ()
    assert list(properties(source).values()) == [
        {
            "AlarmName": "both",
            "AlarmRule": "ALARM(age)",
            "ActionsEnabled": True,
            "ActionsSuppressor": "deploy",
            "ActionsSuppressorWaitPeriod": 120,
            "ActionsSuppressorExtensionPeriod": 60,
        },
        {"DashboardName": "shop", "DashboardBody": '{"widgets":[]}'},
        {"LogGroupName": "/app", "RetentionInDays": 30},
        {
            "FilterName": "errors",
            "LogGroupName": "/app",
            "FilterPattern": "",
            "MetricTransformations": [
                {"MetricName": "Errors", "MetricNamespace": "App", "MetricValue": "1", "DefaultValue": 0}
            ],
        },
        {"TopicName": "oncall"},
        {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@example.com"},
    ]


def test_modules_count_and_for_each_keep_their_addresses_and_old_instances_are_left_out(tmp_path: Path) -> None:
    instances = [{"index_key": key, "attributes": alarm_values(f"age-{key}")} for key in ("blue", 'a"b')]
    counted = [
        {"index_key": 0, "attributes": alarm_values("zero")},
        {"deposed": "1a", "attributes": alarm_values("old")},
    ]
    resources = [
        state_resource(ALARM, "age", *instances, module="module.orders[0]"),
        state_resource(ALARM, "counted", *counted),
    ]
    source = read_sources([write_state(tmp_path / "x.tfstate", resources)])
    assert list(properties(source)) == [
        f"{ALARM}.counted[0]",
        f'module.orders[0].{ALARM}.age["a\\"b"]',
        f'module.orders[0].{ALARM}.age["blue"]',
    ]


def test_what_an_arn_does_not_say_is_known_from_the_resources_of_the_same_provider(tmp_path: Path) -> None:
    other = f"{PROVIDER}.us"
    arn = "arn:aws:cloudwatch:us-east-1:333333333333:alarm:us"
    filter_ = {"name": "errors", "log_group_name": "/app", "pattern": "ERROR", "metric_transformation": []}
    resources = [
        state_resource(ALARM, "age", {"attributes": alarm_values("age")}),
        state_resource(ALARM, "us", {"attributes": alarm_values("us", arn=arn)}, provider=other),
        state_resource("aws_cloudwatch_log_metric_filter", "a", {"attributes": filter_}),
        state_resource("aws_cloudwatch_log_metric_filter", "b", {"attributes": filter_}, provider=other),
        # Version 6 of the provider has the Region in the resource.
        state_resource("aws_cloudwatch_log_metric_filter", "c", {"attributes": {**filter_, "region": "eu-north-1"}}),
    ]
    source = read_sources([write_state(tmp_path / "x.tfstate", resources)])
    places = [(stack.deployed.account, stack.deployed.region, len(stack.positions)) for stack in source.stacks]
    assert places == [(ACCOUNT, "eu-north-1", 1), (ACCOUNT, REGION, 2), ("333333333333", "us-east-1", 2)]
    assert source.remarks == ()


def plan(tmp_path: Path) -> Path:
    """A plan with a new topic, whose ARN reaches a module as a variable, and a dimension of an instance to come."""
    address = f'module.orders["a"].{ALARM}.cpu[0]'
    values = alarm_values("cpu", dimensions={"Stage": "prod"}, tags_all={})
    for name in ("alarm_actions", "arn", "id"):
        del values[name]
    unknown = {"alarm_actions": True, "arn": True, "dimensions": {"InstanceId": True}, "id": True, "tags_all": {}}
    deleted = {"actions": ["delete"], "before": {"dashboard_name": "old"}, "after": None}
    return write_json(
        tmp_path / "plan.json",
        {
            "variables": {"region": {"value": REGION}},
            "planned_values": {
                "root_module": {
                    "resources": [shown_resource("aws_sns_topic.oncall", {"name": "oncall"})],
                    "child_modules": [
                        {"address": 'module.orders["a"]', "resources": [shown_resource(address, values)]}
                    ],
                }
            },
            "resource_changes": [
                {"address": address, "type": ALARM, "change": {"actions": ["create"], "after_unknown": unknown}},
                {"address": "aws_cloudwatch_dashboard.old", "type": "aws_cloudwatch_dashboard", "change": deleted},
            ],
            "prior_state": {
                "values": {
                    "root_module": {
                        "resources": [
                            {
                                "address": "data.aws_caller_identity.current",
                                "mode": "data",
                                "type": "aws_caller_identity",
                                "name": "current",
                                "values": {"account_id": ACCOUNT},
                            }
                        ]
                    }
                }
            },
            "configuration": {
                "provider_config": {"aws": {"expressions": {"region": {"references": ["var.region"]}}}},
                "root_module": {
                    "resources": [{"address": "aws_sns_topic.oncall", "provider_config_key": "aws"}],
                    "module_calls": {
                        "orders": {
                            "expressions": {
                                "topics": {"references": ["aws_sns_topic.oncall.arn", "aws_sns_topic.oncall"]}
                            },
                            "module": {
                                "resources": [
                                    {
                                        "address": f"{ALARM}.cpu",
                                        "provider_config_key": "aws",
                                        "expressions": {
                                            "alarm_actions": {"references": ["var.topics"]},
                                            "dimensions": {"references": ["aws_instance.web.id", "aws_instance.web"]},
                                        },
                                    }
                                ]
                            },
                        }
                    },
                },
            },
        },
    )


def test_what_a_plan_does_not_know_yet_is_a_reference_or_a_parameter(tmp_path: Path) -> None:
    source = read_sources([plan(tmp_path)], ReadOptions(parameters={"ModuleOrdersInstanceWebId": "i-1"}))
    (stack,) = source.stacks
    assert (stack.deployed.account, stack.deployed.region) == (ACCOUNT, REGION)
    by_address = {position.address: key for key, position in stack.positions.items()}
    alarm = properties(source)[f'module.orders["a"].{ALARM}.cpu[0]']
    assert alarm["AlarmActions"] == [{"Ref": by_address["aws_sns_topic.oncall"]}]
    assert alarm["Dimensions"] == [
        {"Name": "InstanceId", "Value": {"Ref": "ModuleOrdersInstanceWebId"}},
        {"Name": "Stage", "Value": "prod"},
    ]
    assert stack.deployed.template["Parameters"] == {
        "ModuleOrdersInstanceWebId": {
            "Type": "String",
            "Description": "module.orders.aws_instance.web.id, which is known after apply",
        }
    }
    assert stack.deployed.parameters == (("ModuleOrdersInstanceWebId", "i-1"),)
    # The evaluator follows both, as it does in any template.
    (read_alarm,) = read(stack.deployed).metric_alarms
    assert read_alarm.alarm.name == "cpu"
    assert [left_out.reason for left_out in source.left_out] == ["the plan deletes it"]


def test_an_alarm_whose_metrics_are_not_known_is_dropped_with_the_reason(tmp_path: Path) -> None:
    address = f"{ALARM}.cpu"
    change = {"actions": ["create"], "after_unknown": {"dimensions": True}}
    document = {
        "planned_values": {"root_module": {"resources": [shown_resource(address, alarm_values("cpu"))]}},
        "resource_changes": [{"address": address, "change": change}],
    }
    source = read_sources([write_json(tmp_path / "plan.json", document)])
    assert [(dropped.name, dropped.reason) for dropped in source.dropped] == [
        ("cpu", "`dimensions` is known after apply only; apply the plan, and import the state")
    ]


def test_sensitive_values_are_neither_written_nor_shown(tmp_path: Path) -> None:
    marked = {
        "attributes": alarm_values("age", alarm_description="hunter2"),
        "sensitive_attributes": [[{"type": "get_attr", "value": "alarm_description"}]],
    }
    nameless = shown_resource(
        f"{ALARM}.b", alarm_values("hunter2-name"), sensitive_values={"alarm_name": True, "dimensions": {}}
    )
    state = write_state(tmp_path / "x.tfstate", [state_resource(ALARM, "age", marked)])
    shown = write_json(tmp_path / "state.json", {"values": {"root_module": {"resources": [nameless]}}})
    source = read_sources([state, shown])
    assert "hunter2" not in str(source)
    assert [(dropped.name, dropped.property) for dropped in source.dropped] == [
        ("age", "alarm_description"),
        (f"{ALARM}.b", ""),
    ]


def test_what_watches_and_is_not_read_is_dropped_with_what_to_do(tmp_path: Path) -> None:
    resources = [
        state_resource("aws_cloudwatch_metric_stream", "all", {"attributes": {"name": "all"}}),
        state_resource("aws_instance", "web", {"attributes": {"id": "i-1"}}),
        state_resource(
            ALARM, "new", {"attributes": alarm_values("new", evaluation_window="WALL_CLOCK", later=0, last=False)}
        ),
    ]
    source = read_sources([write_state(tmp_path / "x.tfstate", resources)])
    assert [(dropped.name, dropped.property, dropped.reason) for dropped in source.dropped] == [
        ("new", "evaluation_window", "this obsgen does not know it"),
        ("aws_cloudwatch_metric_stream.all", "", "obsgen has no metric streams; keep it in Terraform"),
    ]


def test_a_plan_without_planned_values_is_read_from_its_changes(tmp_path: Path) -> None:
    change = {"actions": ["no-op"], "after": alarm_values("age"), "after_unknown": {}}
    document = {"resource_changes": [{"address": f"{ALARM}.age", "mode": "managed", "type": ALARM, "change": change}]}
    assert len(properties(read_sources([write_json(tmp_path / "plan.json", document)]))) == 1


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"version": 3, "terraform_version": "0.11.14", "modules": []}, "a state of format 3; this obsgen reads"),
        ({"version": 4, "terraform_version": "1.9.8"}, "the state has no list `resources`"),
        ({"format_version": "2.0", "values": {}}, 'format "2.0" of `terraform show -json`; this obsgen reads format 1'),
        ({"format_version": 1, "values": {}}, "format 1 of `terraform show -json`"),
    ],
)
def test_files_that_are_not_read(document: Mapping[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadSources) as error:
        read_sources([path])
    assert message in str(error.value)


HOSTILE: list[Any] = [None, 0, -1.5, True, "x", [], {}, [[]], [{}], {"a": {}}, [None], {"": None}]


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_anything_may_be_anywhere(value: Any, tmp_path: Path) -> None:
    resource = state_resource(ALARM, "age", {"attributes": alarm_values("age")})
    states: list[dict[str, Any]] = [
        {"resources": [value, {**resource, "instances": value}, {**resource, "type": value, "module": value}]},
        {"resources": [state_resource(ALARM, "a", {"attributes": value, "sensitive_attributes": value})]},
    ]
    states += [
        {"resources": [state_resource(ALARM, "a", {"attributes": alarm_values("a", **{name: value})})]}
        for name in ("alarm_name", "arn", "dimensions", "metric_query", "alarm_actions", "tags_all", "id")
    ]
    for number, keys in enumerate(states):
        read_sources([write_state(tmp_path / f"{number}.tfstate", keys["resources"])])
    parts = ("values", "planned_values", "configuration", "resource_changes", "variables", "prior_state")
    for number, name in enumerate(parts):
        document = {**json.loads(plan(tmp_path).read_text(encoding="utf-8")), name: value}
        if name != "values" or isinstance(value, dict):
            read_sources([write_json(tmp_path / f"plan{number}.json", document)])


def test_the_maps_name_properties_that_cloudformation_has() -> None:
    from troposphere import cloudwatch, logs, sns

    classes = {
        resource.resource_type: resource
        for module in (cloudwatch, logs, sns)
        for resource in vars(module).values()
        if isinstance(getattr(resource, "resource_type", None), str)
    }
    # What AWS has, and this troposphere does not know yet.
    newer = {"FieldSelectionCriteria", "EmitSystemFieldDimensions", "ActionConfiguration", "EvaluationWindow"}
    for source in ("terraform", "capture"):
        for name, resource_map in resource_maps(source).items():
            tops = {
                (nested.to or attribute.to).split(".")[0]
                for attribute in resource_map.attributes.values()
                for nested in (attribute.of.values() if attribute.form == "block" else [attribute])
            }
            unknown = tops - set(classes[resource_map.type].props) - newer
            assert not unknown, f"{name}: {unknown}"
            assert resource_map.name in {*resource_map.attributes, *resource_map.ignored}
    assert not set(unread_types("terraform")) & set(resource_maps("terraform"))


@pytest.mark.parametrize("attribute", ["dimensions", "threshold", "treat_missing_data", "namespace"])
def test_an_alarm_without_a_sensitive_part_would_do_something_else_and_is_dropped(
    tmp_path: Path, attribute: str
) -> None:
    marks = [[{"type": "get_attr", "value": attribute}]]
    instance = {"attributes": {**alarm_values("age"), "threshold": 5}, "sensitive_attributes": marks}
    state = write_state(tmp_path / "terraform.tfstate", [state_resource(ALARM, "age", instance)])
    source = read_sources([state])
    assert [(row.property, row.reason.partition(":")[0]) for row in source.dropped] == [("", attribute)]
    assert not any(stack.deployed.template["Resources"] for stack in source.stacks)


def test_sensitive_actions_are_filled_in(tmp_path: Path) -> None:
    marks = [[{"type": "get_attr", "value": "alarm_actions"}]]
    instance = {"attributes": alarm_values("age"), "sensitive_attributes": marks}
    source = read_sources([write_state(tmp_path / "terraform.tfstate", [state_resource(ALARM, "age", instance)])])
    (action,) = properties(source)[f"{ALARM}.age"]["AlarmActions"]
    assert action["Ref"] in source.stacks[0].deployed.template["Parameters"]
    assert TOPIC not in str(source)


def test_what_a_plan_only_forgets_is_not_called_deleted(tmp_path: Path) -> None:
    # https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources
    rows = [
        {"address": f"{ALARM}.{name}", "type": ALARM, "name": name, "change": {"actions": [action], "before": before}}
        for name, action, before in (("a", "forget", alarm_values("a")), ("b", "delete", alarm_values("b")))
    ]
    plan = {"format_version": "1.2", "planned_values": {"root_module": {}}, "resource_changes": rows}
    source = read_sources([write_json(tmp_path / "plan.json", plan)])
    assert [row.position.address for row in source.left_out] == [f"{ALARM}.b"]
    (forgotten,) = source.dropped
    assert forgotten.position.address == f"{ALARM}.a" and "stays in AWS" in forgotten.reason
