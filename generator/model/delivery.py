"""Delivery to a channel: rate, retries, and the treatment of messages that could not be sent in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Missed = Literal["each", "digest", "never"]


@dataclass(frozen=True, slots=True)
class Digest:
    """One message for many: when more than `above_per_minute` are due, and then brought up to date."""

    above_per_minute: int
    every_seconds: int


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The delivery settings of one channel, for the incident function.

    rate_per_minute: calls, not incidents; a ticket may need several. retry_seconds: after that a delivery is given up.
    missed: what is sent of incidents that began and ended while the channel was away. time_limit_seconds: of one call.
    digest: None where every incident has messages of its own. private: whether the address may be a private one.
    """

    rate_per_minute: int
    retry_seconds: int
    missed: Missed
    time_limit_seconds: int
    digest: Digest | None = None
    private: bool = False
