"""What people decide about an error or an event: acknowledged, resolved, ignored, merged; pure.

Each function returns the record with its new state, and raises NotAllowed with a reason for whoever asked. by: who, as
the record shall name them. at: now, in milliseconds since 1970. A decision that is repeated changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.events.records import Error, Event, State

# A decision may not look further ahead than DynamoDB keeps a head.
MOST_IGNORED_MS = 366 * 86_400_000
MOST_COUNT = 10**9
MOST_WINDOW_MS = 30 * 86_400_000
# Errors that one other counts as: each is a query where counts are read, and stands in an item of 400 kB at most.
MOST_MERGED = 100
# Places and log groups that are remembered of one error.
MOST_SOURCES, MOST_GROUPS = 100, 20


class NotAllowed(Exception):
    """The decision makes no sense for the record; the text says why."""


def acknowledge(error: Error, by: str, at: int) -> Error:
    """Somebody knows of it. Raises NotAllowed where it was merged, is ignored, or is over."""
    _check_alias(error)
    if error.state is State.IGNORED:
        raise NotAllowed("the error is ignored; resolve it first. It is new when it occurs again")
    if error.state is State.RESOLVED:
        raise NotAllowed("the error is resolved; it is new when it occurs again")
    if error.state is State.ACKNOWLEDGED:
        return error
    return _decided(error, State.ACKNOWLEDGED, by, at)


def resolve(error: Error, by: str, at: int) -> Error:
    """It is over: its next occurrence is a regression. Raises NotAllowed where it was merged."""
    _check_alias(error)
    if error.state is State.RESOLVED:
        return error
    return _decided(error, State.RESOLVED, by, at)


def ignore(error: Error, by: str, at: int, until: int = 0, count: int = 0, within: int = 0) -> Error:
    """Nobody wants to hear of it: until a time, or until `count` occur in `within` milliseconds. Raises NotAllowed."""
    _check_alias(error)
    if bool(until) == bool(count):
        raise NotAllowed("ignore an error either until a time or until a count within a time")
    if until:
        _check_until(until, at)
    elif not 0 < count <= MOST_COUNT or not 0 < within <= MOST_WINDOW_MS:
        raise NotAllowed(f"the count must be 1 to {MOST_COUNT:,}, within at most {MOST_WINDOW_MS // 86_400_000} days")
    asked = (State.IGNORED, until, count, within if count else 0)
    if (error.state, error.ignore_until, error.ignore_count, error.ignore_window) == asked:
        return error
    decided = _decided(error, State.IGNORED, by, at)
    return replace(decided, ignore_until=until, ignore_count=count, ignore_window=within if count else 0)


def merge(error: Error, into: Error, by: str, at: int) -> tuple[Error, Error]:
    """From now on it counts as the other. into: the error at the end of its own aliases (`aliases.follow`).

    Returns both as they are to be written together. Raises NotAllowed where that would be a circle.
    """
    if error.fingerprint == into.fingerprint:
        raise NotAllowed("an error cannot be merged into itself, nor into one that was merged into it")
    if into.alias:
        raise NotAllowed(f"{into.fingerprint} was itself merged into {into.alias}")
    if error.alias == into.fingerprint:
        return error, into
    _check_alias(error)
    merged = dict.fromkeys((*into.merged, error.fingerprint, *error.merged))
    if len(merged) > MOST_MERGED:
        raise NotAllowed(f"{len(into.merged)} errors were merged into {into.fingerprint}; the limit is {MOST_MERGED}")
    whole = replace(
        into,
        merged=tuple(merged),
        first_seen=min(into.first_seen, error.first_seen),
        last_seen=max(into.last_seen, error.last_seen),
        sources=tuple(dict.fromkeys((*into.sources, *error.sources)))[:MOST_SOURCES],
        groups=tuple(dict.fromkeys((*into.groups, *error.groups)))[:MOST_GROUPS],
    )
    return replace(_decided(error, State.RESOLVED, by, at), alias=into.fingerprint), whole


def acknowledge_event(event: Event, by: str, at: int) -> Event:
    """Somebody knows of it. Raises NotAllowed where it is resolved."""
    if event.state is State.RESOLVED:
        raise NotAllowed("the event is resolved")
    return _event(event, State.ACKNOWLEDGED, by, at)


def resolve_event(event: Event, by: str, at: int) -> Event:
    """It is done with."""
    return _event(event, State.RESOLVED, by, at)


def ignore_event(event: Event, by: str, at: int, until: int) -> Event:
    """Lists leave it out until a time. Raises NotAllowed."""
    _check_until(until, at)
    return replace(_event(event, State.IGNORED, by, at), ignore_until=until)


def _event(event: Event, state: State, by: str, at: int) -> Event:
    if event.state is state:
        return event
    return replace(event, state=state, state_by=by, state_at=at, ignore_until=0)


def _decided(error: Error, state: State, by: str, at: int) -> Error:
    """Without what an earlier decision said."""
    return replace(error, state=state, state_by=by, state_at=at, ignore_until=0, ignore_count=0, ignore_window=0)


def _check_alias(error: Error) -> None:
    if error.alias:
        raise NotAllowed(f"the error was merged into {error.alias}; change that one instead")


def _check_until(until: int, at: int) -> None:
    if until <= at:
        raise NotAllowed("the time until which to ignore is not in the future")
    if until > at + MOST_IGNORED_MS:
        raise NotAllowed("the time until which to ignore is more than a year ahead")
