"""The bucket's template, looked at without AWS: moto leaves most of a bucket's properties out."""

from __future__ import annotations

import json

from cfnlint.api import ManualArgs, lint

from generator.rollout import bucket

TEMPLATE = bucket.template("111111111111", "us-east-1", "o-a1b2c3d4e5")
RESOURCES = json.loads(TEMPLATE)["Resources"]


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


def test_the_name_fits_into_the_name_of_a_bucket() -> None:
    assert len(bucket.name("1" * 12, "ap-southeast-1")) <= 63
