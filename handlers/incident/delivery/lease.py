"""A channel in the hands of one worker: its pace, its health, the time that is left, and writing down what happened."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel, DeliveryPolicy
from handlers.incident.delivery import digest, health, pace
from handlers.incident.delivery.ports import Ports
from handlers.incident.delivery.spacing import Spacing
from handlers.incident.delivery.step import MISSED, NextStep, next_step, rank_of
from handlers.incident.events import Key
from handlers.incident.message.report import Step
from handlers.incident.sinks.sink import Sink, SinkFailed
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.state.records import Acknowledgement, Delivery, Incident, Kind, Rank, Status
from handlers.incident.state.table import DueDelivery

logger = logging.getLogger(__name__)
# Longer than its holder may run, by as much as clocks may differ.
LEASE_MS, INLINE_LEASE_MS = 70_000, 13_000
# With less time left than a call may take no call is begun.
SHORTEST_CALL_S, INLINE_CALL_S = 3.0, 1.0
LATENCIES = 3
# How often what waits for the end of a mute is looked at: somebody may end it earlier.
MUTED_LOOK_MS = 60_000
# Between attempts to write down a result; a write that DynamoDB throttles succeeds within seconds or not at all.
SAVE_WAITS_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class NotSaved(Exception):
    """What happened could not be written down; the claim stands, and the next worker takes it for uncertain."""


class LeaseLost(Exception):
    """Another worker has taken over."""


@dataclass(slots=True)
class Lease:
    """until: when the lease runs out by itself. policy: the channel's, as its sink can follow it. calls: made so far.

    fair_at: calls when the oldest delivery of all was last attempted out of turn. active_at: when there last was
    something to do.
    """

    ports: Ports
    channel: Channel
    policy: DeliveryPolicy
    sink: Sink
    deadline: Deadline
    state: ChannelState
    until: int
    inline: bool = False
    calls: int = 0
    fair_at: int = 0
    active_at: int = 0
    was_down: bool = field(default=False)
    spacing: Spacing = field(init=False)

    def __post_init__(self) -> None:
        self.spacing = Spacing.of(self.channel, self.ports.routing)

    def next_step(self, incident: Incident, delivery: Delivery) -> NextStep:
        """What this channel is to be sent next."""
        return next_step(
            incident,
            delivery,
            tickets=self.sink.tickets,
            policy=self.policy,
            omits=self.sink.omits,
            spacing=self.spacing,
            now=self.ports.now(),
        )

    def earliest(self, incident: Incident, delivery: Delivery, step: NextStep) -> int:
        """From when on it may be sent that; a time that is past for at once."""
        quiet = self.spacing.quiet_until(incident, delivery, step, self.ports.now())
        quiet = max(quiet, self._muted_until(incident, step))
        return max(quiet, self.spacing.earliest(incident, delivery, step) if isinstance(step, Step) else 0)

    def _muted_until(self, incident: Incident, step: NextStep) -> int:
        """When to look again at what is not sent while every alarm of it that is not OK is muted; 0 for not at all.

        An end is always sent: a page that stays open wakes people for nothing.
        """
        if step in (Step.RESOLVE, MISSED) or not incident.is_open:
            return 0
        until = self.ports.muted_until(_open_keys(incident))
        return min(until, self.ports.now() + MUTED_LOOK_MS)

    def spaced(self, delivery: Delivery, incident: Incident, step: NextStep) -> Delivery:
        """As it waits for its next step."""
        return replace(delivery, not_before=max(self.ports.now(), self.earliest(incident, delivery, step)))

    @property
    def fence(self) -> int:
        """What a claim of this worker says."""
        return self.state.fence

    @property
    def has_time(self) -> bool:
        """Whether a call may still be begun."""
        return self.deadline.left >= self.needed_s

    @property
    def needed_s(self) -> float:
        """Seconds that a call may take."""
        if self.inline:
            return INLINE_CALL_S
        usual = LATENCIES * self.state.latency_ms / 1000
        return min(self.policy.time_limit_s, max(SHORTEST_CALL_S, usual))

    def refresh(self) -> int:
        """Bring tokens and rate up to date; returns the time."""
        now = self.ports.now()
        self.state = pace.refilled(self.state, self.policy, now)
        return now

    def spend(self) -> None:
        """One call is about to be made."""
        self.state = pace.spent(self.state)
        self.calls += 1
        self.active_at = self.ports.now()

    def succeeded(self, took_ms: float) -> None:
        """It was answered as it should be, or this one thing was refused."""
        now = self.refresh()
        self.state = health.answered(health.timed(self.state, took_ms), self.policy, now)
        self.active_at = now

    def failed(self, failure: SinkFailed, reason: str, took_ms: float) -> None:
        """It failed for the whole channel."""
        now = self.refresh()
        self.state = health.failed(health.timed(self.state, took_ms), reason, failure.retry_after, now)
        self.active_at = now
        if health.is_down(self.state):
            self.was_down = True

    def count_sent(self) -> None:
        """A message of its own was sent."""
        self.state = digest.count_sent(self.state, self.policy, self.ports.now())

    def keep(self) -> None:
        """Write the channel's state down while going on; its tokens stay taken."""
        self.ports.table.save_channel(pace.reserved(self.state, self.until), self.ports.now(), release=False)

    def release(self) -> bool:
        """Give it back with the tokens that are left; False where a wake-up was missed meanwhile."""
        now = self.refresh()
        return self.ports.table.save_channel(self.state, now, release=True)

    def save(self, delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None) -> int | None:
        """Write a delivery, again where that fails for the moment; None where it changed since it was read."""
        for wait in (*SAVE_WAITS_S, None):
            try:
                return self.ports.table.save_delivery(delivery, version, rank, incident, self.ports.now())
            except Exception as error:
                why = self.ports.hide(f"{type(error).__name__}: {error}")
                if wait is None or self.deadline.left < wait:
                    raise NotSaved(why) from None
                logger.warning("delivery state not saved", extra={"incident": delivery.incident, "because": why})
                self.ports.sleep(wait)
        raise AssertionError("the last wait is None")

    def acknowledge(self, incident: Incident, by: str) -> None:
        """Write down that somebody has taken it on. Raises NotSaved."""
        now = self.ports.now()
        try:
            self.ports.table.acknowledge(incident.id, Acknowledgement(by, now, incident.severity), now)
        except Exception as error:
            raise NotSaved(self.ports.hide(f"{type(error).__name__}: {error}")) from None

    def save_result(
        self, due: DueDelivery, delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None
    ) -> tuple[Delivery, int]:
        """Write what an attempt under our claim came to, whatever else has changed meanwhile.

        Raises LeaseLost where the claim is another worker's by now.
        """
        while True:
            if rank is None and delivery.status is Status.SETTLED and delivery.desired > delivery.delivered:
                # A decision came during the step; an earlier part of it has been written with what is owed since.
                delivery = replace(delivery, status=Status.OWED)
                rank = rank_of(incident, None) if incident else Rank.OTHER
            saved = self.save(delivery, version, rank, incident)
            if saved is not None:
                return delivery, saved
            current, stored, version = self.ports.table.load_delivery(due)
            if replace(stored, desired=0) == replace(delivery, desired=0):
                return stored, version  # It was written, and only the answer was lost.
            if stored.claim != self.fence:
                raise LeaseLost(delivery.incident)
            delivery = replace(delivery, desired=max(delivery.desired, stored.desired))
            incident = current or incident


def _open_keys(incident: Incident) -> list[Key]:
    """Its alarms that are not OK; none where not all of them are known."""
    if incident.kind not in (Kind.GROUP, Kind.STORM):
        return [incident.key]
    members = incident.summary.members if incident.summary else ()
    keys = [member.key for member in members if member.ended is None]
    return keys if len(keys) >= incident.open_members else []
