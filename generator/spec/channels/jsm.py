"""Alerts of Jira Service Management Operations, and of Opsgenie, which has the same API at another address."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.channel_words import JsmAddress, SecretName
from generator.spec.delivery import DAY, ChannelKeys, MissedPages, NoDigest, Rate, RetryFor, usual
from generator.spec.scalars import EnumScalar, RegexScalar
from generator.spec.strict import Strict

# Ours: Atlassian limits an account by its plan and its number of users, in one bucket for all of its integrations.
# https://docs.opsgenie.com/docs/api-rate-limiting
JsmRate = Annotated[int, Rate(300, "all integrations of the account share one limit, which depends on its plan")]
# https://docs.opsgenie.com/docs/alert-api#create-alert
MOST_RESPONDERS = 50


class ResponderSpec(Strict):
    """Who is notified of an alert."""

    type: Annotated[str, EnumScalar("a type of responder", "team", "user", "escalation", "schedule")] = Field(
        description="team, user, escalation or schedule"
    )
    id: Annotated[
        str,
        RegexScalar(
            r"[A-Za-z0-9][A-Za-z0-9:_-]*",
            "the ID of a responder, not its name",
            "4513b7ea-3b91-438f-b7e4-e3e54af9147c",
            128,
        ),
    ] = Field(description="its ID, as the address of its page shows it")


class JsmChannel(ChannelKeys):
    """Opens and closes an alert for each incident."""

    type: Literal["jsm"]
    secret: SecretName = Field(description="the Secrets Manager secret with the API key of an API integration")
    url: JsmAddress | None = Field(
        default=None, description="the address of the API elsewhere, such as Opsgenie's: https://api.opsgenie.com"
    )
    priority: dict[
        Annotated[str, EnumScalar("a severity", "critical", "high", "medium", "low")],
        Annotated[str, EnumScalar("a priority", "P1", "P2", "P3", "P4", "P5")],
    ] = Field(default_factory=dict, description="severity to priority, where it is not P1, P2, P3 and P4")
    responders: list[ResponderSpec] = Field(
        default_factory=list,
        max_length=MOST_RESPONDERS,
        description="who is notified, unless the integration belongs to a team, which is notified then",
    )
    rate: JsmRate = usual("100/1m", 100, "how many calls are made in a minute; an alert takes two or three")
    retry_for: RetryFor = usual("1d", DAY, "how long a change is retried; then what is over is given up, and listed")
    missed: MissedPages = usual("never", "never", "always never: no page for an incident that is over")
    digest: NoDigest = Field(default="none", description="always none: each incident is an alert of its own")
