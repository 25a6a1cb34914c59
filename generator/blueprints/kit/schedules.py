"""Schedules that send a message to a queue of ours: their group, and the role that Scheduler sends with.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from awacs.aws import ArnEquals, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Ref, iam, scheduler

from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import Part, origin
from generator.findings import Path

SCHEDULER = "scheduler.amazonaws.com"
EVENT_AGE_SECONDS = 3_600
# Scheduler puts the time for which an invocation was planned in its place.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
PLANNED = "<aws.scheduler.scheduled-time>"
_MINUTE, _HOUR = 60, 3_600


def on_the_grid(every: int) -> str:
    """An expression for every so many seconds of the clock, so that periods meet without a gap.

    A rate would count from when the schedule was made. every: minutes that divide an hour, or hours that divide a day.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    if every < _HOUR:
        return f"cron(0/{every // _MINUTE} * * * ? *)"
    return f"cron(0 0/{every // _HOUR} * * ? *)"


def group(
    stem: str, name: str, role_name: Any, queues: Mapping[str, str], path: Path, *, description: str = "", **more: Any
) -> Iterator[Part]:
    """`<stem>Schedules` and `<stem>ScheduleRole`, which `description` describes.

    queues: queue to its dead letters, by logical ids.
    """
    yield scheduler.ScheduleGroup(f"{stem}Schedules", Name=name, Metadata=origin(path), **more)
    # Scheduler names the group, not the schedule, when it assumes the role.
    only_this_group = When(
        [
            StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}),
            ArnEquals({"aws:SourceArn": GetAtt(f"{stem}Schedules", "Arn")}),
        ]
    )
    trust = grant(service(SCHEDULER), ["sts:AssumeRole"], None, sid="SchedulerAssumes", condition=only_this_group)
    sends = [GetAtt(queue, "Arn") for pair in queues.items() for queue in pair]
    yield iam.Role(
        f"{stem}ScheduleRole",
        RoleName=role_name,
        Description=description or f"Lets EventBridge Scheduler send what is due to queues of {name}",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="send", PolicyDocument=policy(allow(["sqs:SendMessage"], sends, sid="Sends")))],
        Metadata=origin(path),
        **more,
    )


def schedule(
    stem: str,
    title: str,
    name: str,
    expression: str,
    message: Mapping[str, Any],
    queue: tuple[str, str],
    path: Path,
    *,
    description: str,
    time_zone: str = "",
    **more: Any,
) -> Part:
    """A schedule of the group of `stem`. queue: logical ids of where it sends, and of the dead letters.

    time_zone: a name of the IANA database; UTC where it is empty.
    """
    zone = {"ScheduleExpressionTimezone": time_zone} if time_zone else {}
    return scheduler.Schedule(
        title,
        Name=name,
        GroupName=Ref(f"{stem}Schedules"),
        Description=description,
        ScheduleExpression=expression,
        FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"),
        State="ENABLED",
        Target=scheduler.Target(
            Arn=GetAtt(queue[0], "Arn"),
            RoleArn=GetAtt(f"{stem}ScheduleRole", "Arn"),
            Input=json.dumps(message),
            RetryPolicy=scheduler.RetryPolicy(MaximumEventAgeInSeconds=EVENT_AGE_SECONDS, MaximumRetryAttempts=185),
            DeadLetterConfig=scheduler.DeadLetterConfig(Arn=GetAtt(queue[1], "Arn")),
        ),
        Metadata=origin(path),
        **zone,
        **more,
    )
