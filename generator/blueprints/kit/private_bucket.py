"""A private bucket: encrypted by S3, over TLS only, its objects gone after some days, and emptied with its stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from awacs.aws import Bool
from awacs.aws import Condition as When
from troposphere import GetAtt, Ref, Sub, cloudformation, s3

from generator.blueprints.kit.policies import deny, policy
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.findings import Path


class BucketContents(cloudformation.CustomResource):  # type: ignore[misc]  # troposphere ships no types
    """Empties a bucket when its stack is deleted; its service token is a function with `handlers/bucket`."""

    resource_type = "Custom::BucketContents"
    props = {**cloudformation.CustomResource.props, "BucketName": (str, True)}


def private_bucket(
    title: str,
    name: Sub,
    expiry: tuple[str, int],
    path: Path,
    *,
    sooner: Sequence[tuple[str, Sub, int]] = (),
    **more: Any,
) -> Iterator[Part]:
    """The bucket and its policy, `<title>Policy`. expiry: the id of the lifecycle rule, and its days.

    sooner: id, prefix and days of what goes before that.
    """
    encrypted = s3.ServerSideEncryptionRule(
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    )
    yield s3.Bucket(
        title,
        BucketName=name,
        BucketEncryption=s3.BucketEncryption(ServerSideEncryptionConfiguration=[encrypted]),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        OwnershipControls=s3.OwnershipControls(Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        LifecycleConfiguration=_lifecycle(expiry, sooner),
        Metadata=origin(path),
        **DELETED,
        **more,
    )
    over_tls = deny(
        ["s3:*"],
        [GetAtt(title, "Arn"), Sub(f"${{{title}.Arn}}/*")],
        sid="OnlyOverTls",
        condition=When(Bool({"aws:SecureTransport": "false"})),
    )
    yield s3.BucketPolicy(
        f"{title}Policy", Bucket=Ref(title), PolicyDocument=policy(over_tls), Metadata=origin(path), **more
    )


def _lifecycle(expiry: tuple[str, int], sooner: Sequence[tuple[str, Sub, int]]) -> s3.LifecycleConfiguration:
    """The expiry of all objects, and earlier ones of some prefixes."""
    rule, days = expiry
    return s3.LifecycleConfiguration(
        Rules=[
            s3.LifecycleRule(
                Id=rule,
                Status="Enabled",
                ExpirationInDays=days,
                AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=1),
            ),
            *(
                s3.LifecycleRule(Id=own, Status="Enabled", Prefix=prefix, ExpirationInDays=fewer)
                for own, prefix, fewer in sooner
            ),
        ]
    )
