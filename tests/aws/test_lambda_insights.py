"""The layers of Lambda Insights: one for each architecture and Region, spelled as AWS spells them."""

from __future__ import annotations

import re

import pytest

from generator.aws.lambda_insights import Architecture, layer
from tests.support import built, codes, spec

ARN = re.compile(r"arn:aws:lambda:us-east-2:\d{12}:layer:LambdaInsightsExtension(-Arm64)?:\d+")


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("arm64", "arn:aws:lambda:us-east-2:580247275435:layer:LambdaInsightsExtension-Arm64:33"),
        ("x86_64", "arn:aws:lambda:us-east-2:580247275435:layer:LambdaInsightsExtension:71"),
    ],
)
def test_a_layer_is_named_by_its_architecture(architecture: Architecture, expected: str) -> None:
    found = layer("us-east-2", "aws", architecture)
    assert found == expected
    assert ARN.fullmatch(found)


def test_accounts_and_partitions_differ_by_region() -> None:
    assert (
        layer("af-south-1", "aws", "x86_64")
        == "arn:aws:lambda:af-south-1:012438385374:layer:LambdaInsightsExtension:60"
    )
    gov = "arn:aws-us-gov:lambda:us-gov-west-1:751350123760:layer:LambdaInsightsExtension:31"
    assert layer("us-gov-west-1", "aws-us-gov", "x86_64") == gov


def test_where_aws_lists_none_there_is_none() -> None:
    assert layer("us-east-9", "aws") is None
    assert codes(spec("regions: [us-east-1, me-west-1]\ninsights: {lambda: true}")) == {"R07"}


def test_a_member_has_both_in_every_region() -> None:
    made = built(spec("regions: [us-east-1, eu-west-1]\ninsights: {lambda: true}\naccess: {sharing: []}"), lint=True)
    template = made.templates["prod"]["member.template.yaml"]
    assert made.findings == []
    assert set(template["Mappings"]["InsightsLayers"]) == {"us-east-1", "eu-west-1"}
    names = {one["Properties"].get("Name") for one in template["Resources"].values()}
    assert {"lambda-insights-arm64-prod", "lambda-insights-x86-64-prod"} <= names
