"""Text messages by SNS, to one telephone."""

from __future__ import annotations

from typing import Annotated, Literal

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
from generator.spec.scalars import RegionName
from generator.spec.target_words import PhoneNumber, SenderId

# An ordinary number sends one part a second, and a message may have two parts.
# https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-mps.html
SmsRate = Annotated[int, Rate(30, "an ordinary number sends one part a second, and a message has up to two")]


class SmsDigest(DigestSpec):
    """One text message instead of many, while many are due; an alarm of severity critical always has its own."""

    above: AnyRate = usual("3/1m", 3, "more text messages due in a minute than this become one")
    every: DigestEvery = usual("15m", 15 * MINUTE, "how often there is another")


class SmsChannel(ChannelKeys):
    """A text message of one or two parts when an incident opens, becomes worse, and ends."""

    type: Literal["sms"]
    phone_number: PhoneNumber = Field(description='the telephone in E.164 format, such as "+442079460000"')
    sender_id: SenderId | None = Field(
        default=None, description="the sender that the telephone shows, in countries that support it"
    )
    region: RegionName | None = Field(default=None, description="the Region that sends it (default: the hub's)")
    rate: SmsRate = usual("10/1m", 10, "how many text messages are sent in a minute")
    retry_for: RetryFor = usual("1d", DAY, "how long a message is retried; then what is over is given up, and listed")
    missed: MissedMessages = usual(
        "never", "never", "what is sent of incidents that began and ended while SNS was away"
    )
    digest: Annotated[DigestOff | Annotated[SmsDigest, Tag("mapping")], Discriminator(digest_form)] = usual(
        {"above": "3/1m", "every": "15m"}, SmsDigest(), "one message for many; none switches it off"
    )
