"""What a channel is owed, in the order in which it is attempted. The index proposes, the delivery itself decides."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from handlers.incident.delivery import outcome
from handlers.incident.delivery.lease import Lease
from handlers.incident.delivery.step import MISSED, NextStep, rank_of
from handlers.incident.message.report import Step
from handlers.incident.state.records import Delivery, Incident, Rank, Status
from handlers.incident.state.table import DueDelivery

logger = logging.getLogger(__name__)
PAGE = 25
MOST_MISSED = 1_000
# The index is seconds behind at most; for so long it may still list what was settled just now.
INDEX_LAG = 3_000
RANKS = tuple(Rank)
# Of so many calls one is made for the oldest delivery of all, so that none waits for ever.
FAIR = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A step that a channel is owed now. version: of the delivery as read."""

    due: DueDelivery
    incident: Incident
    delivery: Delivery
    version: int
    step: NextStep

    @property
    def rank(self) -> Rank:
        """Its place among the others."""
        return rank_of(self.incident, self.step)

    @property
    def is_untried(self) -> bool:
        """Whether no attempt at it has failed yet."""
        return not self.delivery.first_failed and not self.delivery.unsure_since


@dataclass(slots=True)
class Backlog:
    """fresh: deliveries that the caller has written itself, and that the index may not list yet. busy: incidents that
    this worker is in the middle of. missed: what began and ended while the channel was away, by incident; it is sent
    as one list when nothing else is due, or when there are so many of it that no more are looked for."""

    lease: Lease
    fresh: Sequence[DueDelivery] = ()
    busy: set[str] = field(default_factory=set)
    missed: dict[str, Job] = field(default_factory=dict)
    _skipped: dict[str, int] = field(default_factory=dict)

    @property
    def is_fair_turn(self) -> bool:
        """Whether the next call is the oldest delivery's."""
        return self.lease.calls - self.lease.fair_at >= FAIR - 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing is due: most looks find that, and it takes one query where nothing is owed at all."""
        lease = self.lease
        return not self.fresh and not lease.ports.table.anything_due(lease.channel.name, lease.ports.now())

    @property
    def is_full(self) -> bool:
        """Whether so many were missed that they are sent before more are looked for."""
        return len(self.missed) >= MOST_MISSED

    def next(self, ranks: Iterable[Rank]) -> Job | None:
        """The first job of the first rank that has one.

        None, too, after a page of rows that came to nothing: a critical one may have come meanwhile.
        """
        looked_at = 0
        for rank in ranks:
            while (rank is Rank.CRITICAL or not self.is_full) and (rows := self._rows(rank)):
                if looked_at >= PAGE or not self.lease.has_time:
                    return None
                looked_at += len(rows)
                for row in rows:
                    job = self._job(row)
                    if job:
                        return job
        return None

    def untried_critical(self) -> Job | None:
        """A critical one that was never attempted."""
        jobs = (self._job(row) for row in self._rows(Rank.CRITICAL))
        return next((job for job in jobs if job and job.is_untried), None)

    def oldest(self) -> Job | None:
        """The one that waits longest. Pagers have a fifth of their calls for incidents that are over: a page that is
        not resolved keeps somebody awake."""
        if self.lease.policy.missed == "never":
            ended = self.next((Rank.ENDED,))
            if ended:
                return ended
        while self.lease.has_time:
            rows = [row for rank in RANKS for row in self._rows(rank, 1)[:1]]
            if not rows or self.is_full:
                return None
            job = self._job(min(rows, key=lambda row: row.not_before))
            if job:
                return job
        return None

    def all(self, limit: int) -> Iterator[Job]:
        """Jobs by rank and time, at most so many rows looked at."""
        for rank in RANKS:
            rows = self._rows(rank, limit)
            limit -= len(rows)
            for row in rows:
                job = self._job(row)
                if job:
                    yield job

    def count(self, limit: int) -> int:
        """How many are due, as far as that matters."""
        total = 0
        for rank in RANKS:
            total += len(self._rows(rank, limit))
            if total >= limit:
                break
        return total

    def is_anything_due(self) -> bool:
        """Whether the index lists something that was not looked at yet."""
        return not self.is_empty and any(self._rows(rank, 1) for rank in RANKS)

    def next_at(self, now: int) -> int | None:
        """When something is due next; None where nothing is owed."""
        at = self.lease.ports.table.next_due(self.lease.channel.name)
        if at is None or at > now:
            return at
        # What is listed as due was looked at, and has to wait for its own reason.
        return min((until for until in self._skipped.values() if until > now), default=None)

    def skip(self, incident: str, until: int) -> None:
        """Leave one alone for a while, whatever the index says."""
        self._skipped[incident] = until

    def _rows(self, rank: Rank, limit: int = PAGE) -> list[DueDelivery]:
        now = self.lease.ports.now()
        if self._skipped:
            self._skipped = {incident: until for incident, until in self._skipped.items() if until > now}
        out = self.busy | self._skipped.keys()
        fresh = [row for row in self.fresh if row.rank is rank and row.not_before <= now]
        known = {row.incident for row in fresh}
        listed = self.lease.ports.table.due(self.lease.channel.name, rank, now, limit + len(out))
        rows = [*fresh, *(row for row in listed if row.incident not in known)]
        return [row for row in rows if row.incident not in out][:limit]

    def _job(self, row: DueDelivery) -> Job | None:
        """What is to be done about a row now; where that is nothing by itself, it is dealt with here."""
        lease = self.lease
        incident, delivery, version = lease.ports.table.load_delivery(row)
        now = lease.ports.now()
        if version == 0:
            self.skip(row.incident, now + INDEX_LAG)
            return None
        if incident is None:
            context = {"incident": row.incident, "channel": row.channel}
            logger.warning("dropped", extra={**context, "why": "the incident no longer exists"})
            self._settle(row, None, delivery, version, "the incident no longer exists")
            return None
        if delivery.claim:
            logger.warning("abandoned attempt", extra={"incident": row.incident, "channel": row.channel})
            self._reschedule(row, incident, outcome.abandoned(delivery, now), version)
            return None
        if delivery.not_before > now and outcome.is_retry(delivery):
            self._wait(row, incident, delivery, version)
            return None
        incident = incident.as_known
        delivery = outcome.without_late_evidence(delivery, incident, now)
        step = lease.next_step(incident, delivery)
        if step is None:
            self._settle(row, incident, delivery, version)
            return None
        earliest = lease.earliest(incident, delivery, step)
        if earliest > now:
            self._reschedule(row, incident, replace(delivery, not_before=earliest), version)
            return None
        if step is Step.EVIDENCE and lease.inline:
            # The function that decides has neither the time nor the right to read log lines.
            self.skip(row.incident, now + INDEX_LAG)
            return None
        # It keeps its place among the others, also where an attempt at it is written down.
        due_at = min(now, max(delivery.not_before, row.not_before))
        job = Job(row, incident, replace(delivery, status=Status.OWED, not_before=due_at), version, step)
        if step != MISSED:
            return job
        self.missed[row.incident] = job
        self.busy.add(row.incident)
        return None

    def _wait(self, row: DueDelivery, incident: Incident, delivery: Delivery, version: int) -> None:
        if row.not_before < delivery.not_before:
            self._reschedule(row, incident, delivery, version)
        else:
            self.skip(row.incident, delivery.not_before)

    def _settle(
        self, row: DueDelivery, incident: Incident | None, delivery: Delivery, version: int, reason: str = ""
    ) -> None:
        done = delivery.status is Status.SETTLED and delivery.desired <= delivery.delivered
        after = outcome.settled(delivery, incident, reason)
        if done or self.lease.save(after, version, None, incident) is not None:
            self.skip(row.incident, self.lease.ports.now() + INDEX_LAG)

    def _reschedule(self, row: DueDelivery, incident: Incident, delivery: Delivery, version: int) -> None:
        """The index says another time than the delivery; what counts is the delivery."""
        step = self.lease.next_step(incident, replace(delivery, claim=0))
        if self.lease.save(delivery, version, rank_of(incident, step), incident) is not None:
            # A decision that comes meanwhile may be about what need not wait.
            until, now = delivery.not_before, self.lease.ports.now()
            self.skip(row.incident, until if outcome.is_retry(delivery) else min(until, now + INDEX_LAG))
