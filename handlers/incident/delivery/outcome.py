"""What becomes of a delivery after an attempt; pure. Times are milliseconds since 1970."""

from __future__ import annotations

from dataclasses import replace

from handlers.incident.channels import DeliveryPolicy
from handlers.incident.delivery.step import (
    BEGUN,
    BEGUN_FOR,
    BEGUN_REMINDED,
    BEGUN_SEVERITY,
    BEGUN_UPDATED,
    MISSED,
    NextStep,
    no_data_at,
)
from handlers.incident.message.report import Step
from handlers.incident.sinks.sink import Advance, Attempt, Blame, SinkFailed
from handlers.incident.state.records import Delivery, Incident, Status

# Waits after the first, second, ... failed attempt; the last one from then on.
WAITS = (20_000, 60_000, 120_000, 300_000, 600_000, 900_000)
# While the channel is down it is the probes that wait; a delivery has to be ready soon after it answers again.
LONGEST_WHILE_DOWN = 300_000
# What may have taken effect is not attempted again before the other side had the time to know of it.
UNSURE = 60_000
EVIDENCE_WITHIN = 900_000
REASON_LIMIT = 500
# What tells two of the same step apart, where that is not a state change.
ABOUT = {Step.UPDATED: BEGUN_UPDATED, Step.REMINDER: BEGUN_REMINDED}
# Steps that say how it stands altogether.
WHOLE = (Step.OPEN, Step.REPEAT, Step.RESOLVE, Step.UPDATED)


def begin(delivery: Delivery, incident: Incident, step: Step, fence: int) -> Delivery:
    """The claim: an attempt at the step is under way. Parts of the same step that are done, or may be, stay so.

    An ALARM that came and went while the end of the one before was being sent is over with it.
    """
    is_started = delivery.unsure_since > 0 or any(name not in BEGUN for name in delivery.progress)
    same = delivery.step == step and BEGUN_FOR in delivery.progress and is_started
    fresh = _started_progress(incident, step)
    progress = dict(delivery.progress) if same else fresh
    if step in (Step.RESOLVE, Step.UPDATED):
        progress |= fresh
    return replace(delivery, step=str(step), progress=progress, claim=fence)


def _started_progress(incident: Incident, step: NextStep) -> dict[str, str]:
    subject_at = no_data_at(incident) if step is Step.NOTICE else incident.alarm_at
    is_of_several = {BEGUN_UPDATED: str(incident.updated_at)} if incident.updated_at else {}
    reminded = {BEGUN_REMINDED: str(incident.reminded_at)} if incident.reminded_at else {}
    return {BEGUN_FOR: str(subject_at), BEGUN_SEVERITY: incident.severity, **is_of_several, **reminded}


def attempt(delivery: Delivery, now: int, acknowledge: tuple[str, ...] = ()) -> Attempt:
    """What the sink gets to know. acknowledge: which ways of acknowledging count."""
    since = delivery.unsure_since
    subject_key = ABOUT.get(Step(delivery.step), BEGUN_FOR) if delivery.step else BEGUN_FOR
    return Attempt(
        delivery.reference,
        {name: value for name, value in delivery.progress.items() if name not in BEGUN},
        since,
        max(0, now - since) if since else 0,
        delivery.plain,
        acknowledge,
        is_open=delivery.state == "ALARM",
        begun_for=int(delivery.progress.get(subject_key, 0)),
    )


def part_done(delivery: Delivery, advance: Advance) -> Delivery:
    """A call succeeded, and the step takes more of them; the claim stands."""
    marks = {name: value for name, value in delivery.progress.items() if name in BEGUN}
    progress = {**advance.progress, **marks}
    return replace(delivery, reference=advance.reference, progress=progress, attempts=0, first_failed=0, reason="")


def paused(delivery: Delivery) -> Delivery:
    """The time is up between two calls of a step; nothing is uncertain about it."""
    return replace(delivery, claim=0)


def step_done(
    delivery: Delivery, step: NextStep, reference: str | None, *, evidence: bool = False, sent_at: int = 0
) -> Delivery:
    """The channel was sent a step. evidence: whether log lines are to follow. sent_at: 0 where it was sent nothing."""
    begun_for = int(delivery.progress.get(BEGUN_FOR, 0))
    reminded_at = int(delivery.progress.get(BEGUN_REMINDED, 0))
    updated_at = int(delivery.progress.get(BEGUN_UPDATED, 0)) if step in WHOLE else 0
    done = replace(
        delivery,
        reference=reference,
        digested=False,
        step="",
        progress={},
        claim=0,
        unsure_since=0,
        not_before=0,
        attempts=0,
        first_failed=0,
        reason="",
        sent_at=sent_at if sent_at and step is not Step.EVIDENCE else delivery.sent_at,
        updated_at=max(delivery.updated_at, updated_at),
        reminded_at=max(delivery.reminded_at, reminded_at if step in (*WHOLE, Step.REMINDER) else 0),
        severity=delivery.progress.get(BEGUN_SEVERITY, "") if step in WHOLE else delivery.severity,
    )
    match step:
        case Step.OPEN | Step.REPEAT | Step.CHANGED | Step.ADDED:
            alarm_at = max(begun_for, delivery.alarm_at)
            return replace(done, state="ALARM", alarm_at=alarm_at, alarm_sent_at=done.sent_at, evidence=evidence)
        case Step.RESOLVE:
            return replace(done, state="OK", alarm_at=max(begun_for, delivery.alarm_at), evidence=False)
        case Step.NOTICE:
            return replace(done, no_data_at=max(begun_for, delivery.no_data_at))
        case Step.EVIDENCE:
            return replace(done, evidence=False)
    return done


def listed(
    delivery: Delivery, incident: Incident, step: NextStep, reference: str | None, *, sent_at: int = 0
) -> Delivery:
    """A digest named it, which is as good as a message of its own."""
    ended = Step.RESOLVE if step == MISSED else step
    started = replace(delivery, progress=_started_progress(incident, step))
    # Where it has a thread already, that is where later steps belong.
    return replace(step_done(started, ended, delivery.reference or reference, sent_at=sent_at), digested=True)


def settled(delivery: Delivery, incident: Incident | None, reason: str = "") -> Delivery:
    """Nothing is owed any more. reason: why, where it was not for having been sent."""
    revision = incident.revision if incident else delivery.desired
    reminded_at = incident.reminded_at if incident else 0
    return replace(
        delivery,
        reminded_at=max(delivery.reminded_at, reminded_at),
        status=Status.SETTLED,
        delivered=max(delivery.delivered, revision),
        step="",
        progress={},
        claim=0,
        unsure_since=0,
        not_before=0,
        attempts=0,
        first_failed=0,
        evidence=False,
        reason=reason,
    )


def abandoned(delivery: Delivery, now: int) -> Delivery:
    """A worker died at it: what it last did may have taken effect, and nobody knows."""
    return replace(delivery, claim=0, unsure_since=now, not_before=max(delivery.not_before, now + UNSURE))


def is_retry(delivery: Delivery) -> bool:
    """Whether it waits because of what an attempt came to, and not for the time between two messages."""
    return delivery.attempts > 0 or delivery.unsure_since > 0


def without_late_evidence(delivery: Delivery, incident: Incident, now: int) -> Delivery:
    """Log lines help while somebody looks for the cause; later they are not owed any more."""
    late = now > incident.alarm_at + EVIDENCE_WITHIN or not incident.is_open
    return replace(delivery, evidence=False) if delivery.evidence and late else delivery


def failed(
    delivery: Delivery,
    failure: SinkFailed,
    reason: str,
    policy: DeliveryPolicy,
    now: int,
    *,
    random: float,
    down: bool,
    is_open: bool,
) -> Delivery:
    """After a failed call. reason: without secrets. random: 0 to 1, for the jitter. down: whether the channel is.

    is_open: whether the incident is. What people still have to act on is attempted for as long as that is so: a channel
    that was away for a week must not learn of an alarm when it is over.
    """
    after = replace(delivery, claim=0, reason=reason[:REASON_LIMIT])
    if failure.unsure:
        after = replace(after, unsure_since=now)
    if failure.blame is Blame.CONTENT:
        if not delivery.plain:
            return replace(after, plain=True, not_before=now)
        return replace(after, status=Status.REFUSED, attempts=0, first_failed=0)
    first = delivery.first_failed or now
    after = replace(after, attempts=delivery.attempts + 1, first_failed=first)
    if now - first >= policy.retry_ms and not is_open:
        return replace(after, status=Status.GIVEN_UP, attempts=0, first_failed=0)
    wait = round(WAITS[min(delivery.attempts, len(WAITS) - 1)] * (0.5 + random / 2))
    wait = max(wait, round(1000 * (failure.retry_after or 0)))
    if down:
        wait = min(wait, LONGEST_WHILE_DOWN)
    if failure.unsure:
        wait = max(wait, UNSURE)
    return replace(after, not_before=now + wait)
