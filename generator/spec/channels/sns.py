"""An SNS topic of your own, in any account and Region."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.delivery import (
    DAY,
    ChannelKeys,
    Digests,
    MissedMessages,
    Rate,
    RetryFor,
    usual,
)
from generator.spec.scalars import EnumScalar
from generator.spec.target_words import KeyArn, TopicArn

# Ours: SNS accepts more, and calls are made one after the other. https://docs.aws.amazon.com/general/latest/gr/sns.html
SnsRate = Annotated[int, Rate(600, "calls are made one after the other")]


class SnsChannel(ChannelKeys):
    """A message for each change of an incident, with attributes that subscriptions filter by."""

    type: Literal["sns"]
    topic: TopicArn = Field(description="the ARN of the topic; a name that ends in .fifo is a FIFO topic's")
    key: KeyArn | None = Field(
        default=None, description="the ARN of the customer managed key that encrypts the topic, if one does"
    )
    format: Annotated[Literal["json", "text"], EnumScalar("a format", "json", "text")] = Field(
        default="json", description="the form of the message: json for programs, text for people"
    )
    rate: SnsRate = usual("120/1m", 120, "how many messages are published in a minute")
    retry_for: RetryFor = usual(
        "3d", 3 * DAY, "how long a message is retried; then what is over is given up, and listed"
    )
    missed: MissedMessages = usual(
        "each", "each", "what is sent of incidents that began and ended while the topic was away"
    )
    digest: Digests = Field(default="none", description="one message for many, with a list of them")
