"""How fast a channel may be called: a token bucket in calls, whose rate follows what the other side takes; pure.

The bucket holds a tenth of a minute's calls, so no 60 seconds see more than `rate` and a tenth; one call where the
other side takes no bursts. Whoever takes the lease takes all tokens, those of the time until the lease ends as well,
and gives back what is left; a worker that dies has at worst spent less than it took. A request to slow down halves the
rate, each quiet minute adds a tenth of the policy's (additive increase, multiplicative decrease). After an outage the
rate starts at a quarter and doubles.
"""

from __future__ import annotations

import math
from dataclasses import replace

from handlers.incident.channels import DeliveryPolicy
from handlers.incident.state.channel_state import ChannelState

MINUTE = 60_000
BURST = 0.1
SLOWEST = 1.0
# Additions of many small numbers: what is this close to a whole token is one.
EPSILON = 1e-6


def burst(policy: DeliveryPolicy) -> float:
    """The most tokens that are saved up."""
    return max(1.0, policy.rate * BURST) if policy.bursts else 1.0


def refilled(channel: ChannelState, policy: DeliveryPolicy, now: int) -> ChannelState:
    """The bucket as it is now, and the rate as it may be now."""
    rate = min(channel.rate or policy.rate, policy.rate)
    # Tokens of a time to come belong to a lease that ran out early; they stay its own.
    passed = max(0, now - channel.tokens_at)
    tokens = min(burst(policy), channel.tokens + passed * rate / MINUTE)
    rate, slowed_at = _faster(channel, rate, policy, now)
    return replace(
        channel,
        tokens=tokens,
        tokens_at=max(now, channel.tokens_at),
        rate=rate,
        slowed_at=slowed_at,
        recovered_at=0 if rate >= policy.rate else channel.recovered_at,
    )


def _faster(channel: ChannelState, rate: float, policy: DeliveryPolicy, now: int) -> tuple[float, int]:
    """The rate after the quiet minutes since it was slowed, and the end of the last of them."""
    at = channel.slowed_at
    while rate < policy.rate and now - at >= MINUTE:
        rate = min(policy.rate, rate * 2 if channel.recovered_at else rate + policy.rate / 10)
        at += MINUTE
    return rate, at


def reserved(channel: ChannelState, until: int) -> ChannelState:
    """What is written on taking the lease: all tokens up to its end are this worker's."""
    return replace(channel, tokens=0.0, tokens_at=until)


def spent(channel: ChannelState) -> ChannelState:
    """One call less."""
    return replace(channel, tokens=channel.tokens - 1)


def wait(channel: ChannelState) -> int:
    """Milliseconds until there is a token."""
    missing = 1 - channel.tokens
    return 0 if missing <= EPSILON else math.ceil(missing * MINUTE / channel.rate)


def has_spare(channel: ChannelState) -> bool:
    """Whether a call may be made now, and another right after it."""
    return channel.tokens >= 2 - EPSILON


def slowed(channel: ChannelState, now: int) -> ChannelState:
    """The other side asked for it."""
    return replace(channel, rate=max(SLOWEST, channel.rate / 2), slowed_at=now, recovered_at=0)


def recovering(channel: ChannelState, policy: DeliveryPolicy, now: int) -> ChannelState:
    """The first call after an outage succeeded: no burst, and a quarter of the rate."""
    rate = max(min(SLOWEST, policy.rate), policy.rate / 4)
    return replace(channel, rate=rate, slowed_at=now, recovered_at=now, tokens=min(channel.tokens, 0.0))
