"""The incident function, the queue that feeds it, its memory, and the schedules by which it reminds itself.

The queue outlives the function's failures: three receives, then the dead-letter queue, where it waits fourteen days.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from awacs.aws import ArnEquals, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Output, Parameter, Ref, Sub, awslambda, dynamodb, iam, scheduler, sqs

from generator.blueprints.delivery import dead_letter_queue
from generator.blueprints.functions import TIMEOUT_SECONDS, function, log_group, role
from generator.blueprints.policies import allow, grant, policy, service
from generator.blueprints.stack import DELETED, Part, origin
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.model.places import Side

FUNCTION = "jira-ticket-creator"
HANDLER = "handlers.incident.app.handler"
FOUR_DAYS = 4 * 86_400
# AWS advises six times the function's time-out, so that a slow batch is not handed out a second time.
VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS
MAX_RECEIVES = 3
PATH = ("routes",)
SCHEDULER = "scheduler.amazonaws.com"


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops this one.
class _ScalingConfig(awslambda.ScalingConfig):  # type: ignore[misc]  # troposphere ships no types
    props = {"MaximumConcurrency": (int, False)}


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """Queue, dead letters, table, schedules, log group, role, function, and what connects them."""
    asset = assets[FUNCTION]
    name = estate.name(FUNCTION)
    bucket = f"obsgen-assets-{estate.hub.account}-{estate.hub.region}"
    yield Parameter("AssetsBucket", Type="String", Default=bucket, Description="Bucket that holds function packages")
    yield from _queues(estate)
    yield _table(estate)
    yield from _schedules(estate)
    yield log_group("IncidentLogGroup", name, PATH)
    yield role("IncidentRole", name, "incident", list(_statements(estate)), PATH)
    yield function(
        "IncidentFunction",
        name,
        asset,
        PATH,
        Description="Turns alarm state changes into incidents",
        Environment=awslambda.Environment(
            Variables={
                "DEAD_LETTERS_ARN": GetAtt("IncidentDeadLetters", "Arn"),
                "DEAD_LETTERS_URL": Ref("IncidentDeadLetters"),
                "MAX_RECEIVES": str(MAX_RECEIVES),
                "QUEUE_ARN": GetAtt("IncidentQueue", "Arn"),
                "QUEUE_URL": Ref("IncidentQueue"),
                "SCHEDULE_GROUP": Ref("IncidentSchedules"),
                "SCHEDULE_ROLE_ARN": GetAtt("IncidentSchedulesRole", "Arn"),
                "TABLE_NAME": Ref("IncidentTable"),
                "TOPIC_ARN": Ref("Topic"),
            }
        ),
    )
    yield awslambda.EventSourceMapping(
        "IncidentQueueToFunction",
        EventSourceArn=GetAtt("IncidentQueue", "Arn"),
        FunctionName=Ref("IncidentFunction"),
        BatchSize=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        # A cap on the poller, not on the function: throttled receives would count towards the dead-letter queue.
        ScalingConfig=_ScalingConfig(MaximumConcurrency=10),
        Metadata=origin(PATH),
    )
    yield Output("IncidentFunctionName", Description="Function that opens incidents", Value=Ref("IncidentFunction"))
    yield Output("IncidentRoleArn", Description="What that function may do", Value=GetAtt("IncidentRole", "Arn"))
    yield Output("IncidentDeadLettersUrl", Description="Events it could not handle", Value=Ref("IncidentDeadLetters"))


def _queues(estate: Estate) -> Iterator[Part]:
    yield dead_letter_queue("IncidentDeadLetters", estate.name("incident-dead-letters"), PATH)
    yield sqs.Queue(
        "IncidentQueue",
        QueueName=estate.name("incident-queue"),
        MessageRetentionPeriod=FOUR_DAYS,
        VisibilityTimeout=VISIBILITY_SECONDS,
        SqsManagedSseEnabled=True,
        RedrivePolicy=sqs.RedrivePolicy(
            deadLetterTargetArn=GetAtt("IncidentDeadLetters", "Arn"), maxReceiveCount=MAX_RECEIVES
        ),
        Metadata=origin(PATH),
        **DELETED,
    )


def _table(estate: Estate) -> Part:
    """Episodes, one item for each alarm, account and Region; paid by the request, forgotten by TTL."""
    keys = ("pk", "HASH"), ("sk", "RANGE")
    return dynamodb.Table(
        "IncidentTable",
        TableName=estate.name("incident-episodes"),
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S") for name, _ in keys],
        KeySchema=[dynamodb.KeySchema(AttributeName=name, KeyType=kind) for name, kind in keys],
        TimeToLiveSpecification=dynamodb.TimeToLiveSpecification(AttributeName="expires", Enabled=True),
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
        Metadata=origin(PATH),
        **DELETED,
    )


def _schedules(estate: Estate) -> Iterator[Part]:
    """Where reminders live, and the role by which EventBridge Scheduler sends them to the queue.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    group = estate.name("incident-schedules")
    yield scheduler.ScheduleGroup("IncidentSchedules", Name=group, Metadata=origin(PATH))
    only_this_group = When(
        [
            StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}),
            ArnEquals({"aws:SourceArn": GetAtt("IncidentSchedules", "Arn")}),
        ]
    )
    trust = grant(service(SCHEDULER), ["sts:AssumeRole"], None, sid="SchedulerAssumes", condition=only_this_group)
    queues = [GetAtt("IncidentQueue", "Arn"), GetAtt("IncidentDeadLetters", "Arn")]
    reminds = allow(["sqs:SendMessage"], queues, sid="RemindsOrGivesUp")
    yield iam.Role(
        "IncidentSchedulesRole",
        RoleName=estate.name("incident-schedules-role"),
        Description="Lets EventBridge Scheduler remind the incident function",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="remind", PolicyDocument=policy(reminds))],
        Metadata=origin(PATH),
    )


def _statements(estate: Estate) -> Iterator[Any]:
    """Everything that the function's code calls; what only some channels need, only with such a channel."""
    types = {channel.type for channel in estate.channels}
    yield allow(
        ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        [GetAtt("IncidentQueue", "Arn")],
        sid="ReadsItsQueue",
    )
    yield allow(["sqs:SendMessage"], [GetAtt("IncidentDeadLetters", "Arn")], sid="GivesUp")
    yield allow(["dynamodb:GetItem", "dynamodb:PutItem"], [GetAtt("IncidentTable", "Arn")], sid="Remembers")
    schedules = _arn("scheduler", f"schedule/{estate.name('incident-schedules')}/*")
    yield allow(["scheduler:CreateSchedule"], [schedules], sid="AsksForReminders")
    only_scheduler = When(StringEquals({"iam:PassedToService": SCHEDULER}))
    passed = GetAtt("IncidentSchedulesRole", "Arn")
    yield allow(["iam:PassRole"], [passed], sid="PassesTheSchedulersRole", condition=only_scheduler)
    secrets = sorted({channel.secret for channel in estate.channels if channel.secret})
    if secrets:
        # Secrets Manager ends every ARN in six characters of its own.
        arns = [_arn("secretsmanager", f"secret:{name}-??????") for name in secrets]
        yield allow(["secretsmanager:GetSecretValue"], arns, sid="ReadsItsSecrets")
    if "email" in types:
        yield allow(["sns:Publish"], [Ref("Topic")], sid="SendsMail")
    if "opsitem" in types:
        # CreateOpsItem knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
        yield allow(["ssm:CreateOpsItem"], ["*"], sid="OpensOpsItems")
        yield allow(["ssm:UpdateOpsItem"], [_arn("ssm", "opsitem/*")], sid="ChangesOpsItems")
    groups = _quoted(estate)
    if groups:
        region = estate.hub.region
        arns = [f"arn:{estate.hub.partition}:logs:{region}:*:log-group:{name}:*" for name in groups]
        yield allow(["logs:FilterLogEvents"], arns, sid="QuotesLogs")
    if any(group.name in groups for group in estate.keyed_log_groups(Side.MEMBERS)):
        # Whose keys they are is not known here: the members' key policies bind them to their log groups.
        keys = f"arn:{estate.hub.partition}:kms:{estate.hub.region}:*:key/*"
        through_logs = When(
            StringEquals(
                {
                    "aws:ResourceOrgID": estate.organization.id,
                    "kms:ViaService": Sub("logs.${AWS::Region}.${AWS::URLSuffix}"),
                }
            )
        )
        yield allow(["kms:Decrypt"], [keys], sid="DecryptsQuotedLogs", condition=through_logs)


def _quoted(estate: Estate) -> list[str]:
    """The members' log groups whose lines a ticket may quote, in whichever account shares them."""
    if not estate.incidents.quotes_logs or not estate.shares("AWS::Logs::LogGroup"):
        return []
    filters = {f.key: f for f in estate.metric_filters}
    counted = {alarm.counted for alarm in estate.alarms_in(Side.MEMBERS)}
    groups = (estate.log_group(filters[key].log_group) for key in counted if key in filters)
    return sorted({group.name for group in groups if group})


def _arn(aws_service: str, resource: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{aws_service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
