"""Slack, by bot token or incoming webhook; which of the two is the secret's business."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.spec.scalars import SecretName, SecureUrl
from generator.spec.strict import Strict


class SlackChannel(Strict):
    """A message for each episode."""

    type: Literal["slack"]
    secret: SecretName = Field(description="the Secrets Manager secret with the token or the webhook address")
    channel: str | None = Field(default=None, description="the channel to post to, for bot tokens")
    url: SecureUrl | None = Field(
        default=None, description="the address of the API where it is not https://slack.com/api, such as GovSlack's"
    )
