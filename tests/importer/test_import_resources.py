"""Resources of templates as plain data: functions, conditions, and what only a running account knows."""

from __future__ import annotations

from typing import Any

import pytest

from generator.importer.resources import ImportedResource, ImportedResources, resolved_resources
from generator.importer.types import ImportSource
from generator.importer.unknown_values import MARK
from tests.importer.written_sources import alarm, imported, stack


def resolved(resources: dict[str, Any], **more: Any) -> ImportedResources:
    return resolved_resources(ImportSource((stack(resources, **more),)))


def only(resources: ImportedResources) -> ImportedResource:
    (resource,) = resources.of("AWS::CloudWatch::Alarm")
    return resource


def on(value: Any) -> list[dict[str, Any]]:
    """Dimensions with a value of a template."""
    return [{"Name": "QueueName", "Value": value}]


def test_conditions_leave_resources_out_and_an_unknown_one_is_said() -> None:
    conditions = {
        "IsOn": {"Fn::Equals": ["a", "a"]},
        "IsOff": {"Fn::Equals": ["a", "b"]},
        "Asks": {"Fn::Equals": [{"Ref": "P"}, "x"]},
    }
    rows = {key: {**alarm(key), "Condition": key} for key in conditions}
    resources = resolved(rows, Conditions=conditions, Parameters={"P": {"Type": "String"}})
    assert [resource.name for resource in resources.resources] == ["Asks", "IsOn"]
    assert resources.remarks == (
        "Asks: assumed to exist, because its condition is not known: the parameter P has no value.",
    )


def test_a_parameter_without_a_value_is_a_variable_with_a_value_that_it_allows() -> None:
    parameters = {"Queue": {"Type": "String"}, "Limit": {"Type": "Number", "MinValue": 10}}
    rows = {"A": alarm(Dimensions=on({"Ref": "Queue"}), Threshold={"Ref": "Limit"})}
    result, _ = imported(stack(rows, Parameters=parameters))
    assert "limit: 10  # fill in: the parameter Limit\n" in result.text
    assert "queue: fill-in-queue  # fill in: the parameter Queue\n" in result.text
    assert 'threshold: "> {var.limit}"' in result.text and 'QueueName: "{var.queue}"' in result.text
    assert "vars.queue: fill in the parameter Queue." in result.remarks


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"Ref": "Db"}, "{db}"),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "{queue}"),
        ({"Fn::GetAtt": ["Named", "QueueName"]}, "orders"),
        ({"Fn::Sub": "x-${Queue.QueueName}-y"}, "x-{queue}-y"),
        ({"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}, "{balancer-load-balancer-full-name}"),
        ({"Fn::ImportValue": "network-Vpc"}, "{network-vpc}"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:aws:sqs:us-east-1:222222222222:{queue}"),
    ],
)
def test_a_name_that_aws_makes_is_a_variable(value: Any, wanted: str) -> None:
    others = {
        "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Named": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Name": "shop"}},
    }
    resource = only(resolved({"A": alarm(Dimensions=on(value)), **others}))
    (dimension,) = resource.properties["Dimensions"]
    assert MARK.sub(r"{\1}", dimension["Value"]) == wanted


def test_a_name_that_the_source_knows_is_written() -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:222222222222:loadbalancer/app/shop/50dc6c495c0c9188"
    rows = {
        "A": alarm(Dimensions=on({"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]})),
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"},
        "Unnamed": alarm(None, Dimensions=on({"Ref": "Db"})),
        "Db": {"Type": "AWS::RDS::DBInstance"},
    }
    known = {"Balancer": arn, "Db": "shop-db-1", "Unnamed": "shop-Unnamed-1A2B"}
    resources = resolved(rows, physical_ids=known)
    values = {r.name: r.properties["Dimensions"][0]["Value"] for r in resources.of("AWS::CloudWatch::Alarm")}
    assert values == {"queue-age": "app/shop/50dc6c495c0c9188", "shop-Unnamed-1A2B": "shop-db-1"}
    assert resources.variables == ()


def test_what_a_condition_decides_about_a_property_is_not_guessed() -> None:
    value = {"Fn::If": ["Asks", 5, 10]}
    more = {"Conditions": {"Asks": {"Fn::Equals": [{"Ref": "P"}, "x"]}}, "Parameters": {"P": {"Type": "String"}}}
    result, _ = imported(stack({"A": alarm(Threshold=value), "B": alarm("other", Dimensions=on("other"))}, **more))
    (dropped,) = result.dropped
    assert (dropped.name, dropped.reason) == ("queue-age", "Threshold is not known: the parameter P has no value")


def test_resources_of_obsgen_itself_are_not_imported() -> None:
    own = {**alarm("heartbeat"), "Metadata": {"obsgen": {"path": "path-watch"}}}
    ours = {**alarm("errors"), "Metadata": {"obsgen": {"path": "alarms.errors"}}}
    assert [resource.name for resource in resolved({"A": own, "B": ours}).resources] == ["errors"]
