"""Whether a channel answers, and when it is tried next; pure. Times are milliseconds since 1970."""

from __future__ import annotations

from dataclasses import replace

from handlers.incident.channels import DeliveryPolicy
from handlers.incident.delivery import pace
from handlers.incident.state.channel_state import ChannelState

# So many failed calls in a row, and the channel counts as down.
FAILURES = 5
# Between two probes of a channel that is down; the last one from then on.
PROBES = (30_000, 60_000, 120_000, 300_000)
# A critical delivery that was never attempted does not wait for the next probe; but never more often than this.
CRITICAL_PROBE = 4_000
# How much of the moving average of the calls' durations the latest one is.
SHARE = 0.2
REASON_LIMIT = 300


def is_down(channel: ChannelState) -> bool:
    """Whether only probes are made."""
    return channel.down_since > 0


def timed(channel: ChannelState, latency_ms: float) -> ChannelState:
    """With one call's duration in the average."""
    known = channel.latency_ms
    return replace(channel, latency_ms=latency_ms if not known else known + SHARE * (latency_ms - known))


def answered(channel: ChannelState, policy: DeliveryPolicy, now: int) -> ChannelState:
    """The other side did what it was asked, or refused this one thing: it is there."""
    if is_down(channel):
        channel = pace.recovering(channel, policy, now)
    return replace(channel, failures=0, down_since=0, probe_at=0, not_before=0, reason="")


def failed(channel: ChannelState, reason: str, retry_after: float | None, now: int) -> ChannelState:
    """A call failed for a reason that holds for the whole channel. retry_after: seconds it asked for."""
    failures = channel.failures + 1
    channel = replace(channel, failures=failures, reason=reason[:REASON_LIMIT])
    if retry_after is not None:
        channel = replace(pace.slowed(channel, now), not_before=now + round(1000 * retry_after))
    if failures < FAILURES:
        return channel
    return replace(channel, down_since=channel.down_since or now, probe_at=now + _interval(failures))


def _interval(failures: int) -> int:
    return PROBES[min(failures - FAILURES, len(PROBES) - 1)]


def blocked_until(channel: ChannelState, now: int, *, untried_critical: bool = False) -> int:
    """Until when nothing is called; `now` where it may be. untried_critical: for a critical never attempted before."""
    if not is_down(channel):
        return max(now, channel.not_before)
    probe_at = channel.probe_at
    if untried_critical:
        probe_at += min(0, CRITICAL_PROBE - _interval(channel.failures))
    return max(now, channel.not_before, probe_at)
