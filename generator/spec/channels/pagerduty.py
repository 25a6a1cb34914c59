"""PagerDuty, Events API v2."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.addresses import ChannelAddress
from generator.spec.channel_words import SecretName
from generator.spec.delivery import DAY, ChannelKeys, MissedPages, NoDigest, Rate, RetryFor, usual

# PagerDuty throttles as it sees fit; its staff has named 120 a minute for an integration key, a list of rate limits
# 480. https://developer.pagerduty.com/docs/events-api-v2-overview, https://apis.io/rate-limits/pagerduty/pagerduty-rate-limits/
PagerDutyRate = Annotated[int, Rate(480, "more is not known to be taken for one integration key")]


class PagerDutyChannel(ChannelKeys):
    """Triggers and resolves an alert for each incident."""

    type: Literal["pagerduty"]
    secret: SecretName = Field(description="the Secrets Manager secret with the routing key")
    url: ChannelAddress | None = Field(
        default=None, description="the address of the Events API in another service region, such as the EU's"
    )
    rate: PagerDutyRate = usual("100/1m", 100, "how many events are sent in a minute")
    retry_for: RetryFor = usual("1d", DAY, "how long an event is retried; then what is over is given up, and listed")
    missed: MissedPages = usual("never", "never", "always never: no page for an incident that is over")
    digest: NoDigest = Field(default="none", description="always none: each incident is an alert of its own")
