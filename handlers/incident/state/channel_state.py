"""What is remembered of a channel: who sends to it, how fast, whether it answers, and its current digest.

Frozen values; times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """The channel's current digest. reference: of the message, where it can be edited. at: when it was first sent.

    edited: when last. not_before: neither edited nor followed by another earlier than this. plain: its list was
    refused, so only the numbers are sent. lines: the newest of what it lists. counts: label to number.
    """

    at: int
    edited: int
    not_before: int = 0
    plain: bool = False
    reference: str | None = None
    total: int = 0
    lines: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel's worker: who may send now, how fast, and whether the channel answers.

    fence: number of the latest lease. lease_until: when it runs out by itself. missed_wake_up: fence of the lease
    during which somebody else was woken for nothing, so that the holder looks once more before it goes.
    tokens, tokens_at: calls that may be made, and at what time that was so. rate: calls a minute at present.
    slowed_at: when the rate was lowered or last raised. recovered_at: when the channel answered again after an outage,
    0 once the rate is full again. recent: times of what was sent one by one in the last minute.
    failures: failed calls in a row. down_since: when the channel was last found not to answer; 0 while it does.
    probe_at: when it is tried next. not_before: the other side asked not to be called earlier. latency_ms: a moving
    average of the calls' durations; 0 where none is known.
    """

    name: str
    fence: int = 0
    lease_until: int = 0
    missed_wake_up: int = 0
    tokens: float = 0.0
    tokens_at: int = 0
    rate: float = 0.0
    slowed_at: int = 0
    recovered_at: int = 0
    recent: tuple[int, ...] = ()
    failures: int = 0
    down_since: int = 0
    probe_at: int = 0
    not_before: int = 0
    latency_ms: float = 0.0
    reason: str = ""
    digest: DigestMessage | None = None
