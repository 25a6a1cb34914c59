"""Lists in pages: as many items as were asked for, from a bounded number of reads; and the cursor that goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from handlers.api.cursors import BadCursor, Query, opened, seal
from handlers.api.openapi import Call
from handlers.api.problems import Mistake, bad_request
from handlers.api.world import World
from handlers.events.records import Page

T = TypeVar("T")
# Reads of the table for one request, however few items a filter leaves; and items in one read.
MOST_READS = 15
READ_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """How a list is read. read: the page behind a position, of at most so many items. position: behind an item.

    matches: whether an item is in the list.
    """

    read: Callable[[str, int], Page[T]]
    position: Callable[[T], str]
    matches: Callable[[T], bool]


def collect(listing: Listing[T], start_after: str, limit: int) -> tuple[list[T], str]:
    """At most `limit` items behind a position, and the position to go on behind; empty at the end.

    Fewer than `limit`, even none, may come although the list goes on, where most of it is not wanted.
    """
    items: list[T] = []
    for _ in range(MOST_READS):
        page = listing.read(start_after, READ_ITEMS)
        for number, item in enumerate(page.items):
            if listing.matches(item):
                items.append(item)
            if len(items) == limit:
                is_last = number == len(page.items) - 1
                return items, page.next if is_last else listing.position(item)
        start_after = page.next
        if not start_after:
            break
    return items, start_after


def position_of(call: Call, world: World) -> dict[str, Any] | None:
    """What the call's cursor says; None where it has none. Raises Problem."""
    cursor = call.values.get("cursor")
    if cursor is None:
        return None
    try:
        return opened(cursor, _query(call), world.keys.by_id, world.now())
    except BadCursor as error:
        raise bad_request([Mistake("query", "cursor", str(error))]) from None


def cursor_of(position: Mapping[str, Any], call: Call, world: World) -> str:
    """The cursor with which the call's list goes on at a position."""
    return seal(position, _query(call), world.keys.current(), world.now())


def _query(call: Call) -> Query:
    return Query(call.operation, call.request.account, call.provided)
