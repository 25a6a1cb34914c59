"""Everything of a report out of the event store; what there is too much of is said."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from handlers.events.records import Agent, Error, Event
from handlers.events.store import Store
from handlers.reports.gathered import ErrorUse
from handlers.reports.period import Period
from handlers.reports.words import counted

# So many are looked at. What is beyond is said in the report: 128 MB hold no more.
MOST_EVENTS, MOST_ERRORS, PAGE = 20_000, 2_000, 200


def events(store: Store, period: Period, notes: list[str]) -> tuple[Event, ...]:
    """Events of the period and of the one before it."""
    found: list[Event] = []
    start = period.before().start_ms
    for day in _days(start, period.end_ms):
        for event in _of_day(store, day):
            if start <= event.at < period.end_ms:
                found.append(event)
            if len(found) >= MOST_EVENTS:
                notes.append(f"events before {day}, because there are more than {MOST_EVENTS:,}")
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


def errors(store: Store, period: Period, notes: list[str]) -> tuple[ErrorUse, ...]:
    """Errors that occurred in the period or the one before it, with their counts."""
    since = period.before().start_ms
    steps = [at for at, _ in period.buckets()]
    found: list[ErrorUse] = []
    left_out = 0
    for error in _recent(store, since):
        if len(found) >= MOST_ERRORS:
            left_out += 1
            continue
        found.append(_use(store, error, since, period, steps))
    if left_out:
        notes.append(f"{counted(left_out, 'error')} of those that occurred least recently")
    return tuple(found)


def _recent(store: Store, since: int) -> Iterator[Error]:
    after = ""
    while True:
        page = store.recent_errors(since, after, PAGE)
        yield from (error for error in page.items if not error.alias)
        after = page.next
        if not after:
            return


def _use(store: Store, error: Error, since: int, period: Period, steps: list[int]) -> ErrorUse:
    buckets = [0] * len(steps)
    before, is_exact = 0, True
    for one in store.counts(error, since, period.end_ms):
        is_exact = is_exact and one.exact
        if one.start < period.start_ms:
            before += one.count
        else:
            buckets[bisect_right(steps, one.start) - 1] += one.count
    return ErrorUse(error, sum(buckets), before, tuple(buckets), is_exact)


def agents(store: Store) -> tuple[Agent, ...]:
    """All agents."""
    return tuple(store.agents())
