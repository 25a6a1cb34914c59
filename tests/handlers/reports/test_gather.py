"""What a report reads: within its time, and with no more in memory than its tables show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.common.deadline import Deadline
from handlers.events.records import Count
from handlers.reports import gather
from handlers.reports.period import Period, period
from tests.handlers.events.memory_store import MemoryStore
from tests.handlers.report_world import AT, CHECKOUT, HOUR, MINUTE, change, error

OVER: Period = period("weekly", datetime.fromtimestamp(AT / 1000, UTC), "UTC")
EVERY = 5 * MINUTE


@dataclass
class Clock:
    """Goes on by so many seconds at each look."""

    step: float
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def busy(errors: int, counts: int) -> MemoryStore:
    store = MemoryStore()
    for number in range(errors):
        fingerprint = f"1-{number:016x}"
        store.save(error(fingerprint, f"error {number}", AT - 100 * HOUR, AT - number * HOUR), 0)
        for window in range(counts):
            store.put_count(Count(fingerprint, AT - (window + 1) * EVERY, CHECKOUT, 1, True, True))
    return store


def deadline(step: float, seconds: float) -> Deadline:
    return Deadline(seconds, Clock(step))


def test_errors_that_there_is_no_time_for_are_said_to_be_missing() -> None:
    notes: list[str] = []
    found = gather.errors(busy(9, 2), OVER, notes, deadline(1, 4.5))
    assert [use.error.title for use in found] == ["error 0", "error 1", "error 2", "error 3"]
    assert notes == ["errors that last occurred before 2026-11-29 03:00, because there was no time left to count them"]


def test_an_error_with_more_counts_than_there_is_time_for_is_not_half_counted() -> None:
    notes: list[str] = []
    found = gather.errors(busy(2, 2 * gather.MOST_UNTIMED), OVER, notes, deadline(1, 3.5))
    assert [use.count for use in found] == [2 * gather.MOST_UNTIMED]
    assert len(notes) == 1


def test_with_time_nothing_is_missing() -> None:
    notes: list[str] = []
    found = gather.errors(busy(9, 2), OVER, notes, deadline(0, 1))
    assert [use.count for use in found] == [2] * 9
    assert notes == []


def test_events_that_there_is_no_time_for_are_said_to_be_missing() -> None:
    store, notes = MemoryStore(), list[str]()
    for number in range(2 * gather.PAGE):
        store.add_event(change("one-alarm-prod", "ALARM", AT - (number + 1) * MINUTE))
    found = gather.events(store, OVER, notes, deadline(1, 0.5))
    assert len(found) == gather.PAGE
    assert notes == ["events before 2026-11-29, because there was no time left to read them"]


def test_of_events_and_errors_only_what_tables_show_stays_in_memory() -> None:
    store = MemoryStore()
    long = "x" * 1000
    one = change("one-alarm-prod", "ALARM", AT - MINUTE)
    one.body.update(lines=[long], facts=[["a", long]])  # type: ignore[attr-defined]  # a dictionary here
    store.add_event(one)
    store.save(error("1-0000000000000000", "error", AT - HOUR, AT - HOUR, sample=long, shape=long), 0)
    (event,) = gather.events(store, OVER, [], deadline(0, 1))
    (use,) = gather.errors(store, OVER, [], deadline(0, 1))
    assert event.body == {"state": "ALARM"}
    assert not use.error.sample + use.error.shape
