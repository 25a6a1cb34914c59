"""The bucket's template, looked at without AWS: moto leaves most of a bucket's properties out."""

from __future__ import annotations

import json

from cfnlint.api import ManualArgs, lint

from generator.rollout.aws import bucket
from tests.policies import Caller, Place, allowed

ORGANIZATION = "o-a1b2c3d4e5"
TEMPLATE = bucket.template("111111111111", "us-east-1", ORGANIZATION)
RESOURCES = json.loads(TEMPLATE)["Resources"]
PLACE = Place(json.loads(TEMPLATE), "111111111111")
KEY = f"functions/compliance/{'0' * 64}.zip"


def test_cfn_lint_finds_nothing() -> None:
    assert lint(TEMPLATE, None, ["us-east-1"], ManualArgs()) == []


def test_it_is_private_encrypted_versioned_and_goes_with_its_stack() -> None:
    assert RESOURCES["Assets"]["DeletionPolicy"] == "Delete"
    properties = RESOURCES["Assets"]["Properties"]
    assert list(properties["PublicAccessBlockConfiguration"].values()) == [True, True, True, True]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_the_organization_reads_and_nobody_without_tls() -> None:
    reads, denies = RESOURCES["AssetsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (reads["Action"], reads["Condition"]) == (
        ["s3:GetObject"],
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    )
    assert (denies["Effect"], denies["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def may(action: str, *, organization: str = ORGANIZATION, tls: str = "true", key: str = KEY) -> bool:
    """Whether the bucket's policy lets a role do that with which a stack set makes stacks in a member's account.

    Lambda reads a function's code with the credentials of whoever makes the function, here CloudFormation with the
    role that stack sets have in each account: `stacksets-exec-…` by service-managed permissions, else
    AWSCloudFormationStackSetExecutionRole. Both are roles of the member's account, so that aws:PrincipalOrgID is the
    organization's; both may do everything, and across accounts the bucket's policy has to allow it too.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
    """
    role = "arn:aws:iam::222222222222:role/stacksets-exec-0123456789abcdef0123456789abcdef"
    caller = Caller(role, organization=organization, path="o/r/ou/", more={"aws:SecureTransport": tls})
    statements = PLACE.properties("AssetsPolicy")["PolicyDocument"]["Statement"]
    return allowed(statements, caller, action, f"{PLACE.arn('Assets')}/{key}" if key else PLACE.arn("Assets"))


def test_a_members_cloudformation_reads_packages_and_does_nothing_else() -> None:
    assert may("s3:GetObject")
    assert not may("s3:PutObject")
    assert not may("s3:DeleteObject")
    assert not may("s3:ListBucket", key="")


def test_nobody_outside_the_organization_reads_and_nobody_without_tls() -> None:
    assert not may("s3:GetObject", organization="o-zzzzzzzzzz")
    # An account in no organization, or nobody at all, has no such key in its request.
    assert not may("s3:GetObject", organization="")
    assert not may("s3:GetObject", tls="false")


def test_the_policy_is_not_public_for_s3_which_blocks_public_ones() -> None:
    """RestrictPublicBuckets would shut members out; a fixed aws:PrincipalOrgID makes a policy that is none.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    """
    for statement in PLACE.properties("AssetsPolicy")["PolicyDocument"]["Statement"]:
        organizations = statement["Condition"].get("StringEquals", {}).get("aws:PrincipalOrgID", "")
        assert statement["Effect"] == "Deny" or (organizations and not set("*?$") & set(organizations))


def test_no_key_stands_between_a_member_and_the_package() -> None:
    """With a KMS key the reader's account would have to be allowed to decrypt, too; SSE-S3 needs nothing."""
    (rule,) = RESOURCES["Assets"]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert "KMSMasterKeyID" not in rule["ServerSideEncryptionByDefault"]


def test_the_buckets_of_two_regions_differ_in_the_name_alone() -> None:
    other = bucket.template("111111111111", "eu-west-1", ORGANIZATION)
    assert other.replace("eu-west-1", "us-east-1") == TEMPLATE


def test_the_name_fits_into_the_name_of_a_bucket() -> None:
    assert len(bucket.name("1" * 12, "ap-southeast-1")) <= 63
