"""Operations on errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from handlers.api.caller import caller_name
from handlers.api.deciding import decided_until, retried
from handlers.api.links import links_of
from handlers.api.openapi import Call
from handlers.api.paging import Listing, collect, cursor_of, position_of
from handlers.api.problems import Mistake, bad_request, not_found
from handlers.api.request import Answer
from handlers.api.times import DAY_MS, HOUR_MS, milliseconds, seconds_of
from handlers.api.views import error_data, error_details, first_hour
from handlers.api.world import UnknownError, World
from handlers.events import states
from handlers.events.records import Error
from handlers.events.states import MOST_WINDOW_MS
from handlers.events.store_items import position

USUAL_MS = 7 * DAY_MS
# Counts of one answer: an error that occurs all day in thirty accounts and Regions has more, and the function of 128 MB
# reads some 2,500 a second.
MOST_COUNTS = 8_000
Decision = Callable[[Error, str, int], Error]


def list_errors(call: Call, world: World) -> Answer:
    """GET /v1/errors: those seen last first, as far as the hour."""
    now = world.now()
    since = milliseconds(call.values["since"]) if "since" in call.values else now - USUAL_MS
    known = position_of(call, world) or {"after": "", "since": min(since, now)}
    start = int(known["since"])
    listing = Listing(
        read=lambda after, limit: world.store.recent_errors(start, after, limit),
        position=position,
        matches=lambda error: error.last_seen >= start and _matches(error, call.values),
    )
    errors, after = collect(listing, known["after"], call.values["limit"])
    cursor = cursor_of({**known, "after": after}, call, world) if after else None
    return Answer(200, {"errors": [error_data(error, world.names) for error in errors], "next_cursor": cursor})


def get_error(call: Call, world: World) -> Answer:
    """GET /v1/errors/{fingerprint}"""
    return _answer(_error(call.values["fingerprint"], world), world)


def acknowledge_error(call: Call, world: World) -> Answer:
    """POST /v1/errors/{fingerprint}/acknowledge"""
    return _decide(call, world, lambda error, by, now: states.acknowledge(error, by, now))


def resolve_error(call: Call, world: World) -> Answer:
    """POST /v1/errors/{fingerprint}/resolve"""
    return _decide(call, world, lambda error, by, now: states.resolve(error, by, now))


def ignore_error(call: Call, world: World) -> Answer:
    """POST /v1/errors/{fingerprint}/ignore"""
    if "until" in call.body:
        until = decided_until(call.body, world.now())
        return _decide(call, world, lambda error, by, now: states.ignore(error, by, now, until=until))
    count, within = int(call.body["until_count"]), seconds_of(call.body["within"]) * 1000
    if within > MOST_WINDOW_MS:
        raise bad_request([Mistake("body", "/within", f"more than {MOST_WINDOW_MS // DAY_MS} days")])
    return _decide(call, world, lambda error, by, now: states.ignore(error, by, now, count=count, within=within))


def merge_error(call: Call, world: World) -> Answer:
    """POST /v1/errors/{fingerprint}/merge: the answer is the error that has both from now on."""
    fingerprint, into = call.values["fingerprint"], call.body["into"]
    by = caller_name(call.request.arn)
    return _answer(_known(fingerprint, lambda: world.decisions.merge(fingerprint, into, by, world.now())), world)


def _decide(call: Call, world: World, decide: Decision) -> Answer:
    fingerprint = call.values["fingerprint"]
    by = caller_name(call.request.arn)

    def attempt() -> Error:
        now = world.now()
        return world.decisions.change(fingerprint, lambda error: decide(error, by, now), now)

    return _answer(_known(fingerprint, attempt), world)


def _known(fingerprint: str, attempt: Callable[[], Error]) -> Error:
    """The error after an attempt, or several. Raises Problem, also where one of the fingerprints is not known."""
    try:
        return retried(attempt)
    except UnknownError as error:
        if error.fingerprint != fingerprint:
            raise bad_request([Mistake("body", "/into", "no error with this fingerprint")]) from None
        raise not_found("error with this fingerprint") from None


def _error(fingerprint: str, world: World) -> Error:
    error = world.store.head(fingerprint)
    if error is None:
        raise not_found("error with this fingerprint")
    return error


def _answer(error: Error, world: World) -> Answer:
    now = world.now()
    first = first_hour(now)
    counts = list(islice(world.store.each_count(error, first, now + HOUR_MS), MOST_COUNTS + 1))
    if len(counts) > MOST_COUNTS:
        # The latest come first, of each fingerprint that counts as this one; so no hour is known to be whole.
        nothing = replace(counts.pop(), count=0, exact=False)
        counts += [replace(nothing, start=hour) for hour in range(first, now + 1, HOUR_MS)]
    return Answer(200, error_details(error, counts, links_of(error), world.names, now))


def _matches(error: Error, values: Mapping[str, Any]) -> bool:
    """Those that were merged into others are the others; they are listed where somebody asks for their state."""
    if error.alias and "state" not in values:
        return False
    return (
        ("state" not in values or error.state in values["state"])
        and ("kind" not in values or error.kind in values["kind"])
        and ("service" not in values or error.service == values["service"])
        and ("account" not in values or any(source.account == values["account"] for source in error.sources))
    )
