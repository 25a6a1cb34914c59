"""Which episode a state change belongs to, whatever comes when, how often and in whatever order; pure.

An episode goes from an alarm's ALARM to its OK, and on through every ALARM that follows an OK by no more than the
reopening window. The state changes' own timestamps decide, never the order of arrival:

- an event says what state ended and since when it had held. So an ALARM that comes after an OK of more than the window
  proves by itself that it begins an episode; every other ALARM belongs to the episode before it;
- what begins an episode is only ever added, never taken back. So what was taken for one episode may turn out to be two
  (the second then gets its ticket), but two never turn out to be one: no ticket is made in vain.

    time ─────10────────15──────────────────80───90────100─────►
             ALARM      OK                 ALARM  OK   ALARM           window 60: the ALARM at 80 follows an OK of 65,
             ╰──── one episode ─╯          ╰─ the next ─────           that at 100 an OK of 10
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.incident.events import Change, Key
from handlers.incident.history import Episode, History, Point

ID_DIGITS = 16
# More than any alarm needs that is not flapping for hours; the item stays far below DynamoDB's 400 KB.
MOST_POINTS = 300
REASON_LIMIT = 400
DAY = 86_400_000
# EventBridge retries for a day, the queue keeps four, dead letters fourteen, and the archive replays thirty.
KEPT = 45 * DAY


@dataclass(frozen=True, slots=True)
class Span:
    """One episode as the points tell it now.

    first, last_alarm: the first and the last ALARM in it that is to be told. ended: whether it is over; last: its last
    point. count: how often the alarm went to ALARM. latest: whether no later episode is known. record: what was told.
    """

    start: int
    end: float
    first: Point | None
    last_alarm: Point | None
    last: Point
    count: int
    ended: bool
    latest: bool
    record: Episode | None


def absorb(history: History, change: Change, window: int) -> History:
    """The history with a state change in it; the same history where it says nothing new. window: milliseconds."""
    if change.at <= history.horizon:
        return history
    points = list(history.points)
    if change.before and change.before_at and history.horizon < change.before_at < change.at:
        mute = change.held.mute if change.held.mute and change.held.mute > change.before_at else None
        before = Point(change.before_at, change.before, implied=True, mute=mute, by=change.before_by)
        if change.before != "ALARM":
            before = Point(change.before_at, change.before, implied=True)
        _add(points, before)
    held = change.held if change.state == "ALARM" else None
    _add(
        points,
        Point(
            change.at,
            change.state,
            change.reason[:REASON_LIMIT],
            change.measured,
            new=change.state == "ALARM" and _begins(points, change, window),
            mute=change.held.mute,
            by=held.by if held else None,
            until=held.until if held else None,
        ),
    )
    return replace(history, points=tuple(points))


def _add(points: list[Point], point: Point) -> None:
    """Into its place by time. An event's own word replaces what was only implied; all else is a duplicate."""
    index = bisect_left(points, (point.at, point.state != "ALARM"), key=lambda p: (p.at, p.state != "ALARM"))
    if index < len(points) and (points[index].at, points[index].state) == (point.at, point.state):
        if points[index].implied and not point.implied:
            points[index] = point
        return
    points.insert(index, point)


def _begins(points: Sequence[Point], change: Change, window: int) -> bool:
    """Whether it is proved that this ALARM begins an episode."""
    if change.before == "ALARM":
        return False
    if change.before == "OK" and change.before_at is not None:
        return change.at - change.before_at > window
    # The event does not say since when: go by what is known to come before, and where nothing is, prove nothing.
    known = [point for point in points if point.at < change.at and point.state != "INSUFFICIENT_DATA"]
    return bool(known) and known[-1].state == "OK" and change.at - known[-1].at > window


def shown(point: Point, until: float, now: int) -> bool:
    """Whether an ALARM that lasted `until` then is one to tell about: not suppressed, and longer than it was muted."""
    mute = point.mute or 0
    return point.by is None and mute < until and mute <= now


def spans(history: History, now: int) -> list[Span]:
    """The episodes that the points tell, by time; those in which everything is held have no `first`."""
    points = history.points
    starts = [point.at for point in points if point.new]
    if points and (not starts or points[0].at < starts[0]):
        starts.insert(0, points[0].at)
    made = []
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else float("inf")
        inside = [i for i, point in enumerate(points) if start <= point.at < end]
        if any(points[i].state == "ALARM" for i in inside):
            made.append(_span(history, inside, start, end, now))
    return made


def _span(history: History, inside: Sequence[int], start: int, end: float, now: int) -> Span:
    points = history.points
    count, in_alarm, ended = 0, False, False
    alarms = []
    for i in inside:
        point = points[i]
        if point.state == "ALARM":
            until = points[i + 1].at if i + 1 < len(points) else float("inf")
            ended = False
            if shown(point, until, now):
                alarms.append(point)
                count += not in_alarm
                in_alarm = True
        elif point.state == "OK":
            in_alarm, ended = False, True
    # Records before the first known start belong to the first episode.
    low = 0 if start == points[0].at else start
    record = next((episode for episode in history.episodes if low <= episode.at < end), None)
    return Span(
        start,
        end,
        alarms[0] if alarms else None,
        alarms[-1] if alarms else None,
        points[inside[-1]],
        count,
        ended,
        end == float("inf"),
        record,
    )


def with_records(history: History, key: Key, severity: str, now: int) -> History:
    """The history in which every episode that people have to hear about has a record."""
    episodes = list(history.episodes)
    for span in spans(history, now):
        if span.first and not span.record:
            episodes.append(Episode(episode_id(key, span.first.at), span.first.at, severity))
    return replace(history, episodes=tuple(sorted(episodes, key=lambda e: e.at)))


def episode_id(key: Key, at: int) -> str:
    """The same for the same alarm, account, Region and moment, whoever makes it."""
    text = f"{key.account}/{key.region}/{key.alarm}/{at}"
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def forget(history: History, now: int) -> History:
    """Without what is over, told, and too old or too much to be kept."""
    too_many = len(history.points) > MOST_POINTS
    horizon = history.horizon
    kept = spans(history, now)
    while len(kept) > 1 and kept[0].ended and (kept[0].last.at < now - KEPT or (too_many and _told(kept[0]))):
        horizon = kept.pop(0).last.at
    points = [point for point in history.points if point.at > horizon]
    if len(points) > MOST_POINTS:
        # An alarm that flaps without an end is one episode; only its record and its latest points matter.
        points = points[-MOST_POINTS // 2 :]
        horizon = points[0].at - 1
    if horizon == history.horizon:
        return history
    records = {span.record.id for span in kept if span.record}
    return replace(
        history,
        points=tuple(points),
        episodes=tuple(episode for episode in history.episodes if episode.id in records),
        horizon=horizon,
    )


def _told(span: Span) -> bool:
    return span.record is None or all(told.state == "OK" for told in span.record.told.values())
