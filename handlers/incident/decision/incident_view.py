"""What an alarm's state changes say of each of its incidents; a function of the set; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from handlers.incident.decision import event_ends
from handlers.incident.decision.state_changes import current_incident, episodes, says_more
from handlers.incident.finding import Finding
from handlers.incident.state.records import MOST_REPEATS, NOBODY, Kind, StateChange


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Of one incident: the fields have the meaning that they have in `Incident`.

    implied: whether the latest ALARM's own event is still missing. stands: time and state of `change`, the state change
    at which it stands. Reasons do not count in a comparison: only the latest are remembered, and so it is with what a
    finding says; its content does.
    """

    kind: Kind
    opened: int
    alarm_at: int
    alarm_count: int
    ended: int | None
    no_data_at: int
    implied: bool
    current: tuple[int, str]
    note: str
    content: str = ""
    again_at: int = 0
    repeats: tuple[int, ...] = ()
    events: int = 0
    change: StateChange = field(compare=False, kw_only=True)
    alarm_reason: str = field(compare=False, default="")
    measured: str = field(compare=False, default="")
    finding: Finding | None = field(compare=False, default=None)


def views(changes: Sequence[StateChange], reopen_within: int, *, of_events: bool = False) -> dict[str, IncidentView]:
    """Incident id to what the changes say of it, in the order in which they opened.

    of_events: whether the changes are events of an event rule, each of which counts.
    """
    current = current_incident(changes)
    ids = dict.fromkeys(change.incident for change in changes if change.incident not in ("", NOBODY))
    spans = episodes(changes, reopen_within)
    result = {}
    for id_ in ids:
        indexes = [index for index, change in enumerate(changes) if change.incident == id_]
        if changes[indexes[0]].state == "ALARM":
            note = _note(id_, spans)
            view = _alone(id_, changes, indexes, note, is_open=id_ == current)
            result[id_] = replace(view, events=event_ends.events(changes, id_)) if of_events else view
        else:
            result[id_] = _no_data(changes, indexes[0], is_open=current is None)
    return result


def _alone(
    id_: str, changes: Sequence[StateChange], indexes: Sequence[int], note: str, *, is_open: bool
) -> IncidentView:
    last_alarm = changes[indexes[-1]]
    after = changes[indexes[-1] + 1 :]
    no_data_at = 0
    if is_open:
        ended, current = None, last_alarm
        if changes[-1].state == "INSUFFICIENT_DATA":
            current, no_data_at = changes[-1], changes[-1].at
    else:
        # It ends with the OK, or where a late fact shows that the next incident began before that.
        over = (c for c in after if c.state == "OK" or (c.state == "ALARM" and c.incident not in ("", NOBODY, id_)))
        end = next(over, last_alarm)
        ended, current = end.at, end if end.state == "OK" else StateChange(end.at, "OK")
    times = _times(id_, changes)
    return IncidentView(
        Kind.ALONE,
        changes[indexes[0]].at,
        next(changes[index].at for index in reversed(indexes) if says_more(changes, index)),
        len(times),
        ended,
        no_data_at,
        last_alarm.implied,
        (current.at, current.state),
        note,
        last_alarm.content,
        times[-1],
        tuple(_times(id_, changes, ("OK", "INSUFFICIENT_DATA"))[-MOST_REPEATS:]),
        change=current,
        alarm_reason=last_alarm.reason,
        measured=last_alarm.measured,
        finding=last_alarm.finding,
    )


def _times(id_: str, changes: Sequence[StateChange], after: Collection[str] = ("OK",)) -> list[int]:
    """When the alarm went to ALARM, at first and after those states; any other ALARM is the same one."""
    times, in_alarm = [], False
    for change in changes:
        if change.state in after:
            in_alarm = False
        elif change.incident == id_:
            if not in_alarm:
                times.append(change.at)
            in_alarm = True
    return times


def joined_repeats(earlier: Sequence[int], known: Sequence[int]) -> tuple[int, ...]:
    """Those that are known, and before them what was remembered earlier."""
    before = [at for at in earlier if not known or at < known[0]]
    return (*before, *known)[-MOST_REPEATS:]


def _no_data(changes: Sequence[StateChange], index: int, *, is_open: bool) -> IncidentView:
    change, later = changes[index], changes[index + 1 :]
    ended = None if is_open and not later else later[0].at if later else change.at
    return IncidentView(
        Kind.NO_DATA,
        opened=change.at,
        alarm_at=0,
        alarm_count=0,
        ended=ended,
        no_data_at=change.at,
        implied=False,
        current=(change.at, change.state),
        note="",
        change=change,
        measured=change.measured,
    )


def _note(id_: str, spans: Sequence[Sequence[StateChange]]) -> str:
    """What a late fact has shown of how the incident was put together; empty where nothing has."""
    within = [span for span in spans if any(change.incident == id_ for change in span)]
    if len(within) > 1:
        began = ", ".join(_utc(span[0].at) for span in within[1:])
        return f"Late event: the alarm was OK in between; another episode started at {began}."
    incidents = dict.fromkeys(change.incident for span in within for change in span)
    names = [name for name in incidents if name not in ("", NOBODY, id_)]
    return f"Late event: this and incident {', '.join(names)} are one episode." if names else ""


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
