"""Names of resources of every type that the schemas know, and what SAM makes: the table, references, attributes."""

from __future__ import annotations

from typing import Any

import pytest

from generator.evaluate.template.intrinsic_values import Unknown
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.named_kinds import is_own_id
from tests.update_kinds import MODULE, identifiers, table

SAM = "AWS::Serverless-2016-10-31"


def resolved(value: Any, resources: dict[str, Any], **more: Any) -> Any:
    return TemplateScope({**more, "Resources": resources}, "111111111111", "eu-west-1").resolved(value)


def one(kind: str, **properties: Any) -> dict[str, Any]:
    return {"R": {"Type": kind, "Properties": properties}}


def test_the_table_is_that_of_the_schemas() -> None:
    """After an update of cfn-lint: `python -m tests.update_kinds`."""
    assert f'_TABLE = """\\\n{table()}"""' in MODULE.read_text(encoding="utf-8")


def test_ref_gives_the_property_that_names_a_resource_or_its_logical_id() -> None:
    named = [(kind, name) for kind, name, by_aws in identifiers() if not by_aws][::7]
    assert len(named) > 40
    for kind, name in named:
        assert str(resolved({"Ref": "R"}, one(kind, **{name: "orders"}))).count("orders"), kind
        assert str(resolved({"Ref": "R"}, one(kind))).count("R"), kind


def test_most_identifiers_that_aws_makes_are_known_by_how_they_are_called() -> None:
    ids = [(kind, name) for kind, name, by_aws in identifiers() if by_aws and name.endswith(("Id", "Identifier"))]
    known = [is_own_id(kind, name) for kind, name in ids]
    assert sum(known) > 0.8 * len(known)


@pytest.mark.parametrize(
    ("kind", "given", "value", "wanted"),
    [
        ("AWS::Neptune::DBCluster", {"DBClusterIdentifier": "graph"}, {"Ref": "R"}, "graph"),
        ("AWS::Elasticsearch::Domain", {"DomainName": "search"}, {"Ref": "R"}, "search"),
        ("AWS::CodeBuild::Project", {"Name": "build"}, {"Ref": "R"}, "build"),
        (
            "AWS::Serverless::StateMachine",
            {"Name": "flow"},
            {"Ref": "R"},
            "arn:aws:states:eu-west-1:111111111111:stateMachine:flow",
        ),
        ("AWS::EC2::Volume", {}, {"Fn::GetAtt": ["R", "VolumeId"]}, "R"),
        ("AWS::ElastiCache::CacheCluster", {"Engine": "redis"}, {"Fn::GetAtt": ["R", "Engine"]}, "redis"),
        ("AWS::IAM::Role", {"RoleName": "r"}, {"Fn::GetAtt": ["R", "Arn"]}, "arn:aws:iam::111111111111:role/r"),
        (
            "AWS::RDS::DBInstance",
            {},
            {"Fn::GetAtt": ["R", "Endpoint.Address"]},
            Unknown("Endpoint.Address of R is known in a deployed stack only"),
        ),
    ],
)
def test_references_and_attributes(kind: str, given: dict[str, Any], value: Any, wanted: Any) -> None:
    assert resolved(value, one(kind, **given)) == wanted


FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:orders"
RESOURCES = {
    "Fn": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": "orders", "AutoPublishAlias": "live"}},
    "Plain": {"Type": "AWS::Serverless::Function", "Properties": {}},
    "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1"}},
    "Http": {"Type": "AWS::Serverless::HttpApi"},
    "Flow": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Name": "flow"}},
}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"Ref": "Fn.Version"}, f"{FUNCTION}:1"),
        ({"Fn::GetAtt": ["Fn", "Version.Version"]}, "1"),
        ({"Fn::GetAtt": "Fn.Version.Version"}, "1"),
        ({"Ref": "Fn.Alias"}, f"{FUNCTION}:live"),
        ({"Ref": "FnAliaslive"}, f"{FUNCTION}:live"),
        ({"Fn::Sub": "${Fn.Alias}"}, f"{FUNCTION}:live"),
        ({"Fn::GetAtt": ["FnRole", "Arn"]}, "arn:aws:iam::111111111111:role/FnRole"),
        ({"Ref": "Api.Stage"}, "v1"),
        ({"Ref": "Apiv1Stage"}, "v1"),
        ({"Ref": "Http.Stage"}, "$default"),
        ({"Ref": "ServerlessRestApi"}, "ServerlessRestApi"),
        ({"Ref": "ServerlessRestApiProdStage"}, "Prod"),
        ({"Fn::GetAtt": ["FlowRole", "Arn"]}, "arn:aws:iam::111111111111:role/FlowRole"),
        ({"Ref": "Plain.Version"}, Unknown("the template has no parameter or resource Plain.Version")),
    ],
)
def test_what_sam_makes_can_be_referred_to(value: Any, wanted: Any) -> None:
    assert resolved(value, RESOURCES, Transform=[SAM]) == wanted


def test_globals_say_the_alias_of_every_function() -> None:
    globals_ = {"Function": {"AutoPublishAlias": "prod"}}
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:Plain:prod"
    assert resolved({"Ref": "Plain.Alias"}, RESOURCES, Transform=SAM, Globals=globals_) == arn


def test_without_the_transform_there_is_nothing_beside() -> None:
    assert isinstance(resolved({"Ref": "Api.Stage"}, RESOURCES), Unknown)
