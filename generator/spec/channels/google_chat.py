"""Google Chat, by the incoming webhook of a space; its address is the secret."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.channel_words import SecretName
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

# One write a second for each space, which all apps of the space share; calls are made one by one, 1.5 s apart.
# https://developers.google.com/workspace/chat/limits
GoogleChatRate = Annotated[int, Rate(40, "Google Chat accepts one message a second in a space, from all apps together")]


class GoogleChatChannel(ChannelKeys):
    """A message for each change of an incident."""

    takes_reports: ClassVar[bool] = True

    type: Literal["google_chat"]
    secret: SecretName = Field(description="the Secrets Manager secret with the webhook address")
    rate: GoogleChatRate = usual("40/1m", 40, "how many messages are posted in a minute")
    retry_for: RetryFor = usual(
        "3d", 3 * DAY, "how long a message is retried; then what is over is given up, and listed"
    )
    missed: MissedMessages = usual(
        "digest", "digest", "what is sent of incidents that began and ended while the channel was away"
    )
    digest: Digests = usual(
        {"above": "10/1m", "every": "1m"}, DigestSpec(), "one message for many; none switches it off"
    )
