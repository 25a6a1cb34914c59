"""Microsoft Teams, by the webhook of a workflow; its address is the secret."""

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

# Four requests a second; a channel may make a tenth of a minute's at once, so 30/1m is 3.5 in the worst second.
# https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
TeamsRate = Annotated[int, Rate(30, "Teams accepts four requests a second, bursts included")]


class TeamsChannel(ChannelKeys):
    """A message for each change of an incident."""

    takes_reports: ClassVar[bool] = True

    type: Literal["teams"]
    secret: SecretName = Field(description="the Secrets Manager secret with the webhook address")
    rate: TeamsRate = usual("30/1m", 30, "how many messages are posted in a minute")
    retry_for: RetryFor = usual(
        "3d", 3 * DAY, "how long a message is retried; then what is over is given up, and listed"
    )
    missed: MissedMessages = usual(
        "digest", "digest", "what is sent of incidents that began and ended while the channel was away"
    )
    digest: Digests = usual(
        {"above": "10/1m", "every": "1m"}, DigestSpec(), "one message for many; none switches it off"
    )
