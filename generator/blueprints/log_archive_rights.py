"""Permissions of Firehose, CloudWatch Logs and the function that empties the bucket of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import GetAtt, Ref, Sub, iam

from generator.blueprints.kit.log_subscriptions import FIREHOSE_WRITES, assumed_by_logs
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import Part, origin
from generator.findings import Path
from generator.model.estate import Estate
from generator.model.logs import LOG_ARCHIVE

# https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3
ON_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
ON_OBJECTS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
_HERE = "${AWS::Region}:${AWS::AccountId}"


def delivery_role(estate: Estate, reasons: str, path: Path) -> Part:
    """The role of Firehose: write to the bucket, and log errors. reasons: the log group of errors.

    Firehose passes the account as the external ID when it assumes a role, so that it does so for no other account.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CreateFirehoseStream.html
    """
    own_account = When(StringEquals({"sts:ExternalId": Ref("AWS::AccountId")}))
    trust = grant(service("firehose.amazonaws.com"), ["sts:AssumeRole"], None, sid="Firehose", condition=own_account)
    streams = Sub(f"arn:${{AWS::Partition}}:logs:{_HERE}:log-group:{reasons}:log-stream:*")
    statements = (
        allow(list(ON_BUCKET), [GetAtt("LogArchiveBucket", "Arn")], sid="FindsTheBucket"),
        allow(list(ON_OBJECTS), [Sub("${LogArchiveBucket.Arn}/*")], sid="WritesObjects"),
        allow(["logs:PutLogEvents"], [streams], sid="SaysWhyNot"),
    )
    return _role("LogArchiveDeliveryRole", f"{LOG_ARCHIVE}-role", "deliver", estate, trust, statements, path)


def subscription_role(estate: Estate, streams: Sequence[str], path: Path) -> Part:
    """The role of CloudWatch Logs: send to these streams, for log groups of this account and Region.

    Streams by name, because the role is created at the same time: a role is available to every service only after some
    seconds.
    """
    arns = [Sub(f"arn:${{AWS::Partition}}:firehose:{_HERE}:deliverystream/{name}") for name in streams]
    statement = allow(list(FIREHOSE_WRITES), arns, sid="SendsLines")
    name = "log-subscription-role"
    return _role("LogArchiveSubscriptionRole", name, "send", estate, assumed_by_logs(), (statement,), path)


def emptier_statements(bucket: str, function: str) -> Iterator[Any]:
    """The actions that the function calls. bucket: its logical ID. function: its name; the role is created first."""
    yield allow(["s3:ListBucket"], [GetAtt(bucket, "Arn")], sid="ListsAtDeletion")
    yield allow(["s3:DeleteObject"], [Sub(f"${{{bucket}.Arn}}/*")], sid="DeletesAtDeletion")
    itself = Sub(f"arn:${{AWS::Partition}}:lambda:{_HERE}:function:{function}")
    yield allow(["lambda:InvokeFunction"], [itself], sid="GoesOnDeleting")


def _role(title: str, kind: str, does: str, estate: Estate, trust: Any, statements: Sequence[Any], path: Path) -> Part:
    return iam.Role(
        title,
        # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
        RoleName=Sub(f"{kind}-${{AWS::Region}}-{estate.environment}"),
        Description=f"Permissions of {kind.removesuffix('-role')} in {estate.environment}",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName=does, PolicyDocument=policy(*statements))],
        Metadata=origin(path),
    )
