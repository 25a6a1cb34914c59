"""The sample workload of members: two functions, a queue between them, and an ECS cluster without tasks.

A third function writes application log lines to a log group of the file, if one is named.

A schedule invokes the payment handler asynchronously: a failure is retried twice, and then is a dead letter.
It sends orders through a queue to the order processor: three receives, then a dead letter too.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from awacs.aws import Statement
from troposphere import FindInMap, GetAtt, Output, Parameter, Ref, Sub, awslambda, ecs, events, iam, logs, sqs

from generator.aws.lambda_insights import layer
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import EVENTS, dead_letter_queue, target, written_by_rules
from generator.blueprints.kit.functions import RETENTION_DAYS, RUNTIME
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import DELETED, Part, TemplateCondition, TemplateMapping, origin
from generator.blueprints.kit.stack_values import log_group_name
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.sample import FUNCTIONS, PARAMETER, SETTLEMENT, SampleWorkload, log_group

SCRIPT = "handlers/sample/shop.py"
MEMORY_MB = 512
TIMEOUT_SECONDS = 30
FOUR_DAYS = 4 * 86_400
MAX_RECEIVES = 3
IS_ON = f"{PARAMETER}IsOn"
LAYERS = "LambdaInsightsLayers"
PAYMENTS, ORDERS = FUNCTIONS
SETTLES = "SampleSettlementFunction"
LEAST_MEMORY_MB = 128


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops this one.
class _LoggingConfig(awslambda.LoggingConfig):  # type: ignore[misc]  # troposphere ships no types
    props = {**awslambda.LoggingConfig.props, "LogFormat": (str, False)}


def resources(estate: Estate, handlers: Mapping[str, bytes]) -> Iterator[Part]:
    """The resources of the workload, in every member or with a condition. handlers: sources by path."""
    sample = estate.sample_workload
    if sample is None or sample.accounts == ():
        return
    more: dict[str, Any] = {"Metadata": origin(sample.path)}
    if sample.accounts is not None:
        description = "Whether this account has the sample workload"
        yield Parameter(
            PARAMETER, Type="String", Default="false", AllowedValues=["true", "false"], Description=description
        )
        yield TemplateCondition(IS_ON, {"Fn::Equals": [Ref(PARAMETER), "true"]})
        more["Condition"] = IS_ON
    partition = estate.hub.partition
    yield TemplateMapping(
        LAYERS, {region: {"Arn": layer(region, partition) or ""} for region in sorted(estate.regions)}
    )
    code = handlers[SCRIPT].decode()
    yield from _payments(estate, sample, code, more)
    yield from _orders(estate, sample, code, more)
    if sample.log_group:
        yield from _settlement(estate, sample, code, more)
    yield ecs.Cluster(
        "SampleCluster",
        ClusterName=estate.name("payment-platform"),
        ClusterSettings=[ecs.ClusterSetting(Name="containerInsights", Value="enabled")],
        **more,
    )
    condition = {"Condition": IS_ON} if "Condition" in more else {}
    for title, what in (("SampleCluster", "cluster"), *((f"{_stem(name)}Function", name) for name in FUNCTIONS)):
        yield Output(f"{title}Name", Description=f"The sample workload's {what}", Value=Ref(title), **condition)


def _payments(estate: Estate, sample: SampleWorkload, code: str, more: dict[str, Any]) -> Iterator[Part]:
    """The schedule, the function, and their dead-letter queue."""
    dead = "SamplePaymentDeadLetters"
    yield dead_letter_queue(dead, estate.name("sample-payment-dead-letters"), sample.path, **_condition_of(more))
    yield written_by_rules(f"{dead}Policy", dead, ["SamplePaymentRule"], sample.path, **_condition_of(more))
    gives_up = allow(["sqs:SendMessage"], [GetAtt(dead, "Arn"), GetAtt("SampleOrders", "Arn")], sid="OrdersAndGivesUp")
    yield from _function(
        estate,
        PAYMENTS,
        code,
        [gives_up],
        more,
        DeadLetterConfig=awslambda.DeadLetterConfig(TargetArn=GetAtt(dead, "Arn")),
        Environment=_environment(sample, QUEUE_URL=Ref("SampleOrders")),
    )
    function = GetAtt("SamplePaymentHandlerFunction", "Arn")
    payment_target = target("payment-handler", function, dead)
    payment_target.Input = '{"invent": 10}'
    targets = [payment_target]
    if sample.log_group:
        targets.append(target("settlement", GetAtt(SETTLES, "Arn"), dead))
    yield events.Rule(
        "SamplePaymentRule",
        Name=estate.name("sample-payment-rule"),
        Description="Payments for the sample workload",
        ScheduleExpression="rate(1 minute)",
        Targets=targets,
        **more,
    )
    yield awslambda.Permission(
        "SamplePaymentPermission",
        Action="lambda:InvokeFunction",
        FunctionName=Ref("SamplePaymentHandlerFunction"),
        Principal=EVENTS,
        SourceArn=GetAtt("SamplePaymentRule", "Arn"),
        **more,
    )


def _settlement(estate: Estate, sample: SampleWorkload, code: str, more: dict[str, Any]) -> Iterator[Part]:
    """The function that writes into the named log group, called by the payments' schedule.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    group = next(group for group in estate.log_groups if group.key == sample.log_group)
    dead = "SamplePaymentDeadLetters"
    prefix = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    statements = (
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [Sub(f"{prefix}{group.name}:*")], sid="WritesItsLog"),
        allow(["sqs:SendMessage"], [GetAtt(dead, "Arn")], sid="GivesUp"),
    )
    yield _role("SampleSettlement", SETTLEMENT, estate, statements, more)
    yield awslambda.Function(
        SETTLES,
        FunctionName=estate.name(SETTLEMENT),
        Description="Part of the sample workload: writes settlements to a log group of the file",
        Runtime=RUNTIME,
        Architectures=["arm64"],
        Handler="index.settlement",
        Code=awslambda.Code(ZipFile=code),
        MemorySize=LEAST_MEMORY_MB,
        Timeout=TIMEOUT_SECONDS,
        Role=GetAtt("SampleSettlementRole", "Arn"),
        DeadLetterConfig=awslambda.DeadLetterConfig(TargetArn=GetAtt(dead, "Arn")),
        LoggingConfig=_LoggingConfig(LogGroup=log_group_name(group, estate), LogFormat="Text"),
        **more,
    )
    yield awslambda.Permission(
        "SampleSettlementPermission",
        Action="lambda:InvokeFunction",
        FunctionName=Ref(SETTLES),
        Principal=EVENTS,
        SourceArn=GetAtt("SamplePaymentRule", "Arn"),
        **more,
    )


def _orders(estate: Estate, sample: SampleWorkload, code: str, more: dict[str, Any]) -> Iterator[Part]:
    """The queue, its dead letters, and the function that it feeds."""
    dead = "SampleOrderDeadLetters"
    yield dead_letter_queue(dead, estate.name("sample-order-dead-letters"), sample.path, **_condition_of(more))
    yield sqs.Queue(
        "SampleOrders",
        QueueName=estate.name("sample-orders"),
        MessageRetentionPeriod=FOUR_DAYS,
        VisibilityTimeout=6 * TIMEOUT_SECONDS,
        SqsManagedSseEnabled=True,
        RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt(dead, "Arn"), maxReceiveCount=MAX_RECEIVES),
        **more,
        **DELETED,
    )
    reads = allow(
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        [GetAtt("SampleOrders", "Arn")],
        sid="ReadsItsQueue",
    )
    yield from _function(estate, ORDERS, code, [reads], more, Environment=_environment(sample))
    yield awslambda.EventSourceMapping(
        "SampleOrdersToFunction",
        EventSourceArn=GetAtt("SampleOrders", "Arn"),
        FunctionName=Ref("SampleOrderProcessorFunction"),
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        **more,
    )


def _function(
    estate: Estate, name: str, code: str, statements: Sequence[Statement], more: dict[str, Any], **special: Any
) -> Iterator[Part]:
    """Log group, role and function; traced, and measured by Lambda Insights."""
    stem, group = _stem(name), log_group(name, estate.environment)
    written = next((g for g in estate.log_groups if g.side is Side.MEMBERS and g.name == group), None)
    if written is None:
        yield logs.LogGroup(f"{stem}LogGroup", LogGroupName=group, RetentionInDays=RETENTION_DAYS, **more, **DELETED)
    prefix = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    streams = ["logs:CreateLogStream", "logs:PutLogEvents"]
    measured = (
        allow(streams, [Sub(f"{prefix}{group}:*")], sid="WritesItsLog"),
        # One log group for every function of an account: not ours to make, nor to say how long it keeps.
        allow(["logs:CreateLogGroup", *streams], [Sub(f"{prefix}/aws/lambda-insights:*")], sid="IsMeasured"),
        allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"], sid="IsTraced"),
    )
    yield _role(stem, name, estate, (*measured, *statements), more)
    yield awslambda.Function(
        f"{stem}Function",
        FunctionName=estate.name(name),
        Description="Part of the sample workload",
        Runtime=RUNTIME,
        Architectures=["arm64"],
        Handler=f"index.{name.replace('-', '_')}",
        Code=awslambda.Code(ZipFile=code),
        MemorySize=MEMORY_MB,
        Timeout=TIMEOUT_SECONDS,
        Role=GetAtt(f"{stem}Role", "Arn"),
        TracingConfig=awslambda.TracingConfig(Mode="Active"),
        Layers=[FindInMap(LAYERS, Ref("AWS::Region"), "Arn")],
        # Its lines are what metric filters count in their places, so they stay as they are printed.
        LoggingConfig=_LoggingConfig(
            LogGroup=Ref(written.logical_id if written else f"{stem}LogGroup"), LogFormat="Text"
        ),
        **more,
        **special,
    )


def _role(stem: str, name: str, estate: Estate, statements: Sequence[Statement], more: dict[str, Any]) -> Part:
    """The role of a function."""
    return iam.Role(
        f"{stem}Role",
        # IAM is global, so the Region keeps the names of several Regions apart.
        RoleName=Sub(f"{name}-role-${{AWS::Region}}-{estate.environment}"),
        Description=f"Permissions of {name} in the sample workload",
        AssumeRolePolicyDocument=policy(grant(service("lambda.amazonaws.com"), ["sts:AssumeRole"], None, sid="Assume")),
        Policies=[iam.Policy(PolicyName="sample", PolicyDocument=policy(*statements))],
        **more,
    )


def _environment(sample: SampleWorkload, **variables: Any) -> awslambda.Environment:
    """The environment variables of the workload's functions."""
    return awslambda.Environment(Variables={"FAILURE_RATE": f"{sample.failure_rate:g}", **variables})


def _stem(function: str) -> str:
    return "Sample" + "".join(word.capitalize() for word in function.split("-"))


def _condition_of(more: Mapping[str, Any]) -> dict[str, Any]:
    """The Condition attribute alone, for helpers that add the metadata themselves."""
    return {name: value for name, value in more.items() if name == "Condition"}


CONCERN = Concern(member=lambda inputs: resources(inputs.estate, inputs.handlers))
