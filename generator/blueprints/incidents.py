"""The incident function, its queue and its table.

It turns an alarm's state change into pending notifications, which the notifier sends.
The queue outlives the function's failures: three receives, then the dead-letter queue, where it waits fourteen days.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Parameter, Ref, awslambda, dynamodb, sqs

from generator.blueprints.incident_rights import INLINE, consumes_queue, reads_secrets, remembers
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue
from generator.blueprints.kit.functions import TIMEOUT_SECONDS, ScalingConfig, function, log_group, role
from generator.blueprints.kit.policies import allow
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.model.incidents import DUE_INDEX

FUNCTION = "jira-ticket-creator"
TABLE = "incident-episodes"
HANDLER = "handlers.incident.app.handler"
FOUR_DAYS = 4 * 86_400
# AWS advises six times the function's time-out, so that a slow batch is not handed out a second time.
VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS
MAX_RECEIVES = 3
# A decision takes a third of a second: with forty at a time, five thousand alarms of one minute are decided in another.
CONCURRENCY = 40
PATH = ("routes",)


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The queue, dead-letter queue, table, log group, role, function and event source mapping."""
    asset = assets[FUNCTION]
    name = estate.name(FUNCTION)
    bucket = f"obsgen-assets-{estate.hub.account}-{estate.hub.region}"
    yield Parameter("AssetsBucket", Type="String", Default=bucket, Description="Bucket that holds function packages")
    yield from _queues(estate)
    yield _table(estate)
    yield log_group("IncidentLogGroup", name, PATH)
    yield role("IncidentRole", name, "incident", list(_statements(estate)), PATH, environment=estate.environment)
    yield function(
        "IncidentFunction",
        name,
        asset,
        PATH,
        Description="Opens and updates incidents for alarm state changes",
        # A stack that is updated has the notifier before the code that counts on it; the index comes with the table.
        DependsOn="WakeUpQueueToNotifier",
        Environment=awslambda.Environment(
            Variables={
                "DEAD_LETTERS_URL": Ref("IncidentDeadLetters"),
                "MAX_RECEIVES": str(MAX_RECEIVES),
                "QUEUE_URL": Ref("IncidentQueue"),
                "TABLE_NAME": Ref("IncidentTable"),
                "WAKE_UPS_URL": Ref("WakeUpQueue"),
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
        ScalingConfig=ScalingConfig(MaximumConcurrency=CONCURRENCY),
        Metadata=origin(PATH),
    )
    yield Output("IncidentFunctionName", Description="Function that opens incidents", Value=Ref("IncidentFunction"))
    yield Output("IncidentRoleArn", Description="Role of that function", Value=GetAtt("IncidentRole", "Arn"))
    yield Output(
        "IncidentDeadLettersUrl", Description="Events that it could not process", Value=Ref("IncidentDeadLetters")
    )


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
    """The table of alarms, incidents, deliveries and channels, billed by request, with a TTL."""
    keys = ("pk", "HASH"), ("sk", "RANGE")
    due = ("due_pk", "HASH"), ("due_sk", "RANGE")
    return dynamodb.Table(
        "IncidentTable",
        TableName=estate.name(TABLE),
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S") for name, _ in (*keys, *due)
        ],
        KeySchema=[dynamodb.KeySchema(AttributeName=name, KeyType=kind) for name, kind in keys],
        GlobalSecondaryIndexes=[
            dynamodb.GlobalSecondaryIndex(
                IndexName=DUE_INDEX,
                KeySchema=[dynamodb.KeySchema(AttributeName=name, KeyType=kind) for name, kind in due],
                Projection=dynamodb.Projection(ProjectionType="KEYS_ONLY"),
            )
        ],
        TimeToLiveSpecification=dynamodb.TimeToLiveSpecification(AttributeName="expires", Enabled=True),
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
        Metadata=origin(PATH),
        **DELETED,
    )


def _statements(estate: Estate) -> Iterator[Any]:
    """The actions that the function's code calls; those of a channel type only with such a channel."""
    yield consumes_queue("IncidentQueue")
    yield allow(["sqs:SendMessage"], [GetAtt("IncidentDeadLetters", "Arn")], sid="GivesUp")
    yield allow(["sqs:SendMessage"], [GetAtt("WakeUpQueue", "Arn")], sid="WakesChannels")
    yield from remembers(DUE_INDEX)
    yield from reads_secrets(estate, INLINE)


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets))
