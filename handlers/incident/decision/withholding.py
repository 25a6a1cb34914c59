"""What a mute makes of an alarm's incidents; pure. Times are milliseconds since 1970.

    opens, or opens again, while muted ── withheld: a record, nothing owed, no place among others
      ├─ over before the mute is ── stays withheld: nobody hears of it
      └─ still open when it ends, or over later than that ── as if it opened now

What people knew before goes on: the end of an incident is sent while it is muted, and what is due of one that is open
waits in its channel for the end of the mute (see Lease.earliest).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from handlers.common.text_size import cut
from handlers.incident.decision.incident_view import IncidentView
from handlers.incident.decision.mutes import Mute, covering
from handlers.incident.state.records import Alarm, Incident

# After the end of a mute whoever has read the list shortly before knows that it is over.
MARGIN = 5_000
# Bytes in the incident's item.
NOTE_BYTES = 500


def apply_mutes(incident: Incident, before: Incident | None, mutes: Sequence[Mute], now: int) -> Incident:
    """The incident as it stands after what was decided on it, withheld or not.

    before: as it was; None where it is new. mutes: those about its alarm.
    """
    was_withheld = before is not None and before.is_withheld
    if was_withheld and before and not before.is_open and not incident.is_open:
        return incident  # It was over while it was muted, and stays so.
    opens = before is None or (not before.is_open and incident.is_open)
    if not opens and not was_withheld:
        return incident
    mute = covering(mutes, now if incident.ended is None else incident.ended)
    if mute and not was_withheld:
        known_alarm_at, known_ended = (before.alarm_at, before.ended or 0) if before else (0, 0)
        incident = replace(
            incident, withheld_from=incident.revision, known_alarm_at=known_alarm_at, known_ended=known_ended
        )
    if mute:
        return replace(incident, muted_until=mute.end, note=_note(mute))
    if not was_withheld:
        return replace(incident, muted_until=0)
    latest = max(mutes, key=lambda mute_: mute_.end, default=None)
    note = _note(latest) if latest else incident.note
    # Now they have to hear of it, whether or not anything else has changed.
    revision = max(incident.revision, before.revision + 1 if before else 1)
    joined_at = now if incident.parent else incident.joined_at
    known = replace(incident, withheld_from=0, known_alarm_at=0, known_ended=0, released_at=now, joined_at=joined_at)
    return replace(known, note=note, revision=revision)


def incidents_to_recheck(
    alarm: Alarm, views: Mapping[str, IncidentView], known: Mapping[str, Incident | None]
) -> list[str]:
    """Ids of incidents whose time may have come: open ones that are withheld, or have to be read to know.

    said: what the alarm's state changes say of each of its incidents. known: incidents that have been read.
    """
    if alarm.recheck_at is None:
        return []
    open_ = [id_ for id_, view in views.items() if view.ended is None]
    return [id_ for id_ in open_ if id_ not in known or ((incident := known[id_]) and incident.is_withheld)]


def recheck_at(suppressed_until: int | None, incidents: Sequence[Incident], now: int) -> int | None:
    """When to look at the alarm again; None for not at all. held_until: because of what CloudWatch holds (see holds).

    incidents: all that were decided on.
    """
    ends = [
        max(incident.muted_until, now) + MARGIN for incident in incidents if incident.is_withheld and incident.is_open
    ]
    return min([*ends, *([suppressed_until] if suppressed_until is not None else [])], default=None)


def _note(mute: Mute) -> str:
    return cut(mute.in_words(), NOTE_BYTES)
