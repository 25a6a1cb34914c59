"""Alarms on Logs Insights queries, and the role that CloudWatch Logs runs them in.

The service makes, keeps and deletes the scheduled query itself. In a log group with a customer managed key the role
needs no word about the key: CloudWatch Logs decrypts, and the key's policy admits the account's principals through it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import GetAtt, Ref, Sub, iam
from troposphere.cloudwatch import ScheduleConfiguration, ScheduledQueryConfiguration

from generator.blueprints.kit.alarm_values import AlarmValues
from generator.blueprints.kit.event_tags import LogAlarmResource
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.stack_values import log_group_name, stack_value
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.model.logs import LogGroup
from generator.model.signals import LogSignal

LOGS = "logs.amazonaws.com"
# StopQuery supports no resource, and is not required.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
_READING = ("logs:GetQueryResults", "logs:StartQuery")
_ROLE = "LogAlarmRole"
_KINDS = {Side.HUB: "hub-log-alarm", Side.MEMBERS: "log-alarm"}


def role(estate: Estate, side: Side) -> Iterator[Part]:
    """The role for all queries of a side, for the log groups that they read; nothing without queries."""
    keys = {key for alarm in estate.alarms_in(side) for key in _read_by(alarm)}
    groups = [group for group in estate.log_groups if group.key in keys]
    if not groups:
        return
    own_account = When(StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}))
    trust = grant(service(LOGS), ["sts:AssumeRole"], None, sid="LogsAssumes", condition=own_account)
    resources = [arn for group in groups for arn in _arns(group, estate)]
    yield iam.Role(
        _ROLE,
        # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
        RoleName=Sub(f"{_KINDS[side]}-role-${{AWS::Region}}-{estate.environment}"),
        Description="Allows CloudWatch Logs to run the queries of alarms",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="run-queries", PolicyDocument=policy(allow(list(_READING), resources)))],
        Metadata=origin(("alarms",)),
    )


def alarm(estate: Estate, alarm: Alarm, signal: LogSignal, settings: AlarmValues, common: dict[str, Any]) -> Part:
    """An alarm with its query. common: the properties that alarms on metrics have too."""
    schedule = ScheduleConfiguration(
        ScheduleExpression=settings.schedule,
        StartTimeOffset=settings.start_offset,
        EndTimeOffset=signal.delay,
    )
    query = ScheduledQueryConfiguration(
        QueryString=signal.query,
        AggregationExpression=signal.aggregate,
        LogGroupIdentifiers=[
            log_group_name(group, estate) for group in estate.log_groups if group.key in signal.log_groups
        ],
        ScheduleConfiguration=schedule,
        ScheduledQueryRoleARN=GetAtt(_ROLE, "Arn"),
    )
    return LogAlarmResource(
        alarm.logical_id, **common, **settings.comparing, **settings.evaluation, ScheduledQueryConfiguration=query
    )


def _read_by(alarm: Alarm) -> tuple[str, ...]:
    return alarm.signal.log_groups if isinstance(alarm.signal, LogSignal) else ()


def _arns(group: LogGroup, estate: Estate) -> Iterator[Any]:
    """The ARNs of a log group, without and with its streams: CloudWatch Logs asks for one or the other."""
    arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group.name}"
    yield stack_value(arn, estate, group.placement)
    yield stack_value(f"{arn}:*", estate, group.placement)
