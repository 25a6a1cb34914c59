"""One pass over one channel: take its lease, send what is due within its pace, and give it back.

    lease ── what is due, by rank ── next step ── claim ── one call a token, each result saved ── release

Only who has the lease sends to a channel, so pace, order, lists and health are plain code over one list. Whatever goes
wrong with one channel is no other's business: a pass serves one.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.delivery import digest, health, outcome, pace
from handlers.incident.delivery.backlog import RANKS, Backlog, Job
from handlers.incident.delivery.batch import Batch
from handlers.incident.delivery.lease import INLINE_LEASE_MS, LEASE_MS, Lease, LeaseLost, NotSaved
from handlers.incident.delivery.ports import Outcome, Ports
from handlers.incident.delivery.sender import LOOK_S, Sender
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.state.records import Rank
from handlers.incident.state.table import Conflict, DueDelivery

logger = logging.getLogger(__name__)
# After the last call the index is looked at for so long: it may list late what somebody was woken for.
LINGER_MS, LINGER_STEP_MS = 2_000, 500
# What is due within so long after the pass is worth a wake-up of its own, which may wait no longer: a tick would put
# off the first message of a group by up to a minute. The tick finds the rest.
SOON_MS = 60_000
# A call that takes longer on the average does not fit into the function that decides.
INLINE_LATENCY_MS = 800
PAGE = 100
# Later than everything that is due; thirteen digits, as all times have.
LATEST = 9_999_999_999_999
DROP_S = 3.0


def work(
    name: str, ports: Ports, deadline: Deadline, *, inline: bool = False, fresh: Sequence[DueDelivery] = ()
) -> Outcome:
    """Serve a channel until nothing is due within the time that is left.

    inline: within the function that decides, which has three seconds: only where that is likely to be enough. fresh:
    deliveries that the caller has just written, and that the index may not list yet.
    """
    calls = 0
    while True:
        now = ports.now()
        until = now + (INLINE_LEASE_MS if inline else LEASE_MS)
        try:
            state = ports.table.take_lease(name, now, until)
        except Conflict:
            state = None
        if state is None:
            return Outcome(leased=False, calls=calls)
        channel = ports.routing.channel(name)
        if channel is None:
            return _drop(state, ports, deadline)
        lease = _lease(channel, state, ports, deadline, until)
        lease.inline = inline
        more_due, wait_ms, quiet = _pass(lease, fresh)
        calls += lease.calls
        if quiet or inline or not lease.has_time:
            return Outcome(True, more_due or not quiet, wait_ms / 1000, calls)
        fresh = ()


def _lease(channel: Channel, state: ChannelState, ports: Ports, deadline: Deadline, until: int) -> Lease:
    sink, policy = ports.sink(channel), channel.policy
    if not hasattr(sink, "digest"):
        missed = "each" if policy.missed == "digest" else policy.missed
        policy = replace(policy, missed=missed, digest_above=None)
    lease = Lease(ports, channel, policy, sink, deadline, state, until, active_at=ports.now())
    lease.was_down = health.is_down(state)
    lease.refresh()
    return lease


def _pass(lease: Lease, fresh: Sequence[DueDelivery]) -> tuple[bool, int, bool]:
    """Whether to come back soon, after how many milliseconds, and whether nobody was woken for nothing meanwhile."""
    name, more_due, wait_ms, quiet = lease.channel.name, True, SOON_MS, True
    try:
        lease.keep()
        more_due, wait_ms = _Pass.over(lease, fresh).run()
    except (Conflict, NotSaved, LeaseLost) as error:
        logger.error("pass failed", extra={"channel": name, "why": f"{type(error).__name__}: {error}"})
    finally:
        if lease.was_down:
            lease.ports.meter.channel_down(name, down=health.is_down(lease.state))
        try:
            quiet = lease.release()
        except Exception as error:
            # It runs out by itself.
            why = lease.ports.hide(f"{type(error).__name__}: {error}")
            logger.error("lease not released", extra={"channel": name, "why": why})
    return more_due, wait_ms, quiet


def _drop(state: ChannelState, ports: Ports, deadline: Deadline) -> Outcome:
    """Settle what a channel is owed that is not configured any more: nobody can send it, and nobody is to hear it.

    Its state stays until a tick finds that nothing is owed: the index may not list yet what this wake-up is about.
    """
    dropped = 0
    for rank in RANKS:
        count = -1
        while count and (rows := ports.table.due(state.name, rank, LATEST, PAGE)):
            if deadline.left < DROP_S:
                ports.table.save_channel(state, ports.now(), release=True)
                return Outcome(leased=True, more_due=True)
            count = sum(_dropped(row, ports) for row in rows)
            dropped += count
    ports.table.save_channel(state, ports.now(), release=True)
    logger.warning("channel removed", extra={"channel": state.name, "dropped": dropped})
    return Outcome(leased=True)


def _dropped(row: DueDelivery, ports: Ports) -> bool:
    incident, delivery, version = ports.table.load_delivery(row)
    dropped = outcome.settled(delivery, incident, "the channel is no longer configured")
    saved = version and ports.table.save_delivery(dropped, version, None, incident, ports.now())
    if saved:
        logger.warning("dropped", extra={"incident": row.incident, "channel": row.channel, "why": dropped.reason})
    return bool(saved)


@dataclass(slots=True)
class _Pass:
    lease: Lease
    backlog: Backlog
    sender: Sender
    batch: Batch

    @classmethod
    def over(cls, lease: Lease, fresh: Sequence[DueDelivery]) -> _Pass:
        backlog = Backlog(lease, fresh)
        sender = Sender(lease, backlog)
        return cls(lease, backlog, sender, Batch(lease, backlog, sender))

    def run(self) -> tuple[bool, int]:
        """Whether to come back soon, and after how many milliseconds."""
        lease = self.lease
        if lease.inline and not self._may_inline():
            return self._remaining()
        while lease.has_time:
            now = lease.refresh()
            until = self._serve(now)
            if until is None:
                continue
            if lease.inline or until - now > 1000 * (lease.deadline.left - lease.needed_s):
                break
            lease.ports.sleep(min(LOOK_S, max(0.001, (until - now) / 1000)))
        return self._remaining()

    def _remaining(self) -> tuple[bool, int]:
        now = self.lease.ports.now()
        at: float = now
        if not self.backlog.is_anything_due():
            following = self.backlog.next_at(now)
            at = math.inf if following is None else following
        elif self._is_over_limit(now):
            at = digest.next_at(self.lease.state, self.lease.policy, now)
        at = max(at, health.blocked_until(self.lease.state, now))
        return at <= now + SOON_MS, round(at - now) if at <= now + SOON_MS else 0

    def _may_inline(self) -> bool:
        """Only where a call is quick, the channel answers, and nothing older waits for it."""
        state = self.lease.state
        known = {row.incident for row in self.backlog.fresh}
        earliest = min((row.not_before for row in self.backlog.fresh), default=None)
        if state.latency_ms >= INLINE_LATENCY_MS or health.is_down(state):
            return False
        now = self.lease.ports.now()
        listed = [row for rank in RANKS for row in self.lease.ports.table.due(state.name, rank, now, 2)]
        if earliest is None:
            return len(listed) <= 1
        return not any(row.incident not in known and row.not_before < earliest for row in listed)

    def _serve(self, now: int) -> int | None:
        """Do the next thing; where nothing can be done now, the time until which."""
        lease = self.lease
        blocked = health.blocked_until(lease.state, now)
        if blocked > now:
            return self._probe_early(now, blocked)
        if self.backlog.is_empty:
            return self._serve_missed(now)
        if self.backlog.is_fair_turn:
            until = self._serve_others(self.backlog.oldest, now)
            lease.fair_at = lease.calls
            return until
        job = self.backlog.next((Rank.CRITICAL,))
        if job:
            return self._sent(job, now)
        return self._serve_others(lambda: self.backlog.next(RANKS[1:]), now)

    def _serve_others(self, following: Callable[[], Job | None], now: int) -> int | None:
        lease = self.lease
        if self._is_over_limit(now):
            at = digest.next_at(lease.state, lease.policy, now)
            if at > now:
                return at
            if self.batch.send():
                return None
        job = following()
        if job:
            return self._sent(job, now)
        return self._serve_missed(now)

    def _serve_missed(self, now: int) -> int | None:
        if not self.backlog.missed:
            return self._idle(now)
        at = digest.next_at(self.lease.state, self.lease.policy, now)
        if at > now:
            return min(at, self._idle(now))
        self.batch.send_missed()
        return None

    def _probe_early(self, now: int, blocked: int) -> int | None:
        """While the channel is down a critical delivery that was never attempted need not wait for the next probe."""
        allowed = health.blocked_until(self.lease.state, now, untried_critical=True)
        job = self.backlog.untried_critical() if allowed < blocked else None
        if job is None:
            return blocked
        if allowed > now:
            return allowed
        return None if self.sender.send(job, early=True) else blocked

    def _sent(self, job: Job, now: int) -> int | None:
        """Send it; without a token for it in the time that is left, nothing is done any more in this pass."""
        if self.sender.send(job):
            return None
        blocked = health.blocked_until(self.lease.state, now)
        return blocked if blocked > now else now + pace.wait(self.lease.state) + 1

    def _is_over_limit(self, now: int) -> bool:
        policy = self.lease.policy
        if policy.digest_above is None or self.lease.inline:
            return False
        due = self.backlog.count(policy.digest_above + 1) + len(self.backlog.missed)
        return digest.is_over_limit(self.lease.state, policy, due, now)

    def _idle(self, now: int) -> int:
        lingering = now + LINGER_STEP_MS if now - self.lease.active_at < LINGER_MS else None
        following = self.backlog.next_at(now)
        if following is None:
            return lingering or LATEST
        return min(following, lingering or following)
