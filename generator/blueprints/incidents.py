"""The incident function, and the queue that feeds it.

The queue outlives the function's failures: three receives, then the dead-letter queue, where it waits fourteen days.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troposphere import GetAtt, Output, Parameter, Ref, Sub, awslambda, iam, logs, sqs

from generator.blueprints.delivery import dead_letter_queue
from generator.blueprints.policies import allow, grant, policy, service
from generator.blueprints.stack import DELETED, Part, origin
from generator.manifest import Asset
from generator.model.estate import Estate

FUNCTION = "jira-ticket-creator"
HANDLER = "handlers.incident.app.handler"
MEMORY_MB = 128
TIMEOUT_SECONDS = 3
RETENTION_DAYS = 30
FOUR_DAYS = 4 * 86_400
# AWS advises six times the function's time-out, so that a slow batch is not handed out a second time.
VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS
MAX_RECEIVES = 3
PATH = ("routes",)


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops these.
class _LoggingConfig(awslambda.LoggingConfig):  # type: ignore[misc]  # troposphere ships no types
    props = {**awslambda.LoggingConfig.props, "LogFormat": (str, False)}


class _ScalingConfig(awslambda.ScalingConfig):  # type: ignore[misc]  # troposphere ships no types
    props = {"MaximumConcurrency": (int, False)}


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """Queue, dead letters, log group, role, function, and what connects them."""
    asset = assets[FUNCTION]
    name = estate.name(FUNCTION)
    bucket = f"obsgen-assets-{estate.hub.account}-{estate.hub.region}"
    yield Parameter("AssetsBucket", Type="String", Default=bucket, Description="Bucket that holds function packages")
    yield from _queues(estate)
    yield logs.LogGroup(
        "IncidentLogGroup",
        LogGroupName=f"/aws/lambda/{name}",
        RetentionInDays=RETENTION_DAYS,
        Metadata=origin(PATH),
        **DELETED,
    )
    yield _role(estate)
    yield awslambda.Function(
        "IncidentFunction",
        FunctionName=name,
        Description="Turns alarm state changes into incidents",
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler=asset.handler,
        Code=awslambda.Code(S3Bucket=Ref("AssetsBucket"), S3Key=asset.key),
        MemorySize=MEMORY_MB,
        Timeout=TIMEOUT_SECONDS,
        Role=GetAtt("IncidentRole", "Arn"),
        Environment=awslambda.Environment(Variables={"TOPIC_ARN": Ref("Topic")}),
        LoggingConfig=_LoggingConfig(LogGroup=Ref("IncidentLogGroup"), LogFormat="JSON"),
        Metadata=origin(PATH),
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


def _role(estate: Estate) -> Part:
    name = estate.name(FUNCTION)
    stream = Sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{name}:*")
    statements = (
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [stream], sid="WritesItsLog"),
        allow(
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [GetAtt("IncidentQueue", "Arn")],
            sid="ReadsItsQueue",
        ),
        allow(["sns:Publish"], [Ref("Topic")], sid="SendsMail"),
    )
    trust = grant(service("lambda.amazonaws.com"), ["sts:AssumeRole"], None, sid="LambdaAssumes")
    return iam.Role(
        "IncidentRole",
        RoleName=estate.name(f"{FUNCTION}-role"),
        Description="What the incident function may do",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="incident", PolicyDocument=policy(*statements))],
        Metadata=origin(PATH),
    )
