"""The ends of what event rules take, where no event tells of one; pure. Times are milliseconds.

    time ──0────────40──────────────────100───────────160────►   after 60
           ALARM    ALARM               OK (implied)  ALARM      what follows within 60 goes on, and else it was over

An implied OK follows from the set of events and the time alone, and so does that there is none: one that is late takes
it back. It is decided a little after its time, for events travel for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from handlers.incident.decision.state_changes import ordered
from handlers.incident.state.records import Alarm, StateChange

# An event that was sent within the time may arrive so much later.
MARGIN = 60_000


def ended(alarm: Alarm, after: int | None, now: int) -> Alarm:
    """The alarm with the ends that are implied by now. after: None where nothing ends by itself."""
    if after is None or not alarm.changes:
        return alarm
    stated = [change for change in alarm.changes if not is_implied_end(change)]
    return replace(alarm, changes=ordered([*stated, *_implied_ends(stated, after, now)]))


def recheck_at(alarm: Alarm, after: int | None, suppressed_until: int | None) -> int | None:
    """When to look again: when the latest event is to be over, or earlier where what CloudWatch holds ends before that;
    None for not at all.
    """
    last = alarm.changes[-1] if alarm.changes else None
    if after is None or last is None or last.state != "ALARM":
        return suppressed_until
    ends_at = last.at + after + MARGIN
    return ends_at if suppressed_until is None else min(ends_at, suppressed_until)


def is_implied_end(change: StateChange) -> bool:
    """Whether it is an end that no event told of. Events say nothing of states before, so they imply no other OK."""
    return change.state == "OK" and change.implied


def events(changes: Sequence[StateChange], incident: str) -> int:
    """How many events began, or went on with, an incident. Two that say the same are one that two accounts received:
    what an event says has its id.
    """
    of_incident = [change for change in changes if change.incident == incident and change.state == "ALARM"]
    return len({change.content or str(change.at) for change in of_incident})


def _implied_ends(stated: list[StateChange], after: int, now: int) -> Iterator[StateChange]:
    for change, following in pairwise([*stated, None]):
        if change is None or change.state != "ALARM":
            continue
        end = change.at + after
        if end < following.at if following else end + MARGIN <= now:
            yield StateChange(end, "OK", implied=True)
