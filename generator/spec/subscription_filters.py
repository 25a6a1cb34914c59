"""The section `subscription_filters`: log events that CloudWatch Logs sends on as they arrive."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.model.subscription_filters import Distribution
from generator.spec.arns import OWNER, KeyArn
from generator.spec.logs import ExamplesSpec
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import EnumScalar, Key, Scalar, matching

_NAME = r"[A-Za-z0-9_.{}-]+"
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
DESTINATIONS = {
    "kinesis": f"stream/{_NAME}",
    "firehose": f"deliverystream/{_NAME}",
    "lambda": rf"function:{_NAME}(?::{_NAME})?",
    "logs": f"destination:{_NAME}",
}
_DESTINATION = "|".join(f"{OWNER % service}{resource}" for service, resource in DESTINATIONS.items())
_FIREHOSE = "arn:{partition}:firehose:{region}:{account_id}:deliverystream/log-archive"
DestinationArn = Annotated[
    str,
    Scalar(
        matching(
            _DESTINATION,
            "the ARN of a Kinesis stream, a Firehose stream, a Lambda function or a destination of CloudWatch Logs",
            _FIREHOSE,
            2048,
        ),
        type="string",
        examples=[_FIREHOSE],
    ),
]
DistributionName = Annotated[Distribution, EnumScalar("a distribution", "by-log-stream", "random")]


class SubscriptionFilterSpec(PlacedSpec):
    """A subscription filter of a log group."""

    log_group: Key = Field(description="the key of a log group")
    pattern: str = Field(
        default="", description="a CloudWatch Logs filter pattern, in quotes; without it every log event is sent"
    )
    destination: DestinationArn = Field(description="the ARN of the stream, function or destination")
    distribution: DistributionName | None = Field(
        default=None, description="(Kinesis) how log events are distributed over shards: by-log-stream or random"
    )
    key: KeyArn | None = Field(default=None, description="(Kinesis) the KMS key that encrypts the stream")
    examples: ExamplesSpec = Field(default_factory=ExamplesSpec, description="example lines to test the pattern")
