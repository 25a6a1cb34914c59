"""Everything of a report out of the event store; what there is too much of, or no time for, is said.

A function of 128 MB has a fourteenth of a processor, with which it reads some 2,500 counts a second: an error that
occurs in every window of a week, in a few accounts, already has more than that.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handlers.common.deadline import Deadline
from handlers.events.records import Agent, Error, Event
from handlers.events.store import Store
from handlers.reports.gathered import ErrorUse
from handlers.reports.period import Period
from handlers.reports.words import format_time, pluralize

# So many are looked at. What is beyond is said in the report: 128 MB hold no more.
MOST_EVENTS, MOST_ERRORS, PAGE = 20_000, 2_000, 200
# Counts that are read between two looks at the clock.
MOST_UNTIMED = 500


def events(store: Store, period: Period, notes: list[str], deadline: Deadline) -> tuple[Event, ...]:
    """Events of the period and of the one before it, of their bodies the state alone: no table shows more."""
    found: list[Event] = []
    start = period.before().start_ms
    for day in _days(start, period.end_ms):
        for event in _of_day(store, day):
            if start <= event.at < period.end_ms:
                found.append(replace(event, body={"state": event.body.get("state")}))
            if len(found) >= MOST_EVENTS:
                notes.append(f"events before {day}, because there are more than {MOST_EVENTS:,}")
                return tuple(found)
            if len(found) % PAGE == 0 and not deadline.left:
                notes.append(f"events before {day}, because there was no time left to read them")
                return tuple(found)
    return tuple(found)


def _days(start: int, end: int) -> Iterator[str]:
    """Days in UTC, the latest first."""
    day = datetime.fromtimestamp((end - 1) / 1000, UTC).date()
    first = datetime.fromtimestamp(start / 1000, UTC).date()
    while day >= first:
        yield day.isoformat()
        day -= timedelta(days=1)


def _of_day(store: Store, day: str) -> Iterator[Event]:
    after = ""
    while True:
        page = store.events(day, after, PAGE)
        yield from page.items
        after = page.next
        if not after:
            return


def errors(store: Store, period: Period, notes: list[str], deadline: Deadline) -> tuple[ErrorUse, ...]:
    """Errors that occurred in the period or the one before it, with their counts."""
    since = period.before().start_ms
    found: list[ErrorUse] = []
    left_out = 0
    for error in _recent(store, since):
        use = _use(store, error, period, deadline) if len(found) < MOST_ERRORS else None
        if use is None and not deadline.left:
            at = format_time(error.last_seen, period.start.tzinfo)
            notes.append(f"errors that last occurred before {at}, because there was no time left to count them")
            return tuple(found)
        if use is None:
            left_out += 1
            continue
        found.append(use)
    if left_out:
        notes.append(f"{pluralize(left_out, 'error')} that occurred least recently")
    return tuple(found)


def _recent(store: Store, since: int) -> Iterator[Error]:
    after = ""
    while True:
        page = store.recent_errors(since, after, PAGE)
        yield from (error for error in page.items if not error.alias)
        after = page.next
        if not after:
            return


def _use(store: Store, error: Error, period: Period, deadline: Deadline) -> ErrorUse | None:
    """The error with its counts, and nothing that no table shows; None where the time does not suffice."""
    steps = [at for at, _ in period.buckets()]
    buckets = [0] * len(steps)
    before, is_exact = 0, True
    for number, one in enumerate(store.each_count(error, period.before().start_ms, period.end_ms)):
        if number % MOST_UNTIMED == 0 and not deadline.left:
            return None
        is_exact = is_exact and one.exact
        if one.start < period.start_ms:
            before += one.count
        else:
            buckets[bisect_right(steps, one.start) - 1] += one.count
    shown = replace(error, shape="", sample="", literal="", sources=(), merged=())
    return ErrorUse(shown, sum(buckets), before, tuple(buckets), is_exact)


def agents(store: Store) -> tuple[Agent, ...]:
    """All agents."""
    return tuple(store.agents())
