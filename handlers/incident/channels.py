"""Channels as the routing table has them, and how they are delivered to. Loads no sink, no HTTP and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How a channel is delivered to.

    rate: calls a minute. retry_ms: how long a delivery is attempted before it is given up. missed: what becomes of an
    incident that began and ended before the channel could be reached: `each`, `digest` or `never`. time_limit_s: for
    one call. digest_above: more than this many due within a minute go into one message; None for never.
    digest_every_ms: how long that message is edited, or how far apart such messages are. private: whether private
    addresses may be called. bursts: whether several calls may be made at once, within the rate of a minute.
    """

    rate: float
    retry_ms: int
    missed: str
    time_limit_s: float = 30.0
    digest_above: int | None = None
    digest_every_ms: int = 60_000
    private: bool = False
    bursts: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the routing table. secret: the name of a Secrets Manager secret. settings: as in the YAML."""

    name: str
    type: str
    secret: str | None
    settings: Mapping[str, Any]
    policy: DeliveryPolicy
