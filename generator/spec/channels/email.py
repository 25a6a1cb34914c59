"""E-mail by way of the hub's SNS topic."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.spec.delivery import (
    DAY,
    MINUTE,
    AnyRate,
    ChannelKeys,
    DigestEvery,
    DigestOff,
    DigestSpec,
    MissedMessages,
    Rate,
    RetryFor,
    digest_form,
    usual,
)
from generator.spec.scalars import Email

# Over ten mails a second SNS suspends a subscription, and deletes it after 48 hours; half of it, as bursts come on top.
# https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
EmailRate = Annotated[int, Rate(300, "over 10 a second, SNS suspends the subscriptions")]


class EmailDigest(DigestSpec):
    """One mail instead of many, while many are due; an alarm of severity critical always has its own."""

    above: AnyRate = usual("5/1m", 5, "more mails due in a minute than this become one")
    every: DigestEvery = usual("5m", 5 * MINUTE, "how often there is another")


class EmailChannel(ChannelKeys):
    """Each address becomes a subscription that its owner has to confirm once."""

    takes_reports: ClassVar[bool] = True

    type: Literal["email"]
    addresses: list[Email] = Field(min_length=1, description="who is written to, such as [ops@example.com]")
    rate: EmailRate = usual("10/1m", 10, "how many mails are sent in a minute")
    retry_for: RetryFor = usual("3d", 3 * DAY, "how long a mail is retried; then what is over is given up, and listed")
    missed: MissedMessages = usual(
        "digest", "digest", "what is sent of incidents that began and ended while the channel was away"
    )
    digest: Annotated[DigestOff | Annotated[EmailDigest, Tag("mapping")], Discriminator(digest_form)] = usual(
        {"above": "5/1m", "every": "5m"}, EmailDigest(), "one mail for many; none switches it off"
    )
