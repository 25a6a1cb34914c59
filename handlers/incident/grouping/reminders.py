"""When an open incident that nobody has acknowledged is reminded of, and when further channels are notified; pure.

Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from handlers.incident.channel_types import STATUS_TYPES
from handlers.incident.grouping.group_view import is_large
from handlers.incident.grouping.grouping_policy import GroupingPolicy
from handlers.incident.routing import Routing
from handlers.incident.state.records import Acknowledgement, Incident, Kind, Rank, rank
from handlers.incident.state.table import OutstandingDelivery

MINUTE_MS = 60_000
# So long the others wait for the channels that can tell that somebody has taken the incident on.
OTHERS_WAIT_MS = 60_000


@dataclass(frozen=True, slots=True)
class ReviewOutcome:
    """An incident after a look at it, and what is owed of it because of that, for which its revision has to rise."""

    incident: Incident
    owed: tuple[OutstandingDelivery, ...] = ()


def review_outcome(
    incident: Incident, acknowledgement: Acknowledgement | None, routing: Routing, now: int
) -> ReviewOutcome:
    """With a reminder or an escalation, where its time has come and it is not acknowledged."""
    policy, result = routing.grouping, ReviewOutcome(incident)
    if not incident.is_open or incident.is_withheld:
        return result
    escalation_at = _escalation_at(incident, policy, acknowledgement)
    if escalation_at is not None and escalation_at <= now:
        result = _escalated(result, policy.escalate[incident.severity].to, routing.channels(), now)
    reminder_at = _reminder_at(incident, policy, acknowledgement)
    if reminder_at is not None and reminder_at <= now:
        result = _reminded(result, routing, now)
    return result


def next_review(
    incident: Incident,
    acknowledgement: Acknowledgement | None,
    policy: GroupingPolicy,
    now: int,
    *,
    changed: bool,
    is_review: bool,
) -> int | None:
    """When to look at it again; None for not at all.

    changed: whether it has just changed. A large one is looked at once more after its end: an alarm that was in ALARM
    again just before that has left it to the next look. is_review: whether this is such a look; where it is only an
    alarm that changed, what is due stays due, or alarms that change all the time would put it off for ever.
    """
    times = []
    if incident.is_withheld:
        return None  # Once people hear of it, it is appointed as if it opened then.
    if is_large(incident) and (incident.is_open or incident.keys or changed):
        times.append(now + MINUTE_MS)
    if incident.is_open and incident.kind is not Kind.NO_DATA:
        candidates = (
            _reminder_at(incident, policy, acknowledgement),
            _escalation_at(incident, policy, acknowledgement),
        )
        earliest = now + MINUTE_MS if is_review else now
        times += [max(at, earliest) for at in candidates if at is not None]
    return min(times, default=None)


def first_review(incident: Incident, before: Incident | None, policy: GroupingPolicy, now: int) -> int | None:
    """When to look at an incident because of what has just been decided on it; None for that nothing has changed.

    Of one that has just opened that is counted from the decision on: nobody is reminded of an old event before they had
    time to read of it. While it is open nothing puts off what is due.
    """
    same = before and before.is_open and (before.severity, before.alarm_at) == (incident.severity, incident.alarm_at)
    if same or not incident.is_open or incident.kind is Kind.NO_DATA:
        return None
    if before and before.is_open:
        due = (_reminder_at(incident, policy, None), _escalation_at(incident, policy, None))
        return min((max(at, now) for at in due if at is not None), default=None)
    escalation = policy.escalate.get(incident.severity)
    waits = [policy.remind_ms.get(incident.severity)]
    waits.append(escalation.after_ms if escalation and not incident.escalated_at else None)
    return min((now + wait for wait in waits if wait), default=None)


def _reminder_at(incident: Incident, policy: GroupingPolicy, acknowledgement: Acknowledgement | None) -> int | None:
    every = policy.remind_ms.get(incident.severity)
    if not every:
        return None
    latest = max(incident.alarm_at, incident.released_at, incident.reminded_at)
    return _unless_acknowledged(incident, latest + every, acknowledgement)


def _escalation_at(incident: Incident, policy: GroupingPolicy, acknowledgement: Acknowledgement | None) -> int | None:
    escalation = policy.escalate.get(incident.severity)
    if not escalation or incident.escalated_at:
        return None
    opened_at = incident.again_at or (incident.repeats[-1] if incident.repeats else incident.opened)
    began = max(opened_at, incident.severity_at, incident.released_at)
    return _unless_acknowledged(incident, began + escalation.after_ms, acknowledgement)


def _unless_acknowledged(incident: Incident, at: int, acknowledgement: Acknowledgement | None) -> int | None:
    """Not before the acknowledgement ends; one that does not end is over once the incident is worse."""
    if acknowledgement is None or not acknowledgement.holds(incident, at):
        return at
    return acknowledgement.until


def _escalated(result: ReviewOutcome, to: Collection[str], configured: Collection[str], now: int) -> ReviewOutcome:
    incident = result.incident
    added = [name for name in to if name in configured and name not in incident.recipients]
    order = rank(incident.severity, "ALARM")
    return ReviewOutcome(
        replace(incident, escalated_at=now, recipients=(*incident.recipients, *added)),
        tuple(OutstandingDelivery(name, order, now) for name in added),
    )


def _reminded(result: ReviewOutcome, routing: Routing, now: int) -> ReviewOutcome:
    """Whoever can tell whether somebody has taken it on is sent it first: an acknowledgement spares the rest."""
    incident, fresh = result.incident, {owing.channel for owing in result.owed}
    names = [name for name in incident.recipients if name not in fresh]
    first = [name for name in names if _reports_acknowledgement(name, routing)]
    wait = OTHERS_WAIT_MS if first else 0
    owed = [OutstandingDelivery(name, Rank.OTHER, now if name in first else now + wait, yields=True) for name in names]
    return ReviewOutcome(replace(incident, reminded_at=now), (*result.owed, *owed))


def _reports_acknowledgement(name: str, routing: Routing) -> bool:
    """Whether a channel can say that somebody has acknowledged: a ticket's status, a reaction to a bot's message."""
    channel, ways = routing.channel(name), routing.grouping.acknowledge
    if channel is None:
        return False
    if channel.type in STATUS_TYPES:
        return "ticket" in ways
    return channel.type == "slack" and "reaction" in ways and bool(channel.settings.get("channel"))
