"""Subscription filters of the hub's and the members' log groups, and the role of each to write to its stream.

CloudWatch Logs sends a test message when it creates a filter, so the stream, function or destination has to exist.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, Sub, awslambda, iam, logs

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.log_subscriptions import FIREHOSE_WRITES, LOGS, assumed_by_logs
from generator.blueprints.kit.placements import condition_attribute
from generator.blueprints.kit.policies import allow, policy
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.stack_values import log_group_name, stack_value
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.logs import LogGroup
from generator.model.subscription_filters import WITH_ROLE, SubscriptionFilter

_LOGS_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
WRITES = {"firehose": list(FIREHOSE_WRITES), "kinesis": ["kinesis:PutRecord"]}
DISTRIBUTIONS = {"by-log-stream": "ByLogStream", "random": "Random"}


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """Every filter of a side; with the role to write to a stream, or the permission to invoke a function."""
    groups = {group.key: group for group in estate.log_groups}
    for subscription in estate.subscription_filters:
        if subscription.side is side and not subscription.is_nowhere:
            yield from _parts(subscription, groups[subscription.log_group], estate)


def _parts(subscription: SubscriptionFilter, group: LogGroup, estate: Estate) -> Iterator[Part]:
    where: dict[str, Any] = dict(condition_attribute(subscription.placement, estate))
    destination = stack_value(subscription.destination, estate, subscription.placement)
    optional: dict[str, Any] = {}
    if subscription.service in WITH_ROLE:
        yield _role(subscription, destination, estate, where)
        optional["RoleArn"] = GetAtt(f"{subscription.logical_id}Role", "Arn")
    if subscription.service == "lambda":
        title = f"{subscription.logical_id}Permission"
        yield awslambda.Permission(
            title,
            Action="lambda:InvokeFunction",
            FunctionName=destination,
            Principal=LOGS,
            SourceAccount=Ref("AWS::AccountId"),
            SourceArn=stack_value(f"{_LOGS_ARN}:log-group:{group.name}:*", estate, subscription.placement),
            Metadata=origin(subscription.path),
            **where,
        )
        optional["DependsOn"] = [title]
    if subscription.distribution:
        optional["Distribution"] = DISTRIBUTIONS[subscription.distribution]
    yield logs.SubscriptionFilter(
        subscription.logical_id,
        FilterName=subscription.name,
        LogGroupName=log_group_name(group, estate),
        FilterPattern=subscription.pattern,
        DestinationArn=destination,
        Metadata=origin(subscription.path),
        **optional,
        **where,
    )


def _role(subscription: SubscriptionFilter, destination: Any, estate: Estate, where: dict[str, Any]) -> Part:
    """The role of CloudWatch Logs for one filter: to write to its stream."""
    statements = [allow(WRITES[subscription.service], [destination], sid="SendsLogEvents")]
    if subscription.encryption_key:
        key = stack_value(subscription.encryption_key, estate, subscription.placement)
        statements.append(allow(["kms:GenerateDataKey"], [key], sid="Encrypts"))
    return iam.Role(
        f"{subscription.logical_id}Role",
        # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
        RoleName=Sub(f"{subscription.key}-subscription-role-${{AWS::Region}}-{estate.environment}"),
        Description=f"Permissions of {subscription.name} to write to its stream",
        AssumeRolePolicyDocument=policy(assumed_by_logs()),
        Policies=[iam.Policy(PolicyName="send", PolicyDocument=policy(*statements))],
        Metadata=origin(subscription.path),
        **where,
    )


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
