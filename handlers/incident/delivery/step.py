"""What a channel is to be sent next of an incident; pure.

How the incident stands is compared with what the channel was sent, and the difference is what is owed. So it does not
matter how often it is looked at, in which order things happened, or who stopped halfway.
"""

from __future__ import annotations

from typing import Final, Literal

from handlers.incident.channels import DeliveryPolicy
from handlers.incident.records import Delivery, Incident, Kind, Rank, rank
from handlers.incident.report import Step

# The alarm was in ALARM and is not any more, the channel was sent nothing of it, and takes such things as a list.
MISSED: Final = "missed"
NextStep = Step | Literal["missed"] | None


def next_step(incident: Incident, delivery: Delivery, *, tickets: bool, policy: DeliveryPolicy) -> NextStep:
    """What to send; None where the channel knows all that it has to. tickets: whether it keeps a ticket for each."""
    if incident.revision < delivery.delivered:
        return None
    if incident.kind is Kind.NO_DATA:
        return _notice(incident, delivery, tickets=tickets)
    in_doubt = delivery.unsure_since > 0 or delivery.claim > 0
    newer = incident.alarm_at > delivery.alarm_at
    if incident.is_open:
        if not delivery.state:
            return Step.OPEN
        if newer:
            is_again = delivery.state == "OK" or incident.again_at > delivery.alarm_at or not incident.content
            return Step.REPEAT if is_again else _changed(incident, delivery)
        return _notice(incident, delivery, tickets=tickets) or (Step.EVIDENCE if delivery.evidence else None)
    if delivery.state == "ALARM":
        return Step.RESOLVE
    if not newer and not in_doubt:
        return None
    return _missed(delivery, policy, newer=newer, in_doubt=in_doubt)


def _changed(incident: Incident, delivery: Delivery) -> Step:
    """Only more is known where the channel was sent the very finding that this one adds to."""
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


def _notice(incident: Incident, delivery: Delivery, *, tickets: bool) -> Step | None:
    """No data is a message where people read; no ticket is made for it."""
    no_data = incident.state == "INSUFFICIENT_DATA" and incident.is_open
    if tickets or not no_data or no_data_at(incident) <= delivery.no_data_at:
        return None
    return Step.NOTICE


def no_data_at(incident: Incident) -> int:
    """When the alarm's data ended last."""
    return incident.no_data_at or (incident.opened if incident.kind is Kind.NO_DATA else 0)


def rank_of(incident: Incident, step: NextStep) -> Rank:
    """Where a step stands among all that a channel is owed."""
    if step in (Step.NOTICE, Step.EVIDENCE, MISSED):
        return Rank.UPDATE
    return rank(incident.severity, "ALARM" if incident.is_open else "OK")
