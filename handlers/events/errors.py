"""What an occurrence makes of an error: new, back, or known; pure.

Everything is decided by the times of windows, never by a clock: the same windows in any order, however late and often,
come to the same. People are owed one ALARM when an error is new or back, and one OK when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple, TypeVar

from handlers.events.finding_detail import CHECK_OF_KIND, Content, owed
from handlers.events.messages import AgentWindow, Occurrence
from handlers.events.records import Count, Error, FindingState, Source, State
from handlers.events.settings import Settings
from handlers.events.states import MOST_GROUPS, MOST_SOURCES

T = TypeVar("T")
HOUR_MS = 3_600_000
# Whoever owes a finding sends it at once; after a minute it has failed to.
OVERDUE_MS = 60_000


class Novelty(StrEnum):
    """KNOWN: nobody is to hear of it. REACHED: it was ignored until it occurs more often, and it did."""

    NEW = "New"
    BACK = "Back:"
    REACHED = "No longer ignored:"
    KNOWN = ""


class ObservedOccurrence(NamedTuple):
    """An occurrence, and where and when. learning: whether its account's errors are recorded silently."""

    occurrence: Occurrence
    source: Source
    start: int
    end: int
    learning: bool


def observe_in(window: AgentWindow, occurrence: Occurrence, learning: bool) -> ObservedOccurrence:
    """An occurrence of a window."""
    return ObservedOccurrence(occurrence, window.source, window.start, window.end, learning)


def novelty(error: Error | None, observation: ObservedOccurrence, settings: Settings) -> Novelty:
    """What an occurrence is, given what is known of its error."""
    if error is None:
        return Novelty.NEW
    last = observation.occurrence.last
    if error.state is State.RESOLVED:
        return Novelty.BACK if last > error.state_at else Novelty.KNOWN
    if error.state is State.IGNORED:
        return Novelty.BACK if error.ignore_until and last >= error.ignore_until else Novelty.KNOWN
    if last - error.last_seen > settings.quiet_after:
        return Novelty.BACK
    # Learned elsewhere, silently; where nothing is learned any more it is as new as any.
    is_unheard = error.learned and error.latest is None
    return (
        Novelty.NEW
        if is_unheard and not observation.learning and observation.source not in error.sources
        else Novelty.KNOWN
    )


def new_error(observation: ObservedOccurrence, settings: Settings) -> Error:
    """An error that nobody has seen before; nobody is owed anything yet."""
    occurrence = observation.occurrence
    owner, runbook = settings.owner_and_runbook(occurrence.groups, occurrence.service, occurrence.source_path)
    return Error(
        fingerprint=occurrence.fingerprint,
        kind=occurrence.kind,
        title=occurrence.title,
        first_seen=occurrence.first,
        last_seen=occurrence.last,
        home=observation.source,
        shape=occurrence.shape,
        sample=occurrence.sample,
        stream=occurrence.stream,
        request=occurrence.request,
        literal=occurrence.literal,
        groups=occurrence.groups[:MOST_GROUPS],
        sources=(observation.source,),
        service=occurrence.service,
        source_path=occurrence.source_path,
        owner=owner,
        runbook=runbook,
        state_at=observation.end,
    )


def updated_error(error: Error | None, observation: ObservedOccurrence, settings: Settings) -> Error:
    """The error with what the occurrence adds, and its new state; nobody is owed anything yet."""
    what = novelty(error, observation, settings)
    known = error or new_error(observation, settings)
    occurrence = observation.occurrence
    known = replace(
        known,
        first_seen=min(known.first_seen, occurrence.first),
        last_seen=max(known.last_seen, occurrence.last),
        sources=_added(known.sources, (observation.source,), MOST_SOURCES),
        groups=_added(known.groups, occurrence.groups, MOST_GROUPS),
    )
    if what is Novelty.KNOWN:
        return known
    return replace(
        known,
        state=State.NEW,
        state_at=max(observation.end, known.state_at),
        state_by="",
        ignore_until=0,
        ignore_count=0,
        ignore_window=0,
        learned=observation.end if observation.learning else 0,
    )


def is_reached(error: Error, counts: Iterable[Count], observation: ObservedOccurrence, settings: Settings) -> bool:
    """Whether an error that is ignored until a count has come to it, in the time that ends with the window.

    No more counts are asked for than that takes: a month of a frequent error has more than a function can read.
    """
    if error.state is not State.IGNORED or not error.ignore_count:
        return False
    since = max(observation.end - error.ignore_window, error.state_at) - settings.every
    sums = accumulate(count.count for count in counts if since < count.start < observation.end)
    return any(total >= error.ignore_count for total in sums)


def with_limit_reached(error: Error, observation: ObservedOccurrence) -> Error:
    """The error once it is."""
    cleared = replace(error, ignore_until=0, ignore_count=0, ignore_window=0)
    return replace(cleared, state=State.NEW, state_at=observation.end, state_by="")


def with_open_finding(error: Error, at: int, content: Content, settings: Settings) -> Error:
    """The error with an ALARM owed. at: the end of the window."""
    return _owing(error, FindingState.ALARM, at, content, settings)


def with_closed_finding(error: Error, at: int, content: Content, settings: Settings) -> Error:
    """The error with an OK owed, where people have heard of it."""
    return _owing(error, FindingState.OK, at, content, settings) if error.is_open else with_next_due(error, settings)


def _owing(error: Error, state: FindingState, at: int, content: Content, settings: Settings) -> Error:
    latest = error.latest
    later = max(at, latest.at + 1) if latest else at
    if state is FindingState.ALARM and not settings.is_notified(error.kind):
        return with_next_due(error, settings)
    check = CHECK_OF_KIND[error.kind]
    finding = owed(check, error.home, error.fingerprint, state, later, content, settings.environment)
    return with_next_due(replace(error, owed=finding), settings)


def with_next_due(error: Error, settings: Settings) -> Error:
    """The error with the time at which the tick has to look at it.

    It is the end of an hour for an error that may be over by then, so that an index changes once an hour at most.
    """
    times = []
    if error.owed:
        times.append(error.owed.at + OVERDUE_MS)
    if error.state is State.IGNORED and error.ignore_until:
        times.append(error.ignore_until)
    if error.state in (State.NEW, State.ACKNOWLEDGED) and not error.alias:
        times.append(error.last_seen - error.last_seen % HOUR_MS + HOUR_MS + settings.quiet_after)
    return replace(error, due=min(times, default=0))


def after_time(error: Error, at: int, settings: Settings) -> tuple[Error, str]:
    """What time alone has changed, and why; the error itself where it has changed nothing."""
    if error.state is State.IGNORED and 0 < error.ignore_until <= at:
        over = replace(error, state=State.RESOLVED, state_at=error.ignore_until, state_by="", ignore_until=0)
        return over, "is no longer ignored"
    is_live = error.state in (State.NEW, State.ACKNOWLEDGED) and not error.alias
    if is_live and at - error.last_seen > settings.quiet_after:
        quiet_at = error.last_seen + settings.quiet_after
        return replace(error, state=State.RESOLVED, state_at=quiet_at, state_by=""), "did not occur for so long"
    return error, ""


def _added(known: tuple[T, ...], more: tuple[T, ...], most: int) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*known, *more)))[:most]
