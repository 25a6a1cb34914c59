"""How often and how long each alarm was in ALARM, from the state changes that the event store has; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from handlers.events.records import Event, Source, State

# So many episodes of one alarm within an hour are flapping.
FLAPPING, HOUR_MS = 4, 3_600_000


@dataclass(frozen=True, slots=True)
class Episode:
    """From ALARM to OK. Times are milliseconds since 1970. end, acknowledged_at: 0 where there was none yet."""

    alarm: str
    source: Source
    severity: str
    start: int
    end: int = 0
    acknowledged_at: int = 0


@dataclass(frozen=True, slots=True)
class AlarmUse:
    """What one alarm did in a period. open_since: 0 where it is not in ALARM at the end; seconds: in ALARM, in all."""

    alarm: str
    source: Source
    severity: str
    episodes: int
    seconds: int
    open_since: int
    is_flapping: bool


def episodes(events: Iterable[Event]) -> list[Episode]:
    """All episodes, by start; state changes may come in any order, and those of INSUFFICIENT_DATA end nothing."""
    opened: dict[tuple[Source, str], Event] = {}
    ended: list[Episode] = []
    for event in sorted(events, key=lambda event_: (event_.at, event_.id)):
        key, state = (event.source, event.subject), event.body.get("state")
        if state == "ALARM":
            opened.setdefault(key, event)
        elif state == "OK" and key in opened:
            ended.append(_episode(opened.pop(key), event.at))
    still = [_episode(event, 0) for event in opened.values()]
    return sorted([*ended, *still], key=lambda event_: (event_.start, event_.alarm, event_.source))


def _episode(event: Event, end: int) -> Episode:
    acknowledged = event.state_at if event.state is State.ACKNOWLEDGED else 0
    return Episode(event.subject, event.source, event.severity, event.at, end, acknowledged)


def within(all_: Sequence[Episode], start: int, end: int) -> list[Episode]:
    """Those that began in [start, end)."""
    return [episode for episode in all_ if start <= episode.start < end]


def uses(all_: Sequence[Episode], start: int, end: int) -> list[AlarmUse]:
    """What each alarm did in [start, end): the most episodes first."""
    by_alarm: dict[tuple[str, Source], list[Episode]] = {}
    for episode in all_:
        if episode.start < end and (episode.end == 0 or episode.end > start):
            by_alarm.setdefault((episode.alarm, episode.source), []).append(episode)
    result = [_use(of_alarm, start, end) for of_alarm in by_alarm.values()]
    return sorted(result, key=lambda use: (-use.episodes, -use.seconds, use.alarm, use.source))


def _use(episodes_: Sequence[Episode], start: int, end: int) -> AlarmUse:
    last = episodes_[-1]
    seconds = sum(min(episode.end or end, end) - max(episode.start, start) for episode in episodes_) // 1000
    starts = [episode.start for episode in episodes_]
    flapping = any(
        starts[index + FLAPPING - 1] - starts[index] <= HOUR_MS for index in range(len(starts) - FLAPPING + 1)
    )
    is_open = last.end == 0 or last.end >= end
    return AlarmUse(
        last.alarm, last.source, last.severity, len(episodes_), seconds, last.start if is_open else 0, flapping
    )


def median_ms(values: Iterable[int]) -> int:
    """The median of durations; 0 where there is none."""
    all_ = list(values)
    return round(median(all_)) if all_ else 0


def without_data(events: Iterable[Event], since: int) -> list[Event]:
    """The last state changes of alarms that have been in INSUFFICIENT_DATA since before `since`, the longest first."""
    last: dict[tuple[Source, str], Event] = {}
    for event in events:
        key = (event.source, event.subject)
        if key not in last or event.at >= last[key].at:
            last[key] = event
    silent = [event for event in last.values() if event.body.get("state") == "INSUFFICIENT_DATA" and event.at < since]
    return sorted(silent, key=lambda event: (event.at, event.subject, event.source))
