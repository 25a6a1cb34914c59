"""A queue that feeds a function, and the mapping between both; dead letters are in `delivery`.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Ref, awslambda, sqs

from generator.blueprints.kit.functions import ScalingConfig
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.findings import Path

FOUR_DAYS = 4 * 86_400
# AWS advises five receives at least, so that throttling makes no dead letters.
MAX_RECEIVES = 5
# AWS advises six times the function's time-out, so that a slow batch is not handed out a second time.
VISIBILITY_TIMES = 6
# A mapping's least: https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
LEAST_CONCURRENCY = 2


def queue(title: str, name: str, dead_letters: str, timeout_seconds: int, path: Path, **more: Any) -> Part:
    """A queue for a function with that timeout. dead_letters: a logical ID."""
    return sqs.Queue(
        title,
        QueueName=name,
        MessageRetentionPeriod=FOUR_DAYS,
        VisibilityTimeout=VISIBILITY_TIMES * timeout_seconds,
        SqsManagedSseEnabled=True,
        RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt(dead_letters, "Arn"), maxReceiveCount=MAX_RECEIVES),
        Metadata=origin(path),
        **DELETED,
        **more,
    )


def mapping(stem: str, path: Path, *, batch: int = 1, concurrency: int = LEAST_CONCURRENCY, **more: Any) -> Part:
    """From `<stem>Queue` to `<stem>Function`. concurrency: invocations at the same time, a cap on the poller: receives
    that the function throttles would count towards the dead letters.
    """
    return awslambda.EventSourceMapping(
        f"{stem}QueueToFunction",
        EventSourceArn=GetAtt(f"{stem}Queue", "Arn"),
        FunctionName=Ref(f"{stem}Function"),
        BatchSize=batch,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig=ScalingConfig(MaximumConcurrency=concurrency),
        Metadata=origin(path),
        **more,
    )
