"""One step to one channel: claim, one call for each token, and each result written down before the next call."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

from handlers.incident.delivery import health, outcome, pace
from handlers.incident.delivery.backlog import INDEX_LAG, Backlog, Job
from handlers.incident.delivery.lease import Lease
from handlers.incident.delivery.step import rank_of
from handlers.incident.message import evidence
from handlers.incident.message.compose import report
from handlers.incident.message.report import Report, Step
from handlers.incident.sinks.sink import Advance, Blame, SinkFailed
from handlers.incident.state.records import Delivery, Rank, Status

logger = logging.getLogger(__name__)
# The longest sleep: after it a critical delivery is looked for.
LOOK_S = 1.0


class Defect(SinkFailed):
    """Something in a sink that nobody thought of; it says nothing of the channel."""


@dataclass(slots=True)
class Sender:
    """Sends what the backlog finds, within the lease."""

    lease: Lease
    backlog: Backlog

    def send(self, job: Job, *, early: bool = False) -> bool:
        """Attempt a step; False where there was no time or token for it. early: before the next probe is due."""
        lease, step = self.lease, Step(str(job.step))
        if not self.wait_for_token(job.rank, early=early, check_now=False):
            return False
        lines: tuple[str, ...] = ()
        if step is Step.EVIDENCE:
            lines = self._lines(job)
            if not lines:
                self._done(job, job.delivery, job.version, job.delivery.reference)
                return True
        claimed = outcome.begin(job.delivery, job.incident, step, lease.fence)
        version = lease.save(claimed, job.version, job.rank, job.incident)
        if version is None:
            return True  # It changed meanwhile; what is owed now is looked up again.
        self.backlog.busy.add(job.due.incident)
        try:
            self._advance(job, claimed, version, self._report(job, step, lines))
        finally:
            self.backlog.busy.discard(job.due.incident)
        return True

    def _report(self, job: Job, step: Step, lines: tuple[str, ...]) -> Report:
        ports = self.lease.ports
        return report(job.incident, step, ports.routing, lines, now=ports.now())

    def wait_for_token(self, rank: Rank, *, early: bool = False, check_now: bool = True) -> bool:
        """Wait until a call may be made, serving criticals first; False where that is not in this pass.

        check_now: whether to check for criticals at once, too; not where that was done just now.
        """
        lease = self.lease
        while True:
            now = lease.refresh()
            if not lease.has_time:
                return False
            if check_now and rank is not Rank.CRITICAL and self.serve_critical():
                continue
            check_now = True
            if not early and health.blocked_until(lease.state, now) > now:
                return False
            wait_ms = pace.wait(lease.state)
            if not wait_ms:
                return True
            if lease.inline:
                return False
            lease.ports.sleep(min(LOOK_S, wait_ms / 1000))

    def serve_critical(self, *, between: bool = False) -> bool:
        """Send one critical delivery, should there be one; not when it is the oldest delivery's turn.

        between: in the middle of reading or settling a list, which takes many seconds and makes no call. Then one is
        sent where that leaves a token for the list, so that the turn is not lost.
        """
        now = self.lease.refresh()
        if self.backlog.is_fair_turn and not (between and pace.has_spare(self.lease.state)):
            return False
        if health.blocked_until(self.lease.state, now) > now:
            return False
        job = self.backlog.next((Rank.CRITICAL,))
        return job is not None and self.send(job)

    def _advance(self, job: Job, delivery: Delivery, version: int, content: Report) -> None:
        lease, due = self.lease, job.due
        while True:
            started = lease.ports.now()
            lease.spend()
            try:
                advance = self._call(job, delivery, content)
            except SinkFailed as failure:
                self._failed(job, delivery, version, failure, lease.ports.now() - started)
                return
            took = lease.ports.now() - started
            lease.succeeded(took)
            if advance.acknowledged_by:
                lease.acknowledge(job.incident, advance.acknowledged_by)
                self._log("acknowledged", job, ms=took, by=advance.acknowledged_by)
                self._done(job, delivery, version, advance.reference, is_sent=False)
                return
            if advance.finished:
                self._log("delivered", job, ms=took, reference=advance.reference)
                self._done(job, delivery, version, advance.reference)
                return
            self._log("part delivered", job, ms=took)
            delivery = outcome.part_done(delivery, advance)
            delivery, version = lease.save_result(due, delivery, version, job.rank, job.incident)
            fair = self.backlog.is_fair_turn
            if not self.wait_for_token(job.rank):
                lease.save_result(due, outcome.paused(delivery), version, job.rank, job.incident)
                return
            if fair and job.rank is not Rank.CRITICAL:
                lease.fair_at = lease.calls

    def _call(self, job: Job, delivery: Delivery, content: Report) -> Advance:
        lease = self.lease
        deadline = lease.deadline.within(lease.policy.time_limit_s)
        try:
            attempt = outcome.attempt(delivery, lease.ports.now(), lease.spacing.policy.acknowledge)
            return lease.sink.advance(content, attempt, deadline)
        except SinkFailed:
            raise
        except Exception as error:
            # A defect must not stop the channel; what it was sent of this incident nobody knows.
            stack = lease.ports.hide("".join(traceback.format_exception(error)))
            logger.error("unexpected", extra={"incident": job.due.incident, "channel": job.due.channel, "stack": stack})
            raise Defect(f"unexpected {type(error).__name__}", unsure=True, blame=Blame.DELIVERY) from None

    def _failed(self, job: Job, delivery: Delivery, version: int, failure: SinkFailed, took: int) -> None:
        lease, ports = self.lease, self.lease.ports
        # The secret's values are hidden while they are still known.
        reason = ports.hide(str(failure))
        ports.meter.failed(lease.channel.name)
        if failure.blame is Blame.CHANNEL:
            ports.forget_secret(lease.channel.secret)
            lease.failed(failure, reason, took)
        elif not isinstance(failure, Defect):
            lease.succeeded(took)
        now = ports.now()
        after = outcome.failed(
            delivery,
            failure,
            reason,
            lease.policy,
            now,
            random=ports.random(),
            down=health.is_down(lease.state),
            is_open=job.incident.is_open,
        )
        self._log("not delivered", job, ms=took, why=reason, unsure=failure.unsure, status=str(after.status))
        rank: Rank | None = job.rank
        if after.status is not Status.OWED:
            ports.meter.given_up(lease.channel.name)
            rank = None
        lease.save_result(job.due, after, version, rank, job.incident)
        self.backlog.skip(
            job.due.incident, min(max(after.not_before, now), now + INDEX_LAG) if rank else now + INDEX_LAG
        )

    def _done(self, job: Job, delivery: Delivery, version: int, reference: str | None, *, is_sent: bool = True) -> None:
        lease = self.lease
        wants_lines = job.step is Step.OPEN and evidence.requested(job.incident, lease.sink, lease.ports.routing)
        sent_at = lease.ports.now() if is_sent else 0
        after = outcome.step_done(delivery, job.step, reference, evidence=wants_lines, sent_at=sent_at)
        if is_sent and job.step not in (Step.EVIDENCE, Step.UPDATED):
            lease.count_sent()
        if job.step is Step.OPEN:
            lease.ports.meter.delivered(lease.channel.name, job.incident.alarm_at)
        following = lease.next_step(job.incident, after)
        if following is None:
            after = outcome.settled(after, job.incident)
            self.backlog.skip(job.due.incident, lease.ports.now() + INDEX_LAG)
        else:
            after = lease.spaced(after, job.incident, following)
        rank = None if following is None else rank_of(job.incident, following)
        lease.save_result(job.due, after, version, rank, job.incident)

    def _lines(self, job: Job) -> tuple[str, ...]:
        """Log lines; whatever goes wrong here costs the lines and nothing else."""
        ports, incident = self.lease.ports, job.incident
        deadline = self.lease.deadline.earlier(self.lease.needed_s)
        try:
            return ports.lines(incident.key, evidence.around(incident), deadline)
        except Exception as error:
            self._log("log events not read", job, why=ports.hide(f"{type(error).__name__}: {error}"))
            return ()

    def _log(self, message: str, job: Job, **more: object) -> None:
        context = {"incident": job.due.incident, "channel": job.due.channel, "step": str(job.step)}
        logger.log(logging.WARNING if "why" in more else logging.INFO, message, extra={**context, **more})
