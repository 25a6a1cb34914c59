"""Decides how a state change, or the passing of time, changes an alarm, its incidents and its deliveries; pure.

Steps: add to the set of state changes; end mutes and suppression; give each new ALARM its incident; compare each
incident before and after; raise the revision of those to notify; owe it to their recipients.

The incident of an ALARM is decided once and never changes. An incident is open if and only if it is that of the
alarm's current ALARM; so of one alarm at most one is open, and it is open if and only if the alarm is in ALARM.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.common.text_size import cut
from handlers.incident.decision import event_ends, holds, withholding
from handlers.incident.decision.incident_view import IncidentView, joined_repeats, views
from handlers.incident.decision.mutes import Mute
from handlers.incident.decision.state_changes import absorb, add, current_incident, episodes, is_shown, pruned
from handlers.incident.events import Change, Key
from handlers.incident.finding import closing_content
from handlers.incident.state.records import (
    NOBODY,
    SEVERITIES,
    Alarm,
    Incident,
    Kind,
    Rank,
    StateChange,
    rank,
)
from handlers.incident.state.table import OutstandingDelivery

ID_DIGITS = 16
# An older event is from a redrive or a replay; later ones may follow right behind, so notifications wait for them.
OLD = 900_000
SETTLES_WITHIN, CRITICAL_SETTLES_WITHIN = 300_000, 60_000
# Bytes in the incident's item.
NOTE_BYTES = 300


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The other inputs of a decision. now: milliseconds since 1970. severity: the alarm's, in its account.

    listeners: severity to channels; a missing severity, such as `none`, has none. tickets: channels with tickets.
    reopen_within: milliseconds. learnt: state changes from elsewhere (see PreviousItem). mutes: those about the alarm.
    ends_after: of an event rule, milliseconds without an event after which an incident is over.
    """

    now: int
    severity: str
    listeners: Mapping[str, Sequence[str]]
    tickets: frozenset[str]
    reopen_within: int
    suppressor: holds.Suppressor | None = None
    learnt: tuple[StateChange, ...] = ()
    mutes: tuple[Mute, ...] = ()
    ends_after: int | None = None


@dataclass(frozen=True, slots=True)
class ChangedIncident:
    """An incident to be written, and what is owed of it from now on."""

    incident: Incident
    owed: tuple[OutstandingDelivery, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The alarm and the incidents as they are to be written.

    settles: what brought it about is old, so that what followed may come right behind. unread: incidents that have to
    be read before this can be decided; then nothing else in it counts.
    """

    alarm: Alarm
    incidents: tuple[ChangedIncident, ...] = ()
    settles: bool = False
    unread: frozenset[str] = frozenset()


def decide(
    alarm: Alarm, known: Mapping[str, Incident | None], change: Change | None, circumstances: Circumstances
) -> Decision:
    """What follows from a state change, or from a look without one.

    known: incidents by id as they are in the table; None where the table has none of that id.
    """
    after = absorb(alarm, change) if change else alarm
    for learnt in circumstances.learnt:
        after = add(after, learnt)
    after = holds.released(after, circumstances.suppressor, circumstances.now)
    after = event_ends.ended(after, circumstances.ends_after, circumstances.now)
    after, opened = _assigned(after, known, circumstances)
    of_events = circumstances.ends_after is not None
    alarms_before = views(alarm.changes, circumstances.reopen_within, of_events=of_events)
    alarms_now = views(after.changes, circumstances.reopen_within, of_events=of_events)
    affected = [id_ for id_, view in alarms_now.items() if view != alarms_before.get(id_)]
    affected += [id_ for id_ in withholding.incidents_to_recheck(alarm, alarms_now, known) if id_ not in affected]
    unread = frozenset(id_ for id_ in affected if id_ not in known and id_ not in opened)
    if unread:
        return Decision(alarm, unread=unread)
    settles = change is not None and is_old(change, circumstances.now)
    changed, decided = [], []
    for id_ in affected:
        incident, view = known.get(id_), alarms_now[id_]
        # One whose row has run out is over for everybody, unless it is open.
        if incident or id_ in opened or view.ended is None:
            updated = _updated(id_, alarm.key, incident, alarms_before.get(id_), view, circumstances)
            updated = withholding.apply_mutes(updated, incident, circumstances.mutes, circumstances.now)
            decided.append(updated)
            if updated != incident:
                owed = _owed(updated, incident, circumstances.now, settles=settles)
                changed.append(ChangedIncident(updated, owed))
    suppressed_until = holds.recheck_at(after, circumstances.suppressor, circumstances.now)
    due_at = event_ends.recheck_at(after, circumstances.ends_after, suppressed_until)
    recheck_at = withholding.recheck_at(due_at, decided, circumstances.now)
    after = replace(after, incident=_latest(after) or alarm.incident, recheck_at=recheck_at)
    return Decision(pruned(after, circumstances.now), tuple(changed), settles)


def is_old(change: Change, now: int) -> bool:
    """Whether a state change comes from a redrive or a replay."""
    return now - change.at > OLD


def without_removed(decision: Decision, configured: Collection[str]) -> Decision:
    """Without what would be owed to channels that were taken out of the file: nobody could ever deliver it."""
    changed = tuple(
        replace(incident_change, owed=tuple(owing for owing in incident_change.owed if owing.channel in configured))
        for incident_change in decision.incidents
    )
    return replace(decision, incidents=changed)


def incident_id(key: Key, at: int, kind: Kind = Kind.ALONE) -> str:
    """The same for the same alarm, account, Region and time, whoever makes it."""
    text = f"{key.account}/{key.region}/{key.alarm}/{at}" + ("" if kind is Kind.ALONE else f"/{kind}")
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:ID_DIGITS]


def _assigned(
    alarm: Alarm, known: Mapping[str, Incident | None], circumstances: Circumstances
) -> tuple[Alarm, frozenset[str]]:
    """The alarm in which everything that people are to hear of has its incident, and the ids that are new."""
    changes = list(alarm.changes)
    listeners = circumstances.listeners.get(circumstances.severity, ())
    places = {(c.at, c.state): index for index, c in enumerate(changes)}
    opened: set[str] = set()
    for episode in episodes(changes, circumstances.reopen_within):
        indexes = [places[c.at, c.state] for c in episode]
        for index in indexes:
            change = changes[index]
            if change.incident or not is_shown(changes, index, circumstances.now):
                continue
            id_ = _of_episode(changes, indexes, index) or _reopened(alarm, known, change, circumstances)
            if not id_ and listeners:
                id_ = incident_id(alarm.key, change.at)
                opened.add(id_)
            changes[index] = replace(change, incident=id_ or NOBODY)
    last = changes[-1] if changes else None
    if last and _is_lone_no_data(last, changes, circumstances.now):
        notifies_people = any(name not in circumstances.tickets for name in listeners)
        id_ = incident_id(alarm.key, last.at, Kind.NO_DATA) if notifies_people else NOBODY
        changes[-1] = replace(last, incident=id_)
        opened |= {id_} - {NOBODY}
    return replace(alarm, changes=tuple(changes)), frozenset(opened)


def _of_episode(changes: Sequence[StateChange], indexes: Sequence[int], index: int) -> str | None:
    """The incident that the episode of an ALARM has already: of the nearest ALARM before it, else after it."""
    earlier = [i for i in reversed(indexes) if i < index]
    later = [i for i in indexes if i > index]
    return next((changes[i].incident for i in [*earlier, *later] if changes[i].incident not in ("", NOBODY)), None)


def _reopened(
    alarm: Alarm, known: Mapping[str, Incident | None], change: StateChange, circumstances: Circumstances
) -> str | None:
    """The alarm's latest incident, where the set has forgotten its ALARMs and it was open not long before this one."""
    incident = known.get(alarm.incident) if alarm.incident else None
    if incident is None or any(c.incident == incident.id for c in alarm.changes) or incident.opened > change.at:
        return None
    recent = incident.ended is None or change.at - incident.ended <= circumstances.reopen_within
    return incident.id if recent else None


def _is_lone_no_data(last: StateChange, changes: Sequence[StateChange], now: int) -> bool:
    undecided = last.state == "INSUFFICIENT_DATA" and not last.incident and not last.implied
    return undecided and (last.mute or 0) <= now and current_incident(changes) is None


def _latest(alarm: Alarm) -> str | None:
    ids = (c.incident for c in reversed(alarm.changes) if c.state == "ALARM")
    return next((id_ for id_ in ids if id_ not in ("", NOBODY)), None)


def _updated(
    id_: str,
    key: Key,
    incident: Incident | None,
    before: IncidentView | None,
    view: IncidentView,
    circumstances: Circumstances,
) -> Incident:
    """The incident as the set tells it now."""
    if incident is None:
        return _opened(id_, key, view, circumstances)
    # Where nothing was remembered of it, what is heard again must not count twice.
    remembered = before or (replace(view, alarm_count=0, events=0) if view.alarm_at > incident.alarm_at else view)
    if view.content == incident.content != "" and incident.is_open and view.alarm_count == remembered.alarm_count:
        # The set has forgotten since when the finding says this.
        view = replace(view, alarm_at=incident.alarm_at)
    is_newer = view.alarm_at > incident.alarm_at
    updated = replace(
        _described(incident, view),
        opened=min(incident.opened, view.opened),
        alarm_count=max(1, incident.alarm_count + view.alarm_count - remembered.alarm_count),
        events=incident.events + view.events - remembered.events,
        ended=view.ended,
        note=cut(view.note, NOTE_BYTES) or incident.note,
        repeats=joined_repeats(incident.repeats, view.repeats),
    )
    if is_newer:
        updated = _raised(updated, circumstances)
    return replace(updated, revision=incident.revision + 1) if _matters(incident, updated) else updated


def _opened(id_: str, key: Key, view: IncidentView, circumstances: Circumstances) -> Incident:
    listeners = tuple(circumstances.listeners.get(circumstances.severity, ()))
    if view.kind is Kind.NO_DATA:
        listeners = tuple(name for name in listeners if name not in circumstances.tickets)
    incident = Incident(
        id_,
        key,
        view.kind,
        circumstances.severity,
        view.opened,
        view.change.state,
        view.change.at,
        view.alarm_at,
        alarm_count=view.alarm_count,
        events=view.events,
        ended=view.ended,
        recipients=listeners,
        note=cut(view.note, NOTE_BYTES),
        repeats=view.repeats,
    )
    return _described(incident, view)


def _described(incident: Incident, view: IncidentView) -> Incident:
    """With how things stand. A reason is only known as long as the state change is one of the latest."""
    same = incident.changed_at == view.change.at and incident.state == view.change.state
    latest_known = incident.alarm_at == view.alarm_at
    return replace(
        incident,
        state=view.change.state,
        changed_at=view.change.at,
        reason=view.change.reason or (incident.reason if same else ""),
        alarm_at=view.alarm_at,
        alarm_reason=view.alarm_reason or (incident.alarm_reason if latest_known else ""),
        measured=view.measured or (incident.measured if latest_known else ""),
        no_data_at=max(incident.no_data_at, view.no_data_at),
        again_at=max(incident.again_at, view.again_at),
        **_content(incident, view),
    )


def _content(incident: Incident, view: IncidentView) -> dict[str, Any]:
    """Of a finding: what it says, which its digits prove, and what was said when it ended."""
    if not view.content:
        return {}
    known = incident.finding if incident.content == view.content else None
    ended = view.change.finding if view.change.state == "OK" else None
    return {
        "finding": view.finding or known,
        "content": view.content,
        "closing": closing_content(ended) if ended else incident.closing if view.ended is not None else None,
    }


def _raised(incident: Incident, circumstances: Circumstances) -> Incident:
    """After a new ALARM: as severe as that, if it is more severe, and heard of by whoever hears of that ALARM, too.

    A channel that has joined the route of an earlier, worse severity meanwhile is none of them.
    """
    order = [*SEVERITIES, "none"]
    severity = min(incident.severity, circumstances.severity, key=order.index)
    listeners = circumstances.listeners.get(circumstances.severity, ())
    more = [name for name in listeners if name not in incident.recipients]
    since = incident.alarm_at if severity != incident.severity else incident.severity_at
    return replace(incident, severity=severity, severity_at=since, recipients=(*incident.recipients, *more))


def _matters(incident: Incident, updated: Incident) -> bool:
    """Whether people have to hear of the difference."""
    if updated.kind is Kind.NO_DATA:
        return False
    if updated.note != incident.note or updated.is_open != incident.is_open:
        return True
    newer = updated.alarm_at > incident.alarm_at or updated.no_data_at > incident.no_data_at
    return updated.is_open and newer


def _owed(incident: Incident, before: Incident | None, now: int, *, settles: bool) -> tuple[OutstandingDelivery, ...]:
    """What its recipients are owed; of one that is part of another, or withheld, nothing."""
    if incident.parent or incident.is_withheld or (before and before.revision == incident.revision):
        return ()
    if incident.kind is Kind.NO_DATA:
        order = Rank.UPDATE
    else:
        # A channel that has not heard of the ALARM yet must not wait longer because there is no data now.
        order = rank(incident.severity, "ALARM" if incident.is_open else "OK")
    wait = CRITICAL_SETTLES_WITHIN if incident.severity == "critical" else SETTLES_WITHIN
    return tuple(OutstandingDelivery(name, order, now + wait if settles else now) for name in incident.recipients)
