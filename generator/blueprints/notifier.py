"""The notifier: the function that sends pending notifications, with a queue and a schedule that invoke it.

A message has nothing but a channel's name, so the queue needs no dead-letter queue: the table has the notifications,
and a lost message delays them at most until the next scheduled run. Lambda stops a loop of a function and
its own queue after some sixteen rounds, so the notifier never sends itself a message: it leaves the one it has.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from awacs.aws import ArnEquals, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Output, Ref, awslambda, iam, scheduler, sqs

from generator.blueprints.incident_rights import consumes_queue, reaches_channels, reads_secrets, remembers
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.functions import ScalingConfig, function, log_group, role
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.model.incidents import DUE_INDEX

FUNCTION = "incident-notifier"
HANDLER = "handlers.incident.notifier.handler"
WAKE_UPS = "delivery-wake-ups"
TIMEOUT_SECONDS = 60
# What a wake-up is good for is over when the next scheduled one comes; an hour is for a day on which nothing works.
RETENTION_SECONDS = 3_600
# AWS advises six times the function's time-out.
VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS
# A mapping's least: https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
LEAST_CONCURRENCY, MOST_CONCURRENCY = 2, 1_000
SCHEDULER = "scheduler.amazonaws.com"
PATH = ("routes",)


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The queue, schedule, log group, role, function and event source mapping."""
    name = estate.name(FUNCTION)
    yield sqs.Queue(
        "WakeUpQueue",
        QueueName=estate.name(WAKE_UPS),
        MessageRetentionPeriod=RETENTION_SECONDS,
        VisibilityTimeout=VISIBILITY_SECONDS,
        SqsManagedSseEnabled=True,
        Metadata=origin(PATH),
        **DELETED,
    )
    yield from _scheduled(estate)
    yield log_group("NotifierLogGroup", name, PATH)
    yield role("NotifierRole", name, "notify", list(_statements(estate)), PATH, environment=estate.environment)
    yield function(
        "NotifierFunction",
        name,
        assets[FUNCTION],
        PATH,
        timeout_seconds=TIMEOUT_SECONDS,
        Description="Sends pending notifications, with one worker for each channel",
        Environment=awslambda.Environment(
            Variables={
                "TABLE_NAME": Ref("IncidentTable"),
                "TOPIC_ARN": Ref("Topic"),
                "WAKE_UPS_URL": Ref("WakeUpQueue"),
            }
        ),
    )
    yield awslambda.EventSourceMapping(
        "WakeUpQueueToNotifier",
        EventSourceArn=GetAtt("WakeUpQueue", "Arn"),
        FunctionName=Ref("NotifierFunction"),
        BatchSize=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        # One for each channel at work, and as many again for wake-ups that find nothing to do.
        ScalingConfig=ScalingConfig(MaximumConcurrency=concurrency(len(estate.channels))),
        Metadata=origin(PATH),
    )
    yield Output("NotifierFunctionName", Description="Function that sends notifications", Value=Ref("NotifierFunction"))
    yield Output("NotifierRoleArn", Description="Role of that function", Value=GetAtt("NotifierRole", "Arn"))


def concurrency(channels: int) -> int:
    """The maximum concurrency of the notifier."""
    return min(MOST_CONCURRENCY, max(LEAST_CONCURRENCY, 2 * channels))


def _statements(estate: Estate) -> Iterator[object]:
    yield consumes_queue("WakeUpQueue")
    yield allow(["sqs:SendMessage"], [GetAtt("WakeUpQueue", "Arn")], sid="WakesChannels")
    yield from remembers(DUE_INDEX)
    yield from reads_secrets(estate, {channel.type for channel in estate.channels})
    yield from reaches_channels(estate)


def _scheduled(estate: Estate) -> Iterator[Part]:
    """A schedule that invokes the notifier every minute. A failed run is not retried: the next one is a minute later.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    # Scheduler names the group, not the schedule, when it assumes the role.
    only_this_group = When(
        [
            StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}),
            ArnEquals({"aws:SourceArn": GetAtt("IncidentSchedules", "Arn")}),
        ]
    )
    trust = grant(service(SCHEDULER), ["sts:AssumeRole"], None, sid="SchedulerAssumes", condition=only_this_group)
    # Schedules that a hub of the version before has made go to the incident queue, once, with this very role.
    queues = [GetAtt("WakeUpQueue", "Arn"), GetAtt("IncidentQueue", "Arn")]
    wakes = allow(["sqs:SendMessage"], queues, sid="Wakes")
    yield scheduler.ScheduleGroup("IncidentSchedules", Name=estate.name("incident-schedules"), Metadata=origin(PATH))
    yield iam.Role(
        "IncidentSchedulesRole",
        RoleName=estate.name("incident-schedules-role"),
        Description="Allows EventBridge Scheduler to invoke the notifier",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="wake", PolicyDocument=policy(wakes))],
        Metadata=origin(PATH),
    )
    yield scheduler.Schedule(
        "NotifierSchedule",
        Name=estate.name("notifier-schedule"),
        GroupName=Ref("IncidentSchedules"),
        Description="Invokes the notifier every minute",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"),
        State="ENABLED",
        Target=scheduler.Target(
            Arn=GetAtt("WakeUpQueue", "Arn"),
            RoleArn=GetAtt("IncidentSchedulesRole", "Arn"),
            Input='{"wake":"*"}',
            RetryPolicy=scheduler.RetryPolicy(MaximumEventAgeInSeconds=60, MaximumRetryAttempts=0),
        ),
        Metadata=origin(PATH),
    )


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets))
