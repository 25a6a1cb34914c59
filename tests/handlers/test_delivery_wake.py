"""Wake-ups: a channel, everything, and what nobody can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.delivery.wake import Notifier
from handlers.incident.events import Key
from handlers.incident.sinks.sink import SinkFailed
from tests.handlers.delivery_world import Place

KEYS = [Key("2" * 12, "us-east-1", name) for name in ("a", "b")]


@dataclass
class Decider:
    """What was decided on; looking at an alarm named `broken` fails."""

    looked: list[str] = field(default_factory=list)
    parked: int = 0
    reviewed: int = 0
    released: list[Key] = field(default_factory=list)

    def recheck(self, key: Key, deadline: Deadline) -> None:
        self.looked.append(key.alarm)
        if key.alarm == "broken":
            raise RuntimeError("no table")

    def process_parked(self, limit: int, deadline: Deadline) -> int:
        self.parked += 1
        return 0

    def release(self, appointed: Callable[[], Sequence[Key]], deadline: Deadline) -> None:
        self.released += appointed()

    def review(self, limit: int, deadline: Deadline) -> int:
        self.reviewed += 1
        return 0

    def end_removed(self, deadline: Deadline) -> int:
        return 0


class World:
    def __init__(self, **channels: str) -> None:
        self.place = Place({name: {"type": kind} for name, kind in channels.items()})
        self.decider = Decider()
        self.keys: list[Key] = []
        self.awake: list[list[str]] = []
        self.notifier = Notifier(
            self.place.ports, self.decider, lambda _now, _limit: self.keys, lambda names: self.awake.append([*names])
        )

    def handle(self, body: Any, seconds: float = 58.0) -> float | None:
        text = body if isinstance(body, str) else json.dumps(body)
        return self.notifier.handle(text, Deadline.after(seconds, self.place.clock.seconds))


def test_a_channel_is_served_and_the_message_is_done_with() -> None:
    world = World(pager="pagerduty")
    world.place.open("a", "pager")
    assert world.handle({"wake": "pager"}) is None
    assert world.place.sinks["pager"].steps() == ["open"]


def test_a_message_that_got_no_lease_is_done_with_and_one_with_more_to_do_comes_again() -> None:
    world = World(pager="pagerduty")
    for number in range(300):
        world.place.open(f"i{number:03}", "pager")
    inner: list[float | None] = []
    world.place.clock.call(world.place.clock.ms + 1_000, lambda: inner.append(world.handle({"wake": "pager"})))
    wait = world.handle({"wake": "pager"})
    assert inner == [None]
    assert wait is not None
    assert 0 <= wait <= 5


def test_a_tick_wakes_whoever_is_owed_something_and_proves_that_it_took_place() -> None:
    world = World(pager="pagerduty", chat="slack", hook="webhook")
    world.keys = KEYS
    world.place.open("a", "pager", "hook")
    world.handle({"wake": "pager"})
    assert world.handle({"wake": "*"}) is None
    assert world.awake == [["hook"]]
    assert world.decider.looked == ["a", "b"]
    assert world.decider.parked == 1
    assert [line for line in world.place.metrics if '"Ticks": 1.0' in line]


def test_of_thousands_of_alarms_whose_mute_has_ended_the_worst_is_decided_on_first() -> None:
    world = World(pager="pagerduty")
    alarms = {f"a{number}": {"severity": "low"} for number in range(1_500)} | {"z": {"severity": "critical"}}
    world.place.data["alarms"] |= alarms
    listed = [Key("2" * 12, "us-east-1", name) for name in alarms]
    notifier = replace(world.notifier, due_alarms=lambda _now, limit: listed[:limit])
    notifier.tick(Deadline.after(58, world.place.clock.seconds))
    assert world.decider.looked[0] == "z"


def test_what_fails_in_a_tick_keeps_nothing_else_from_being_done() -> None:
    world = World(pager="pagerduty")
    world.keys = [Key("2" * 12, "us-east-1", "broken"), *KEYS]
    world.place.open("a", "pager")
    with pytest.raises(RuntimeError, match="no table"):
        world.handle({"wake": "*"})
    assert world.decider.looked == ["broken", "a", "b"]
    assert world.awake == [["pager"]]


def test_a_removed_channel_is_woken_once_more_and_then_forgotten() -> None:
    world = World(pager="pagerduty", hook="webhook")
    world.place.open("a", "pager", "hook")
    world.place.sinks["hook"].fault = lambda *_sent: SinkFailed("no answer")
    world.handle({"wake": "hook"}, 5)
    world.handle({"wake": "pager"})
    del world.place.data["channels"]["hook"]
    world.handle({"wake": "*"})
    assert world.awake == [["hook"]]
    assert world.handle({"wake": "hook"}) is None
    assert world.place.table.owed() == []
    world.handle({"wake": "*"})
    assert world.awake[1:] == [[]]
    assert world.place.table.channels() == {"pager"}


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"wake": 1}', '{"wake": ""}', "{}", "[" * 100_000])
def test_what_cannot_be_read_is_logged_and_done_with(body: str, caplog: pytest.LogCaptureFixture) -> None:
    world = World(pager="pagerduty")
    assert world.handle(body) is None
    assert "unreadable wake-up" in caplog.text
    assert world.awake == []


def test_a_channel_that_joins_hears_nothing_of_the_past() -> None:
    world = World(pager="pagerduty", tickets="jira")
    for number in range(20):
        world.place.open(f"old{number:02}", "pager")
        world.place.end(f"old{number:02}")
    world.place.run("pager", 120)
    world.place.open("new", "pager", "tickets")
    world.place.run("tickets", 120)
    assert world.place.sinks["tickets"].steps() == ["open"]
