"""Names that resources of others may have already.

CloudFormation would find out too, after minutes, and roll everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NameLookup:
    """The lookup of a resource type by name. key: the property with the name; service: of the client.

    action, arn: what has to be allowed for asking, and on what, with {p}artition, {r}egion, {a}ccount and {n}ame; none
    where the action is for no single resource.
    """

    service: str
    key: str
    exists: Callable[[Any, str], bool]
    action: str = ""
    arn: str = ""


def _exists(find: Callable[[Any, str], Any]) -> Callable[[Any, str], bool]:
    """A function that is true if a lookup finds a name."""

    def exists(client: Any, name: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            return bool(find(client, name))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404) and _missing(error):
                return False
            raise

    return exists


def _missing(error: Any) -> bool:
    code = str(error.response["Error"]["Code"])
    return any(word in code for word in ("NotFound", "NoSuchEntity", "NonExistent", "DoesNotExist"))


def find_log_group(client: Any, name: str) -> Mapping[str, Any] | None:
    """The log group of exactly this name, as AWS describes it; None where there is none.

    AWS lists them in the order of their names, so that it comes before all that only begin like it.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
    """
    for page in client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        if page["logGroups"]:
            first: Mapping[str, Any] = page["logGroups"][0]
            return first if first["logGroupName"] == name else None
    return None


NAME_LOOKUPS = {
    "AWS::IAM::Role": NameLookup(
        "iam",
        "RoleName",
        _exists(lambda client, name: client.get_role(RoleName=name)),
        "iam:GetRole",
        "arn:{p}:iam::{a}:role/{n}",
    ),
    "AWS::Logs::LogGroup": NameLookup("logs", "LogGroupName", _exists(find_log_group)),
    "AWS::SQS::Queue": NameLookup(
        "sqs",
        "QueueName",
        _exists(lambda client, name: client.get_queue_url(QueueName=name)),
        "sqs:GetQueueUrl",
        "arn:{p}:sqs:{r}:{a}:{n}",
    ),
    "AWS::DynamoDB::Table": NameLookup(
        "dynamodb",
        "TableName",
        _exists(lambda client, name: client.describe_table(TableName=name)),
        "dynamodb:DescribeTable",
        "arn:{p}:dynamodb:{r}:{a}:table/{n}",
    ),
    "AWS::Lambda::Function": NameLookup(
        "lambda",
        "FunctionName",
        _exists(lambda client, name: client.get_function(FunctionName=name)),
        "lambda:GetFunction",
        "arn:{p}:lambda:{r}:{a}:function:{n}",
    ),
    "AWS::Events::EventBus": NameLookup(
        "events",
        "Name",
        _exists(lambda client, name: client.describe_event_bus(Name=name)),
        "events:DescribeEventBus",
        "arn:{p}:events:{r}:{a}:event-bus/{n}",
    ),
    # A schedule has its name in its group.
    "AWS::Scheduler::ScheduleGroup": NameLookup(
        "scheduler",
        "Name",
        _exists(lambda client, name: client.get_schedule_group(Name=name)),
        "scheduler:GetScheduleGroup",
        "arn:{p}:scheduler:{r}:{a}:schedule-group/{n}",
    ),
}
