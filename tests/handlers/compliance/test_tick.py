"""The regular look: what is overdue is sent, the summary follows, and an account where nothing happens costs little."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from handlers.compliance.outbox import NotSent
from handlers.compliance.tick import OVERDUE_MS
from tests.handlers.compliance.scan_world import DAY, GOOD, START, Estate, Killed, ScanWorld, mixed


def world(wrong: int, **more: Any) -> ScanWorld:
    """45 instances, of which so many lack all tags."""
    return ScanWorld(Estate(mixed(45, wrong), page_size=10), **more)


def unsent(wrong: int = 5) -> ScanWorld:
    """A scan that was killed when it was about to send, and whose message was given up."""
    one = world(wrong)

    def kill() -> None:
        raise Killed

    people, one.people.send = one.people.send, lambda _details: kill()  # type: ignore[assignment, method-assign, func-returns-value]
    one.queue.waiting.append({"scan": START})
    with pytest.raises(Killed):
        one.deliver(one.queue.waiting.pop())
    one.people.send = people  # type: ignore[method-assign]
    return one


def test_what_is_owed_for_more_than_a_minute_is_sent_once() -> None:
    one = unsent()
    one.tick()
    assert list(one.people.heard().values()) == [["ALARM"]] * 5
    one.tick()
    assert len(one.people.received) == 5


def test_what_is_owed_for_less_is_left_to_whoever_owes_it() -> None:
    one = unsent()
    one.deliver({"tick": {}})
    assert not one.people.received
    one.clock.at += OVERDUE_MS
    one.deliver({"tick": {}})
    assert len(one.people.received) == 5


def test_more_than_ten_are_sent_in_one_tick() -> None:
    one = world(12)
    one.rules = _each(one.rules)
    one.people.refused = {key.id for key in one.estate.resources}
    one.queue.waiting.append({"scan": START})
    with pytest.raises(NotSent):
        one.deliver(one.queue.waiting.pop())
    one.people.refused.clear()
    one.tick()
    assert len(one.people.received) == 12


def test_what_cannot_be_sent_raises_so_that_the_queue_tries_again() -> None:
    one = unsent()
    one.people.refused = {min(key.id for key in one.estate.resources)}
    one.clock.at += OVERDUE_MS
    with pytest.raises(NotSent):
        one.deliver({"tick": {}})
    assert len(one.people.received) == 4


def test_where_nothing_happens_it_is_two_queries_and_a_read() -> None:
    for wrong in (0, 4, 30):
        one = world(wrong)
        one.scan()
        calls = Counter[str]()
        one.ledger = _Counting(one.ledger, calls)  # type: ignore[assignment]
        one.tick()
        assert calls == {"due": 1, "count_in_summary": 1, "load": 1}


def test_it_leaves_the_summary_alone_while_a_scan_adds_to_it() -> None:
    one = world(30, seconds=10.0)
    one.queue.waiting.append({"scan": START})
    while one.ledger.count_in_summary() == 0:
        one.deliver(one.queue.waiting.pop(0))
    one.deliver({"tick": {}})
    one.run()
    one.tick()
    assert one.people.heard() == {"summary": ["ALARM"]}


def test_a_scan_that_died_does_not_stop_it_for_good() -> None:
    one = world(30)
    one.scan()
    one.ledger.start_scan(START + 1, one.clock.at, 0)
    one.retag(0, GOOD)
    one.look(0)
    one.tick()
    assert one.people.heard() == {"summary": ["ALARM"]}
    one.clock.at += DAY
    one.tick()
    assert one.people.heard() == {"summary": ["ALARM", "ALARM"]}


def _each(table: Any) -> Any:
    from dataclasses import replace

    return replace(table, notify=replace(table.notify, summary_above=100))


class _Counting:
    """A ledger whose calls are counted by their names."""

    def __init__(self, ledger: Any, calls: Counter[str]) -> None:
        self._ledger, self._calls = ledger, calls

    def __getattr__(self, name: str) -> Any:
        self._calls[name] += 1
        return getattr(self._ledger, name)
