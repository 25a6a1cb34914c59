"""Operations on events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handlers.api.caller import caller_name
from handlers.api.deciding import decided_until, retried
from handlers.api.openapi import Call
from handlers.api.paging import Listing, collect, cursor_of, position_of
from handlers.api.problems import not_found
from handlers.api.request import Answer
from handlers.api.times import DAY_MS, day_before, day_of, milliseconds
from handlers.api.views import event_data, state_of
from handlers.api.world import World
from handlers.events import states
from handlers.events.records import Event, Page
from handlers.events.store_items import position

USUAL_MS = DAY_MS
Decision = Callable[[Event, str, int], Event]
# Between a day and the position in it.
_IN = "/"


def list_events(call: Call, world: World) -> Answer:
    """GET /v1/events: the latest first."""
    now = world.now()
    start, end = bounds(call.values, now, world.keep_days)
    known = position_of(call, world) or {"after": beginning(end), "from": start, "to": end}
    start, end = known["from"], known["to"]
    listing = listing_of(start, end, lambda event: _matches(event, call.values, now), world)
    events, after = collect(listing, known["after"], call.values["limit"]) if start < end else ([], "")
    cursor = cursor_of({**known, "after": after}, call, world) if after else None
    return Answer(200, {"events": [event_data(event, world.names, now) for event in events], "next_cursor": cursor})


def get_event(call: Call, world: World) -> Answer:
    """GET /v1/events/{id}"""
    return _answer(_event(call, world), world)


def acknowledge_event(call: Call, world: World) -> Answer:
    """POST /v1/events/{id}/acknowledge"""
    return _decide(call, world, lambda event, by, now: states.acknowledge_event(event, by, now))


def resolve_event(call: Call, world: World) -> Answer:
    """POST /v1/events/{id}/resolve"""
    return _decide(call, world, lambda event, by, now: states.resolve_event(event, by, now))


def ignore_event(call: Call, world: World) -> Answer:
    """POST /v1/events/{id}/ignore"""
    until = decided_until(call.body, world.now())
    return _decide(call, world, lambda event, by, now: states.ignore_event(event, by, now, until))


def _decide(call: Call, world: World, decide: Decision) -> Answer:
    by = caller_name(call.request.arn)

    def attempt() -> Event:
        event = _event(call, world)
        decided = decide(event, by, world.now())
        return event if decided == event else world.store.save_event(decided, event.version)

    return _answer(retried(attempt), world)


def _event(call: Call, world: World) -> Event:
    event = world.store.event(call.values["id"])
    if event is None:
        raise not_found("event with this id")
    return event


def _answer(event: Event, world: World) -> Answer:
    return Answer(200, event_data(event, world.names, world.now()))


def bounds(values: Mapping[str, Any], now: int, keep_days: int) -> tuple[int, int]:
    """The times that a request asks for, from and to. Nothing is kept of what was before, and nothing is to come."""
    latest, earliest = now + DAY_MS, max(0, now - (keep_days + 1) * DAY_MS)
    end = min(latest, milliseconds(values["to"])) if "to" in values else now
    start = milliseconds(values["from"]) if "from" in values else end - USUAL_MS
    return max(start, earliest), end


def listing_of(start: int, end: int, is_listed: Callable[[Event], bool], world: World) -> Listing[Event]:
    """Events in [start, end), the latest first."""
    return Listing(
        read=lambda after, limit: _read(after, limit, start, world),
        position=lambda event: f"{day_of(event.at)}{_IN}{position(event)}",
        matches=lambda event: start <= event.at < end and is_listed(event),
    )


def beginning(end: int) -> str:
    """The position before every event earlier than `end`, whatever its id."""
    return f"{day_of(end)}{_IN}{end:013d}"


def _read(after: str, limit: int, start: int, world: World) -> Page[Event]:
    """The page behind a position; behind the end of a day comes the day before."""
    day, _, in_day = after.partition(_IN)
    page = world.store.events(day, in_day, limit)
    if page.next:
        return Page(page.items, f"{day}{_IN}{page.next}")
    return Page(page.items, f"{day_before(day)}{_IN}" if day > day_of(start) else "")


def _matches(event: Event, values: Mapping[str, Any], now: int) -> bool:
    return (
        ("type" not in values or event.type in values["type"])
        and ("severity" not in values or event.severity in values["severity"])
        and ("state" not in values or state_of(event, now) in values["state"])
        and ("account" not in values or event.source.account == values["account"])
    )
