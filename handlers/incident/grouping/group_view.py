"""What the members of a GROUP or STORM make of it, and what is owed then; pure.

Only this says how an incident of several alarms stands: from how it stood before and from all its members, never from
the message that brought one of them. So it does not matter who looks, how often, or after which crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.incident.decision.decision import CRITICAL_SETTLES_WITHIN, OLD, SETTLES_WITHIN
from handlers.incident.decision.incident_view import joined_repeats
from handlers.incident.grouping.group_members import (
    by_alarm,
    composition,
    in_order,
    lead,
    member_of,
    muted_in_words,
    summary,
)
from handlers.incident.grouping.grouping import ENVIRONMENT
from handlers.incident.routing import Routing
from handlers.incident.state.records import (
    MOST_LISTED,
    MOST_REPEATS,
    SEVERITIES,
    Incident,
    Kind,
    Member,
    Rank,
    Summary,
    is_more_severe,
    rank,
)
from handlers.incident.state.table import OutstandingDelivery

# A critical alarm that joins later than this after the latest page is a page of its own.
PAGES_AGAIN = 300_000
# Above this many members it is looked at once a minute, and not at each change of one of them.
MOST_AT_ONCE = MOST_LISTED


@dataclass(frozen=True, slots=True)
class View:
    """An incident as its members make it, what of them is shown, and what is owed."""

    root: Incident
    summary: Summary
    owed: tuple[OutstandingDelivery, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """What else it depends on. tickets: the channels that keep tickets. settles: whether what brought it about is old,
    so that what followed may come right behind.
    """

    routing: Routing
    tickets: frozenset[str]
    now: int
    settles: bool = False


def unopened(id_: str, kind: Kind, keys: tuple[str, ...], first: Member, severity: str = "") -> Incident:
    """An incident before anything is known of its members. severity: of a STORM, of which it is at least."""
    least = severity or first.severity
    return Incident(
        id_, first.key, kind, least, first.opened, "OK", 0, 0, alarm_count=0, revision=0, keys=keys, ended=0
    )


def is_large(root: Incident) -> bool:
    """Whether it is looked at once a minute only."""
    return root.kind is Kind.STORM or root.members > MOST_AT_ONCE


def is_urgent(root: Incident, incident: Incident) -> bool:
    """Whether a change of one of its alarms must not wait until a large one is looked at."""
    if not incident.is_open:
        return False
    pages = incident.kind is Kind.ALONE and (is_more_severe(incident.severity, root.severity) or not root.alarm_at)
    return not root.is_open or pages or _is_late_critical(root, member_of(incident))


def refreshed(root: Incident, members: Sequence[Member], leading: Incident | None, situation: Situation) -> View:
    """The incident as its members make it. root: as it was. members: one at least. leading: the lead's own incident."""
    if leading and (leading.parent != root.id or leading.is_withheld):
        leading = None  # It has gone on by itself, or how it stands is not to be heard, and says nothing of this one.
    alarms = by_alarm(members)
    open_ = [member for member in alarms if member.ended is None]
    now = situation.now
    updated_composition = composition(members)
    updated = replace(
        root,
        severity=_severity(root, alarms),
        opened=min(root.opened, *(member.opened for member in alarms)),
        ended=None if open_ else max(member.ended or 0 for member in alarms),
        members=len(alarms),
        open_members=len(open_),
        composition=updated_composition,
        muted=muted_in_words(alarms),
        updated_at=root.updated_at if updated_composition == root.composition else max(now, root.updated_at + 1),
    )
    if len(alarms) > root.members:
        updated = replace(updated, joined_at=updated.updated_at)
    updated = _described(updated, alarms, leading)
    updated = _paged(root, updated, alarms, leading)
    if root.revision and updated.severity != root.severity:
        updated = replace(updated, severity_at=updated.alarm_at)
    updated = replace(updated, recipients=_recipients(root, updated, members, situation))
    reasons = _reasons(root, updated)
    if reasons:
        updated = replace(updated, revision=root.revision + 1)
    began = min(member.joined_at for member in members)
    return View(updated, summary(alarms, situation.routing), _owed(root, updated, reasons, began, situation))


def _severity(root: Incident, alarms: Sequence[Member]) -> str:
    """The worst that there ever was; that of an alarm without data counts only where nothing else is known."""
    known = [member.severity for member in alarms if member.kind is Kind.ALONE]
    return min([root.severity, *known], key=SEVERITIES.index)


def _described(root: Incident, alarms: Sequence[Member], leading: Incident | None) -> Incident:
    """With its lead, and how that stands."""
    first = lead(alarms)
    state, at = "OK", root.ended or 0
    if root.is_open:
        in_alarm = [member for member in alarms if member.ended is None and member.state == "ALARM"]
        state, at = ("ALARM" if in_alarm else "INSUFFICIENT_DATA"), first.changed_at
    changes: dict[str, Any] = {}
    if leading and leading.key == first.key:
        changes = {"measured": leading.measured, "alarm_reason": leading.alarm_reason}
        changes["reason"] = leading.reason if leading.state == state else ""
    elif first.key != root.key:
        changes = {"measured": first.measured, "alarm_reason": "", "reason": ""}
    return replace(root, key=first.key, state=state, changed_at=at, **changes)


def _paged(root: Incident, updated: Incident, alarms: Sequence[Member], leading: Incident | None) -> Incident:
    """With the times at which it was worth a page, or a notice that there is no data."""
    known = [member for member in alarms if member.kind is Kind.ALONE]
    paging = [member for member in known if member.ended is None]
    if len(alarms) == 1:
        updated = _as_its_alarm(root, updated, alarms[0], leading)
    elif _opens(root, known, paging):
        at = _after(root, paging or known)
        repeats = (*root.repeats, at)[-MOST_REPEATS:]
        updated = replace(updated, alarm_at=at, again_at=at, alarm_count=root.alarm_count + 1, repeats=repeats)
    elif _pages(root, updated, paging):
        at = _after(root, paging)
        repeats = (*root.repeats, at)[-MOST_REPEATS:] if _only_repeats(root, updated, paging) else root.repeats
        updated = replace(updated, alarm_at=at, repeats=repeats)
    if updated.state == "INSUFFICIENT_DATA" and root.state != updated.state:
        updated = replace(updated, no_data_at=max(updated.no_data_at, updated.changed_at))
    return updated


def _after(root: Incident, members: Sequence[Member]) -> int:
    """The latest ALARM, and later than the latest page."""
    return max([root.alarm_at + 1, *(_effective_alarm_at(member) for member in members)])


def _effective_alarm_at(member: Member) -> int:
    """The time of its latest ALARM; where that was muted, or its event came late, when it joined."""
    is_late = member.alarm_at and member.ended is None and member.joined_at > member.alarm_at + PAGES_AGAIN
    return member.joined_at if is_late else member.alarm_at


def _as_its_alarm(root: Incident, updated: Incident, alarm: Member, leading: Incident | None) -> Incident:
    """As long as one alarm is all that it has, every ALARM of that counts as it does of an alarm that is alone."""
    more: dict[str, Any] = {}
    if leading:
        more["note"] = leading.note or root.note
        more["no_data_at"] = max(root.no_data_at, leading.no_data_at)
        more["repeats"] = joined_repeats(root.repeats, leading.repeats)
        more["again_at"] = max(root.again_at, leading.again_at)
        more["released_at"] = max(root.released_at, leading.released_at)
    return replace(
        updated,
        alarm_at=max(root.alarm_at, _effective_alarm_at(alarm)),
        alarm_count=max(root.alarm_count, alarm.alarm_count),
        **more,
    )


def _opens(root: Incident, known: Sequence[Member], paging: Sequence[Member]) -> bool:
    """Whether an alarm is in ALARM where none was: at first, or after all were OK."""
    return bool(paging) and not root.is_open if root.alarm_at else bool(known)


def _pages(root: Incident, updated: Incident, paging: Sequence[Member]) -> bool:
    """Whether something in it is worth another page while it goes on."""
    if not root.is_open or not paging:
        return False
    worst = min((member.severity for member in paging), key=SEVERITIES.index)
    is_worse = is_more_severe(updated.severity, root.severity) and worst == updated.severity
    return is_worse or any(_is_late_critical(root, member) for member in paging)


def _only_repeats(root: Incident, updated: Incident, paging: Sequence[Member]) -> bool:
    """Whether all that is worth a page are alarms that were in ALARM before: what flaps is then sent less often."""
    late = [member for member in paging if _is_late_critical(root, member)]
    return not is_more_severe(updated.severity, root.severity) and all(
        member.alarm_at > member.opened for member in late
    )


def _is_late_critical(root: Incident, member: Member) -> bool:
    """Whether it is in ALARM, for the first time or again, so long after the latest page that people do not know."""
    if member.severity != "critical" or member.kind is not Kind.ALONE or member.ended is not None:
        return False
    is_new = member.alarm_at == member.opened and _effective_alarm_at(member) > root.alarm_at
    # A repeat may wait for its time, and so be no page yet; it must not keep an alarm of which nobody knows from one.
    return (is_new and root.alarm_at in root.repeats[1:]) or _effective_alarm_at(member) > root.alarm_at + PAGES_AGAIN


def _recipients(root: Incident, updated: Incident, members: Sequence[Member], situation: Situation) -> tuple[str, ...]:
    """Whoever hears of one of its alarms; of a storm whoever hears of its severity, too.

    Channels with tickets do not hear of missing data: they join with the first ALARM.
    """
    names = [*root.recipients, *(name for member in sorted(members, key=in_order) for name in member.recipients)]
    if updated.kind is Kind.STORM and not root.alarm_at:
        route = situation.routing.storm_listeners(_account_of(root), updated.severity)
        names += [name for name in route if updated.alarm_at or name not in situation.tickets]
    return tuple(dict.fromkeys(names))


def _account_of(storm: Incident) -> str:
    """The id of the account that a storm is in; empty for one of the environment."""
    places = (key.partition("/")[2] for key in storm.keys)
    return next((scope for scope in places if scope != ENVIRONMENT), "")


def _reasons(root: Incident, updated: Incident) -> frozenset[str]:
    """Why people have to hear of it: `alarm`, `end`, `no-data`, `members`, `recipients` or `note`."""
    reasons = set()
    if root.is_open and not updated.is_open:
        reasons.add("end")
    if updated.alarm_at > root.alarm_at and (updated.is_open or not root.revision):
        reasons.add("alarm")
    if updated.is_open:
        if updated.no_data_at > root.no_data_at:
            reasons.add("no-data")
        if updated.updated_at > root.updated_at or not root.is_open:
            reasons.add("members")
        if len(updated.recipients) > len(root.recipients):
            reasons.add("recipients")
    if updated.note != root.note or not root.revision:
        reasons.add("note")
    return frozenset(reasons)


def _owed(
    root: Incident, updated: Incident, reasons: frozenset[str], began: int, situation: Situation
) -> tuple[OutstandingDelivery, ...]:
    """What its recipients are owed. began: when its first member joined it."""
    if not reasons:
        return ()
    now = situation.now
    at = _first_at(root, updated, began, situation)
    order = rank(updated.severity, "ALARM" if updated.is_open else "OK") if updated.alarm_at else Rank.UPDATE
    pages = reasons & {"alarm", "end"} or not root.revision
    added = set(updated.recipients) - set(root.recipients)
    return tuple(
        OutstandingDelivery(name, order, at)
        if pages or name in added
        else OutstandingDelivery(name, Rank.UPDATE, now, yields=True)
        for name in updated.recipients
    )


def _first_at(root: Incident, updated: Incident, began: int, situation: Situation) -> int:
    """From when on it may be sent: never later than a first message that still waits, whoever joins meanwhile."""
    now, wait_ms = situation.now, situation.routing.grouping.wait_ms
    at = now
    if updated.is_open and updated.severity != "critical":
        at = max(now, began + wait_ms.get(updated.severity, 0))
    if situation.settles:
        at = max(at, now + _settling(updated.severity))
    is_old = began - root.opened > OLD
    waiting_until = began + (_settling(root.severity) if is_old else wait_ms.get(root.severity, 0))
    return min(at, waiting_until) if root.revision and waiting_until > now else at


def _settling(severity: str) -> int:
    return CRITICAL_SETTLES_WITHIN if severity == "critical" else SETTLES_WITHIN
