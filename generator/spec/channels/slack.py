"""Slack, by bot token or incoming webhook; which of the two is the secret's business."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.addresses import ChannelAddress
from generator.spec.channel_words import SecretName, SlackChannelName
from generator.spec.delivery import (
    DAY,
    ChannelKeys,
    Digests,
    DigestSpec,
    MissedMessages,
    Rate,
    RetryFor,
    usual,
)

# One message a second for each channel; apps that go on above it may be disabled.
# https://docs.slack.dev/apis/web-api/rate-limits
SlackRate = Annotated[int, Rate(60, "Slack takes one message a second in a channel")]


class SlackChannel(ChannelKeys):
    """A message for each change of an incident."""

    takes_reports: ClassVar[bool] = True

    type: Literal["slack"]
    secret: SecretName = Field(description="the Secrets Manager secret with the token or the webhook address")
    channel: SlackChannelName | None = Field(default=None, description="the channel to post to, for bot tokens")
    url: ChannelAddress | None = Field(
        default=None, description="the address of the API where it is not https://slack.com/api, such as GovSlack's"
    )
    rate: SlackRate = usual("50/1m", 50, "how many messages are posted in a minute")
    retry_for: RetryFor = usual(
        "3d", 3 * DAY, "how long a message is retried; then what is over is given up, and listed"
    )
    missed: MissedMessages = usual(
        "digest", "digest", "what is sent of incidents that began and ended while the channel was away"
    )
    digest: Digests = usual(
        {"above": "10/1m", "every": "1m"}, DigestSpec(), "one message for many; none switches it off"
    )
