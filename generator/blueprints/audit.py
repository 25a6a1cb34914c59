"""The audit trail: every alarm state change of every account, in a log group of the hub.

EventBridge writes to CloudWatch Logs by a resource policy on the log group, never by a role; without the policy
nothing arrives, and no error is reported.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import Output, Ref, Sub, events, logs

from generator.blueprints.admission import from_members
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import EVENT_LOG_POLICY, target
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.model.estate import Estate


def resources(estate: Estate, alarm_pattern: dict[str, Any]) -> Iterator[Part]:
    """The log group and the rule that writes to it; event_path has the resource policy of all such log groups.

    alarm_pattern: the pattern of this environment's alarms, whose types of events are kept of every alarm.
    """
    if not estate.audit:
        return
    name = estate.audit.log_group
    group_arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}"
    yield logs.LogGroup(
        "AuditLogGroup",
        LogGroupName=name,
        RetentionInDays=estate.audit.retention_days,
        Metadata=origin(estate.audit.path),
        **DELETED,
    )
    yield events.Rule(
        "AuditRule",
        Name=estate.name("alarm-state-change-rule"),
        Description="Every alarm state change of every account, for the audit trail",
        EventBusName=Ref("Bus"),
        EventPattern={
            "source": ["aws.cloudwatch"],
            "detail-type": alarm_pattern["detail-type"],
            **from_members(estate),
        },
        Targets=[
            # Not !GetAtt AuditLogGroup.Arn, which ends in ":*" and names no log group to EventBridge.
            target("audit-log-group", Sub(group_arn), "EventDeadLetters")
        ],
        DependsOn=["AuditLogGroup", EVENT_LOG_POLICY],
        Metadata=origin(estate.audit.path),
    )
    yield Output("AuditLogGroupName", Description="Every alarm state change", Value=Ref("AuditLogGroup"))


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.alarm_pattern))
