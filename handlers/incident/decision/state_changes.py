"""An alarm's state changes as a set that only grows, and the episodes that follow from the set alone; pure.

What arrives is added, in whatever order and however often; nothing depends on the order. An event says what state
ended and since when it had lasted, so it adds that, too, where the event about it is still missing (`implied`).

An episode goes from ALARM to OK, and on through every ALARM at most `reopen_within` after an OK. INSUFFICIENT_DATA
neither ends nor begins one.

    time ─────10────────15──────────────────80───90────100─────►
             ALARM      OK                 ALARM  OK   ALARM           window 60: the ALARM at 80 follows an OK of 15,
             ╰──── one episode ─╯          ╰─ the next ─────           that at 100 an OK of 90
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, permutations

from handlers.common.text_size import cut
from handlers.incident.events import Change
from handlers.incident.state.records import NOBODY, Alarm, StateChange

# With these the alarm's item stays below 8 KB. A flapping alarm reaches them; its incident does not depend on the past.
MOST_CHANGES = 64
# As many of the latest changes keep their reasons; nobody is told the others' any more.
WITH_REASONS = 2
DAY = 86_400_000
# EventBridge retries for a day, the queue keeps four, dead letters fourteen, and the archive replays thirty.
KEPT = 45 * DAY
# Bytes in the item. CloudWatch gives WaitPeriod, ExtensionPeriod or Alarm as what suppresses.
REASON_BYTES, MEASURED_BYTES, BY_BYTES = 600, 240, 16


def absorb(alarm: Alarm, change: Change) -> Alarm:
    """The alarm with a state change in its set; the same alarm where it says nothing new."""
    changes = _joined(alarm.changes, (c for c in _stated_changes(change) if c.at > alarm.horizon))
    return alarm if changes == alarm.changes else replace(alarm, changes=changes)


def add(alarm: Alarm, change: StateChange) -> Alarm:
    """The alarm with one more change in its set, unless that is forgotten already."""
    return replace(alarm, changes=_joined(alarm.changes, (change,))) if change.at > alarm.horizon else alarm


def _stated_changes(change: Change) -> list[StateChange]:
    """What an event says: of the state now, and of the one before."""
    is_alarm = change.state == "ALARM"
    known = change.before is not None and change.before_at is not None and change.before_at <= change.at
    now = StateChange(
        change.at,
        change.state,
        cut(change.reason, REASON_BYTES),
        cut(change.measured, MEASURED_BYTES),
        change.before or "",
        change.before_at if known else None,
        mute=change.suppression.mute,
        by=_suppressed_by(change.suppression.by) if is_alarm else None,
        until=change.suppression.until if is_alarm else None,
        finding=change.finding,
        content=change.finding.content if change.finding else "",
    )
    if not known or (change.before_at, change.before) == (change.at, change.state):
        return [now]
    assert change.before and change.before_at is not None
    before = StateChange(change.before_at, change.before, implied=True)
    if before.state == "ALARM":
        mute = change.suppression.mute if change.suppression.mute and change.suppression.mute > before.at else None
        before = replace(before, mute=mute, by=_suppressed_by(change.before_by))
    return [now, before]


def _suppressed_by(name: str | None) -> str | None:
    return cut(name, BY_BYTES) if name else None


def _joined(changes: Sequence[StateChange], more: Iterable[StateChange]) -> tuple[StateChange, ...]:
    by_key = {(c.at, c.state): c for c in changes}
    for change in more:
        key = (change.at, change.state)
        by_key[key] = _join(by_key[key], change) if key in by_key else change
    return ordered(by_key.values())


def _join(first: StateChange, other: StateChange) -> StateChange:
    """Both in one, the same whichever comes first: an event's own word replaces what was implied."""
    incident = first.incident or other.incident
    if first.implied != other.implied:
        return replace(other if first.implied else first, incident=incident)
    knows_more = max(first, other, key=lambda change: (change.before_at or 0, change.before))
    says = max(first, other, key=lambda change: (change.content, change.finding is not None))
    return replace(
        first,
        reason=first.reason or other.reason,
        measured=first.measured or other.measured,
        before=knows_more.before,
        before_at=knows_more.before_at,
        mute=max(first.mute or 0, other.mute or 0) or None,
        by=max(first.by or "", other.by or "") or None,
        until=max(first.until or 0, other.until or 0) or None,
        incident=incident,
        finding=says.finding,
        content=says.content,
    )


def ordered(changes: Iterable[StateChange]) -> tuple[StateChange, ...]:
    """By time. Of one millisecond, whoever names the other as the state before is later; else ALARM."""
    result: list[StateChange] = []
    for _, group in groupby(sorted(changes, key=_by_time), key=lambda change: change.at):
        result += min(permutations(group), key=_disorder)
    return tuple(result)


_STATE_ORDER = {"INSUFFICIENT_DATA": 0, "OK": 1, "ALARM": 2}


def _by_time(change: StateChange) -> tuple[int, int]:
    return change.at, _STATE_ORDER[change.state]


def _disorder(tied: Iterable[StateChange]) -> tuple[int, int, tuple[int, ...]]:
    """How much speaks against an order of changes of one millisecond; an event with both times proves most."""
    changes = tuple(tied)
    proofs = suspicions = 0
    for index, change in enumerate(changes):
        later = {other.state for other in changes[index + 1 :]}
        proofs += change.before in later and change.before_at == change.at
        suspicions += change.before in later and change.before_at is None
    return proofs, suspicions, tuple(-_STATE_ORDER[change.state] for change in reversed(changes))


def is_shown(changes: Sequence[StateChange], index: int, now: int) -> bool:
    """Whether people are to hear of an ALARM: not suppressed, and it lasts longer than it is muted."""
    change = changes[index]
    muted_until = change.mute or 0
    outlasts = index + 1 == len(changes) or muted_until < changes[index + 1].at
    return change.state == "ALARM" and change.by is None and outlasts and muted_until <= now


def episodes(changes: Sequence[StateChange], reopen_within: int) -> list[tuple[StateChange, ...]]:
    """The ALARMs of each episode, by time; a function of the set and nothing else. reopen_within: milliseconds."""
    spans: list[list[StateChange]] = []
    before: StateChange | None = None
    for change in changes:
        if change.state == "INSUFFICIENT_DATA":
            continue
        if change.state == "ALARM":
            if not before or not spans or (before.state == "OK" and change.at - before.at > reopen_within):
                spans.append([])
            spans[-1].append(change)
        before = change
    return [tuple(alarms) for alarms in spans]


def says_more(changes: Sequence[StateChange], index: int) -> bool:
    """Whether an ALARM says more than the one right before it; a finding that says the same again does not."""
    change, before = changes[index], changes[index - 1] if index else None
    repeats = before and before.state == "ALARM" and before.incident == change.incident
    return not (repeats and change.content and before and before.content == change.content)


def current_incident(changes: Sequence[StateChange]) -> str | None:
    """The incident of the ALARM that lasts now, through INSUFFICIENT_DATA and holds; None where there is none."""
    for change in reversed(changes):
        if change.state == "OK":
            return None
        if change.state == "ALARM" and change.incident not in ("", NOBODY):
            return change.incident
    return None


def pruned(alarm: Alarm, now: int) -> Alarm:
    """Without what is too old or too much to be kept, and without reasons that nobody is told any more."""
    changes = alarm.changes
    drop = max(len(changes) - MOST_CHANGES, sum(change.at < now - KEPT for change in changes[:-1]))
    dropped, remaining = changes[:drop], changes[drop:]
    # What proves which incident is open stays, however much happens after it without an OK.
    current = current_incident(changes)
    if current and current_incident(remaining) != current:
        proof = next(change for change in reversed(dropped) if change.incident == current)
        dropped, remaining = (*dropped, remaining[0]), (proof, *remaining[1:])
    remaining = tuple(
        change if len(remaining) - index <= WITH_REASONS else replace(change, reason="", measured="")
        for index, change in enumerate(remaining)
    )
    remaining = (
        *(replace(change, finding=None) if change.finding else change for change in remaining[:-1]),
        *remaining[-1:],
    )
    return replace(alarm, changes=remaining, horizon=max([alarm.horizon, *(change.at for change in dropped)]))
