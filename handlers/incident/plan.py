"""What is still to be said to whom; pure.

What a channel was told is compared with how the episode stands now, and the difference is what is to be done. So it
does not matter which message brings it about, how often it is tried, or who died at it before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from handlers.incident.episodes import Span, episode_id, spans, with_records
from handlers.incident.events import Key
from handlers.incident.history import Episode, History, Told
from handlers.incident.report import Step

# How long a claim holds: longer than the function may run, shorter than the queue hides a message.
CLAIM = 6_000


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to say. told: what the channel was told before."""

    span: Span | None
    episode: Episode
    channel: str
    step: Step
    told: Told


@dataclass(frozen=True, slots=True)
class Plan:
    """history: with the claims on `todo` in it. busy: why something cannot be said now, and until when."""

    history: History
    todo: tuple[Todo, ...]
    busy: tuple[tuple[str, int], ...] = ()


def plan(history: History, key: Key, severity: str, channels: Mapping[str, bool], now: int) -> Plan:
    """What is to be said now. channels: those routed to, and whether each keeps tickets."""
    if channels:
        history = with_records(history, key, severity, now)
    open_todo: list[Todo] = []
    for span in spans(history, now):
        if span.record:
            open_todo += _of_episode(span, span.record, channels)
    open_todo += _of_notice(history, key, severity, channels, now)
    todo, busy = [], []
    for item in open_todo:
        until = max(item.told.wait, item.told.claimed)
        if until > now:
            busy.append((item.channel, until))
            continue
        # A claim that has run out was never given back: whoever held it died, and may have said it before.
        died = item.told.claimed > 0
        told = replace(item.told, claimed=now + CLAIM, unsure=item.told.unsure or died)
        todo.append(replace(item, told=told))
        history = record(history, item.episode, item.channel, told)
    return Plan(history, tuple(todo), tuple(busy))


def _of_episode(span: Span, episode: Episode, channels: Mapping[str, bool]) -> list[Todo]:
    # A channel that is no longer routed to still hears the end of what it was told the beginning of.
    listening = [*channels, *(name for name, told in episode.told.items() if name not in channels and told.state)]
    made = []
    for channel in listening:
        told = episode.told.get(channel, Told())
        step = _step(span, told, routed=channel in channels)
        if step:
            made.append(Todo(span, episode, channel, step, told))
    return made


def _step(span: Span, told: Told, *, routed: bool) -> Step | None:
    # An attempt that may have taken effect is settled, even if what it was for has turned out to be another episode's.
    in_doubt = told.unsure or told.claimed > 0
    if not told.state:
        return Step.OPEN if (span.first and routed) or in_doubt else None
    if span.last_alarm and span.last_alarm.at > told.alarm and routed:
        return Step.REPEAT
    if span.ended and (told.state == "ALARM" or in_doubt):
        return Step.RESOLVE
    no_data = span.latest and span.last.state == "INSUFFICIENT_DATA" and not span.ended
    return Step.NOTICE if no_data and told.noticed < span.last.at and routed else None


def _of_notice(history: History, key: Key, severity: str, channels: Mapping[str, bool], now: int) -> list[Todo]:
    """An alarm without data is told where people read, unless its episode tells it already."""
    last = history.points[-1] if history.points else None
    if not last or last.state != "INSUFFICIENT_DATA" or last.implied or (last.mute or 0) > now:
        return []
    if any(span.latest and span.first and not span.ended for span in spans(history, now)):
        return []
    notice = history.notice
    if not notice or notice.at != last.at:
        notice = Episode(episode_id(key, last.at), last.at, severity)
    listening = [name for name, tickets in channels.items() if not tickets]
    told = {name: notice.told.get(name, Told()) for name in listening}
    return [Todo(None, notice, name, Step.NOTICE, held) for name, held in told.items() if held.noticed < last.at]


def record(history: History, episode: Episode, channel: str, told: Told) -> History:
    """The history with what a channel was told about an episode, or about a notice."""
    for index, known in enumerate(history.episodes):
        if known.id == episode.id:
            changed = replace(known, told={**known.told, channel: told})
            return replace(history, episodes=(*history.episodes[:index], changed, *history.episodes[index + 1 :]))
    known = history.notice if history.notice and history.notice.id == episode.id else episode
    if history.notice and history.notice.at > episode.at:
        return history
    return replace(history, notice=replace(known, told={**known.told, channel: told}))


def said(todo: Todo, ref: str | None) -> Told:
    """What a channel has been told once a step succeeded."""
    told = replace(todo.told, claimed=0, unsure=False, wait=0, failures=0, ref=ref or todo.told.ref)
    match todo.step:
        case Step.OPEN | Step.REPEAT:
            alarm = todo.span.last_alarm.at if todo.span and todo.span.last_alarm else todo.episode.at
            return replace(told, state="ALARM", alarm=alarm)
        case Step.RESOLVE:
            return replace(told, state="OK")
        case Step.NOTICE:
            return replace(told, noticed=todo.span.last.at if todo.span else todo.episode.at)
        case Step.EVIDENCE:
            return told


def failed(todo: Todo, *, unsure: bool, wait: int) -> Told:
    """What is remembered of an attempt in vain. wait: not to be tried before."""
    told = todo.told
    return replace(told, claimed=0, unsure=told.unsure or unsure, wait=wait, failures=told.failures + 1)
