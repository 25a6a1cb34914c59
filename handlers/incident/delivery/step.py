"""What a channel is to be sent next of an incident; pure.

How the incident stands is compared with what the channel was sent, and the difference is what is owed. So it does not
matter how often it is looked at, in which order things happened, or who stopped halfway.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from handlers.common.event_names import rule_of
from handlers.incident.channels import DeliveryPolicy
from handlers.incident.delivery.spacing import Spacing
from handlers.incident.grouping.grouping_policy import GroupingPolicy
from handlers.incident.message.report import Step
from handlers.incident.state.records import Delivery, Incident, Kind, Rank, rank

# The alarm was in ALARM and is not any more, the channel was sent nothing of it, and takes such things as a list.
MISSED: Final = "missed"
NextStep = Step | Literal["missed"] | None
# Kept beside the sink's own record of a step: the time of the state change that the step was begun for, and how the
# incident stood then.
BEGUN_FOR, BEGUN_UPDATED, BEGUN_REMINDED, BEGUN_SEVERITY = "begun_for", "begun_updated", "begun_reminded", "begun_as"
BEGUN: Final = frozenset({BEGUN_FOR, BEGUN_UPDATED, BEGUN_REMINDED, BEGUN_SEVERITY})
# The steps that open a ticket, or open it again.
OPENING: Final = (Step.OPEN, Step.REPEAT, Step.CHANGED)
UNSPACED: Final = Spacing(GroupingPolicy())


def next_step(
    incident: Incident,
    delivery: Delivery,
    *,
    tickets: bool,
    policy: DeliveryPolicy,
    omits: Collection[Step] = (),
    spacing: Spacing = UNSPACED,
    now: int = 0,
) -> NextStep:
    """What to send, at once or later (see Spacing); None where the channel knows all that it has to.

    tickets: whether it keeps a ticket for each. omits: what it is never sent. now: milliseconds since 1970. Of an
    incident that is part of another people hear nothing.
    """
    if incident.revision < delivery.delivered or incident.parent:
        return None
    step = _state_step(incident, delivery, tickets=tickets, policy=policy, spacing=spacing)
    if step is not None:
        return step
    later = _reminder(incident, delivery, now), _evidence(incident, delivery), _updated(incident, delivery, spacing)
    return next((step for step in later if step is not None and step not in omits), None)


def _state_step(
    incident: Incident, delivery: Delivery, *, tickets: bool, policy: DeliveryPolicy, spacing: Spacing
) -> NextStep:
    """Whether the alarm's state is another than the channel was sent."""
    if incident.kind is Kind.NO_DATA or not incident.alarm_at:
        return _notice(incident, delivery, tickets=tickets)
    in_doubt = delivery.unsure_since > 0 or delivery.claim > 0 or (tickets and _is_partly_open(delivery))
    newer = incident.alarm_at > delivery.alarm_at
    if incident.is_open:
        if (newer or not delivery.state) and not spacing.wakes(incident):
            return None
        if not delivery.state:
            return Step.OPEN
        if newer:
            is_again = delivery.state == "OK" or incident.again_at > delivery.alarm_at or not incident.content
            return Step.REPEAT if is_again else _changed(incident, delivery)
        return _notice(incident, delivery, tickets=tickets)
    if delivery.state == "ALARM":
        return None if spacing.omits_end(incident) and not in_doubt else Step.RESOLVE
    if not newer and not in_doubt:
        return None
    if newer and not in_doubt and delivery.state and spacing.holds_repeats(incident):
        # It was to wait, and is over before its time came.
        return None
    return _missed(delivery, policy, newer=newer, in_doubt=in_doubt)


def _is_partly_open(delivery: Delivery) -> bool:
    """Whether calls that open a ticket have been made, and the step was not finished: there may be one."""
    return delivery.step in OPENING and any(name not in BEGUN for name in delivery.progress)


def _changed(incident: Incident, delivery: Delivery) -> Step:
    """Only more is known where the channel was sent the very finding that this one adds to; and with one more event."""
    if rule_of(incident.key.alarm):
        return Step.ADDED
    adds_to = incident.finding.adds_to if incident.finding else 0
    return Step.ADDED if 0 < adds_to <= delivery.alarm_at else Step.CHANGED


def _missed(delivery: Delivery, policy: DeliveryPolicy, *, newer: bool, in_doubt: bool) -> NextStep:
    """It went to ALARM and ended before the channel was sent either."""
    match policy.missed:
        case "each" if newer:
            return Step.REPEAT if delivery.state else Step.OPEN
        case "digest" if newer:
            return MISSED
    # What may have been sent all the same has to be ended, whatever it was.
    return Step.RESOLVE if in_doubt else None


def _reminder(incident: Incident, delivery: Delivery, now: int) -> Step | None:
    """Nobody is reminded of what somebody has taken on."""
    acknowledgement = incident.acknowledgement
    is_acknowledged = acknowledgement is not None and acknowledgement.holds(incident, now)
    due = incident.reminded_at > delivery.reminded_at and incident.is_open and delivery.state == "ALARM"
    return Step.REMINDER if due and not is_acknowledged else None


def _updated(incident: Incident, delivery: Delivery, spacing: Spacing) -> Step | None:
    """What a list named cannot be shown in place. What is a message of its own is only worth an alarm that joined."""
    is_of_several = incident.kind in (Kind.GROUP, Kind.STORM) and incident.members > 1
    is_shown = delivery.state == "ALARM" and not delivery.digested
    changed = (incident.updated_at if spacing.edits else incident.joined_at) > delivery.updated_at
    return Step.UPDATED if is_of_several and is_shown and changed and incident.is_open else None


def _evidence(incident: Incident, delivery: Delivery) -> Step | None:
    return Step.EVIDENCE if delivery.evidence and incident.is_open else None


def _notice(incident: Incident, delivery: Delivery, *, tickets: bool) -> Step | None:
    """No data is a message where people read; no ticket is made for it."""
    no_data = incident.state == "INSUFFICIENT_DATA" and incident.is_open
    if tickets or not no_data or no_data_at(incident) <= delivery.no_data_at:
        return None
    return Step.NOTICE


def no_data_at(incident: Incident) -> int:
    """When the alarm's data ended last."""
    return incident.no_data_at or (incident.opened if incident.kind is Kind.NO_DATA or not incident.alarm_at else 0)


def rank_of(incident: Incident, step: NextStep) -> Rank:
    """Where a step stands among all that a channel is owed."""
    if step in (Step.NOTICE, Step.EVIDENCE, Step.UPDATED, Step.REMINDER, MISSED):
        return Rank.UPDATE
    return rank(incident.severity, "ALARM" if incident.is_open else "OK")
