"""What a function of ours has, in the hub and in members."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from generator.blueprints.kit import functions
from generator.blueprints.kit.stack import TemplateCondition, template
from generator.manifest import Asset
from generator.render.yaml_text import yaml_text
from generator.rollout.aws import bucket
from tests.support import built, spec

HUB, REGION = "111111111111", "eu-west-1"
NAME = "tag-compliance-checker-prod"
ASSET = Asset("tag-compliance-checker", "handlers.compliance.app.handler", "compliance", "0" * 64, 1, (), (REGION,))


def made(*, in_members: bool, **more: Any) -> dict[str, Any]:
    """A template with one function in it."""
    where = {"bucket": functions.members_bucket(HUB)} if in_members else {}
    parts = [
        functions.log_group("CheckerLogGroup", NAME, (), **more),
        functions.role("CheckerRole", NAME, "check", [], (), environment="prod", in_members=in_members, **more),
        functions.function("CheckerFunction", NAME, ASSET, (), **where, **more),
    ]
    return template(
        [TemplateCondition("IsOn", {"Fn::Equals": [{"Ref": "AWS::AccountId"}, HUB]}), *parts],
        "",
        {"environment": "prod"},
    )


def test_a_members_package_lies_in_the_bucket_that_a_rollout_makes_in_its_region() -> None:
    code = made(in_members=True)["Resources"]["CheckerFunction"]["Properties"]["Code"]
    assert code["S3Bucket"]["Fn::Sub"].replace("${AWS::Region}", REGION) == bucket.name(HUB, REGION)
    assert code["S3Key"] == ASSET.key


def test_the_hubs_package_lies_in_the_bucket_of_its_parameter() -> None:
    code = made(in_members=False)["Resources"]["CheckerFunction"]["Properties"]["Code"]
    assert code == {"S3Bucket": {"Ref": "AssetsBucket"}, "S3Key": ASSET.key}


def test_a_members_role_has_its_region_in_the_name() -> None:
    """IAM is global: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (64 characters)."""
    role = made(in_members=True)["Resources"]["CheckerRole"]["Properties"]["RoleName"]
    assert role == {"Fn::Sub": "tag-compliance-checker-role-${AWS::Region}-prod"}
    assert made(in_members=False)["Resources"]["CheckerRole"]["Properties"]["RoleName"] == (
        "tag-compliance-checker-role-prod"
    )


@pytest.mark.parametrize("in_members", [True, False])
def test_log_group_role_and_function_may_stand_behind_a_condition(*, in_members: bool) -> None:
    resources = made(in_members=in_members, Condition="IsOn")["Resources"]
    assert {one["TemplateCondition"] for one in resources.values()} == {"IsOn"}
    assert resources["CheckerFunction"]["Properties"]["Role"] == {"Fn::GetAtt": ["CheckerRole", "Arn"]}


def test_cfn_lint_finds_nothing_in_members() -> None:
    assert lint(yaml_text(made(in_members=True, Condition="IsOn"), ""), None, [REGION], ManualArgs()) == []


def test_the_roles_name_keeps_an_environment_of_several_words_together() -> None:
    role = functions.role("R", "checker-pre-prod", "check", [], (), environment="pre-prod", in_members=True)
    assert role.to_dict()["Properties"]["RoleName"] == {"Fn::Sub": "checker-role-${AWS::Region}-pre-prod"}
    assert "H09" not in {finding.code for finding in built(spec("environments: [pre-prod]")).findings}
