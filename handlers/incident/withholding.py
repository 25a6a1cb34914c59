"""What a mute makes of an alarm's incidents; pure. Times are milliseconds since 1970.

    opens, or opens again, while muted ── withheld: a record, nothing owed, no place among others
      ├─ over before the mute is ── stays withheld: nobody hears of it
      └─ still open when it ends, or over later than that ── as if it opened now

What people knew before goes on: the end of an incident is sent while it is muted, and what is due of one that is open
waits in its channel for the end of the mute (see Lease.earliest).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.common.text_size import cut
from handlers.incident.mutes import Mute, covering
from handlers.incident.records import Incident

# After the end of a mute whoever has read the list shortly before knows that it is over.
MARGIN = 5_000
# Bytes in the incident's item.
NOTE_BYTES = 500


def held_back(incident: Incident, before: Incident | None, mutes: Sequence[Mute], now: int) -> Incident:
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
    if mute:
        return replace(
            incident, withheld_from=incident.withheld_from or incident.revision, muted_until=mute.end, note=_note(mute)
        )
    if not was_withheld:
        return replace(incident, muted_until=0)
    latest = max(mutes, key=lambda one: one.end, default=None)
    note = _note(latest) if latest else incident.note
    return replace(incident, withheld_from=0, note=note)


def is_released(incident: Incident, before: Incident | None) -> bool:
    """Whether people are to hear of it from now on."""
    return before is not None and before.is_withheld and not incident.is_withheld


def _note(mute: Mute) -> str:
    return cut(mute.in_words(), NOTE_BYTES)


def look_at(incident: Incident, now: int) -> int | None:
    """When to look at a withheld incident again; None for not at all."""
    if not incident.is_withheld or not incident.is_open:
        return None
    return max(incident.muted_until, now) + MARGIN
