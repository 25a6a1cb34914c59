"""The trust of roles with which CloudWatch Logs writes to streams."""

from __future__ import annotations

from typing import Any

from awacs.aws import ArnLike, StringEquals
from awacs.aws import Condition as When
from troposphere import Ref, Sub

from generator.blueprints.kit.policies import grant, service

LOGS = "logs.amazonaws.com"
# PutSubscriptionFilter: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
FIREHOSE_WRITES = ("firehose:PutRecord", "firehose:PutRecordBatch")


def assumed_by_logs() -> Any:
    """The statement of a trust policy: CloudWatch Logs, for log groups of the stack's own account and Region.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-confused-deputy.html
    """
    log_groups = Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*")
    own = When([StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}), ArnLike({"aws:SourceArn": log_groups})])
    return grant(service(LOGS), ["sts:AssumeRole"], None, sid="Logs", condition=own)
