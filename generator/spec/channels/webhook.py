"""Any HTTPS endpoint; requests are signed with the secret."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.addresses import ChannelAddress
from generator.spec.channel_words import SecretName
from generator.spec.delivery import (
    DAY,
    ChannelKeys,
    Digests,
    MissedMessages,
    Rate,
    RetryFor,
    usual,
)

# Ours: one call after the other, the function could not make many more.
WebhookRate = Annotated[int, Rate(600, "calls are made one after the other")]


class WebhookChannel(ChannelKeys):
    """A signed POST for each change of an incident."""

    type: Literal["webhook"]
    url: ChannelAddress = Field(description="where to post, over https")
    private: bool = Field(default=False, description="whether the address may be in a private network")
    secret: SecretName = Field(description="the Secrets Manager secret with the signing key")
    rate: WebhookRate = usual("120/1m", 120, "how many requests are made in a minute")
    retry_for: RetryFor = usual(
        "3d", 3 * DAY, "how long a request is retried; then what is over is given up, and listed"
    )
    missed: MissedMessages = usual(
        "each", "each", "what is sent of incidents that began and ended while the endpoint was away"
    )
    digest: Digests = Field(default="none", description="one request for many, with a list of them")
