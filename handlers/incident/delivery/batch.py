"""Sending many incidents in one message, and settling what it names."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from handlers.incident.delivery import digest, health, outcome
from handlers.incident.delivery.backlog import INDEX_LAG, Backlog, Job
from handlers.incident.delivery.digest import Entry
from handlers.incident.delivery.lease import Lease
from handlers.incident.delivery.sender import Sender
from handlers.incident.delivery.step import rank_of
from handlers.incident.sinks.sink import Blame, DigestSink, SinkFailed
from handlers.incident.state.channel_state import DigestMessage
from handlers.incident.state.records import Rank

logger = logging.getLogger(__name__)
# In one message; each is read before and written after.
MOST = 1_000
# Between two looks for a critical delivery while many others are read or written.
BETWEEN_LOOKS = 10
# Reading and writing one, in seconds.
EACH_S = 0.04


@dataclass(slots=True)
class Batch:
    """Sends what the backlog finds as lists, within the lease."""

    lease: Lease
    backlog: Backlog
    sender: Sender

    def send(self) -> bool:
        """List what is due; False where nothing due belongs into a list."""
        jobs = self._collect()
        if not jobs:
            return False
        lease = self.lease
        if not self.sender.wait_for_token(Rank.UPDATE):
            return True
        entries = [Entry(job.incident, job.step) for job in jobs]
        now = lease.refresh()
        message = digest.extended(lease.state, lease.policy, entries, lease.ports.routing, now)
        sent = self._sent(message, away=False)
        if sent:
            lease.state = replace(lease.state, digest=sent)
            lease.keep()
            self._settle(jobs, sent.reference)
        return True

    def send_missed(self) -> None:
        """List what began and ended while the channel was away."""
        jobs = list(self.backlog.missed.values())
        if not self.sender.wait_for_token(Rank.UPDATE):
            return
        entries = [Entry(job.incident, job.step) for job in jobs]
        now = self.lease.refresh()
        bare = replace(self.lease.state, digest=None)
        message = digest.extended(bare, self.lease.policy, entries, self.lease.ports.routing, now)
        since = min(job.incident.opened for job in jobs)
        sent = self._sent(replace(message, at=since), away=True)
        if sent:
            if not digest.is_editable(self.lease.state.digest, self.lease.policy, now):
                self.lease.state = replace(self.lease.state, digest=DigestMessage(at=now, edited=now))
            self.lease.keep()
            self._settle(jobs, sent.reference)
        self.backlog.missed.clear()
        self.backlog.busy -= {job.due.incident for job in jobs}

    def _collect(self) -> list[Job]:
        jobs: list[Job] = []
        for job in self.backlog.all(MOST):
            if digest.belongs(job.incident, job.step):
                jobs.append(job)
            if len(jobs) % BETWEEN_LOOKS == 0 and self.sender.serve_critical(between=True):
                continue
            if self.lease.deadline.left < self.lease.needed_s + EACH_S * len(jobs):
                break
        return jobs

    def _sent(self, message: DigestMessage, *, away: bool) -> DigestMessage | None:
        """The message as sent; None where it was not."""
        lease, ports = self.lease, self.lease.ports
        started = ports.now()
        rendered = digest.rendered(message, ports.routing, started, away=away)
        lease.spend()
        context = {"channel": lease.channel.name, "step": "digest", "incidents": message.total}
        try:
            deadline = lease.deadline.within(lease.policy.time_limit_s)
            reference = cast(DigestSink, lease.sink).digest(rendered, message.reference, deadline)
        except SinkFailed as failure:
            self._failed(failure, message, ports.now() - started)
            return None
        took = ports.now() - started
        lease.succeeded(took)
        logger.info("delivered", extra={**context, "ms": took, "reference": reference})
        return replace(message, reference=reference, not_before=0)

    def _failed(self, failure: SinkFailed, message: DigestMessage, took: int) -> None:
        lease, ports = self.lease, self.lease.ports
        reason = ports.hide(str(failure))
        ports.meter.failed(lease.channel.name)
        logger.warning(
            "not delivered", extra={"channel": lease.channel.name, "step": "digest", "ms": took, "why": reason}
        )
        refused = failure.blame is Blame.CONTENT and not message.plain
        if refused:
            lease.succeeded(took)
        else:
            if failure.blame is Blame.CHANNEL:
                ports.forget_secret(lease.channel.secret)
            lease.failed(failure, reason, took)
        if failure.unsure or refused or not health.is_down(lease.state):
            lease.state = digest.failed(lease.state, ports.now(), refused=refused)

    def _settle(self, jobs: Sequence[Job], reference: str | None) -> None:
        for index, job in enumerate(jobs):
            if index % BETWEEN_LOOKS == 0:
                self.sender.serve_critical(between=True)
            self._settle_one(job, reference)

    def _settle_one(self, job: Job, reference: str | None) -> None:
        """Write down that the list named it, as it stood then; what changed meanwhile stays owed."""
        lease = self.lease
        delivery, incident, version = job.delivery, job.incident, job.version
        while True:
            after = outcome.listed(delivery, job.incident, job.step, reference, sent_at=lease.ports.now())
            following = lease.next_step(incident, after)
            after = outcome.settled(after, incident) if following is None else lease.spaced(after, incident, following)
            rank = None if following is None else rank_of(incident, following)
            if lease.save(after, version, rank, incident) is not None:
                self.backlog.skip(job.due.incident, lease.ports.now() + INDEX_LAG)
                return
            current, delivery, version = lease.ports.table.load_delivery(job.due)
            if current is None or delivery.claim or delivery.digested:
                return
            incident = current
