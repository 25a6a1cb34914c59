"""Seeded worlds of faults: vendors that fail before or after the effect, workers that die anywhere, an index that lags.

Afterwards everything heals, and every channel has to know how each incident stands: one ticket each, open if and only
if the incident is; the last page a resolve if and only if it is over.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from handlers.incident.delivery import pace
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.sinks.sink import Advance, Blame, SinkFailed
from handlers.incident.state.records import Status
from tests.handlers.delivery_world import Clock, Killed, Place, Tickets, most_in_a_minute

MINUTE = 60_000
CHANNELS = {name: {"type": kind} for name, kind in (("pager", "pagerduty"), ("tickets", "jira"), ("chat", "slack"))}
SEVERITIES = ("critical", "high", "medium", "low")


class LateTickets(Tickets):
    """As Jira, and a comment or move may take effect although nobody hears of it."""

    def advance(self, report: Report, attempt: Any, deadline: Any) -> Any:
        reference = attempt.reference
        if reference and report.step in (Step.REPEAT, Step.OPEN):
            self._call(report, attempt)
            self._issue(reference)["open"] = True
            self._note(report)
            return Advance(reference)
        return super().advance(report, attempt, deadline)


class World:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311
        clock = Clock()
        self.place = Place(CHANNELS, clock, random=self.random, sinks={"tickets": LateTickets(clock)})
        self.place.table.lag_ms = self.random.choice([0, 0, 500, 3_000])
        self.chaos = True
        self.pages: dict[str, list[Step]] = {}
        self.kills = 0
        for name, sink in self.place.sinks.items():
            sink.fault = self.fault(name)
        self.place.table.fault = self.table_fault

    def fault(self, name: str) -> Any:
        def fault(content: Report | Digest, _attempt: Any) -> BaseException | None:
            error = self.failure() if self.chaos else None
            took_effect = error is None or getattr(error, "unsure", True)
            if name == "pager" and took_effect and isinstance(content, Report):
                self.pages.setdefault(content.episode, []).append(content.step)
            return error

        return fault

    def failure(self) -> BaseException | None:
        number = self.random.random()
        if number < 0.01:
            self.kills += 1
            return Killed()
        if number < 0.08:
            return SinkFailed("504", unsure=True)
        if number < 0.15:
            return SinkFailed("no answer")
        if number < 0.18:
            return SinkFailed("429", retry_after=self.random.choice([1, 20, 120]))
        return SinkFailed("429", retry_after=30, blame=Blame.DELIVERY) if number < 0.2 else None

    def table_fault(self, _name: str) -> None:
        if self.chaos and self.random.random() < 0.003:
            self.kills += 1
            raise Killed
        if self.chaos and self.random.random() < 0.003:
            raise RuntimeError("ThrottlingException")

    def schedule(self, incidents: int) -> None:
        place, start = self.place, self.place.clock.ms
        for number in range(incidents):
            id_, severity = f"i{number:03}", self.random.choice(SEVERITIES)
            channels = ["tickets", "chat", *(["pager"] if severity in ("critical", "high") else [])]
            at = start + self.random.random() * 40 * MINUTE
            place.clock.call(at, lambda i=id_, c=channels, s=severity: place.open(i, *c, severity=s) and None)
            for turn in range(self.random.choice([0, 1, 1, 2, 3])):
                at += self.random.random() * 8 * MINUTE + 1
                change = place.end if turn % 2 == 0 else place.again
                place.clock.call(at, lambda i=id_, change=change: change(i) and None)

    def minutes(self, count: int) -> None:
        for _ in range(count):
            for name in CHANNELS:
                until = self.place.clock.ms + MINUTE / 3
                try:
                    self.place.work(name, self.random.choice([10.0, 19.0]))
                except (Killed, RuntimeError):
                    self.place.clock.go(1)
                self.place.clock.go(max(0.0, until - self.place.clock.ms))


@pytest.mark.parametrize("seed", range(25))
def test_whatever_fails_every_channel_ends_up_knowing(seed: int) -> None:
    world = World(seed)
    place = world.place
    world.schedule(25)
    world.minutes(70)
    world.chaos = False
    world.minutes(60)
    assert place.table.owed() == []
    assert world.kills
    tickets: LateTickets = place.sinks["tickets"]
    for id_, incident in place.table.incidents.items():
        delivery = place.table.of(id_, "tickets")
        assert delivery.status is Status.SETTLED
        assert len(tickets.issues[id_]) == 1, (id_, tickets.issues[id_])
        assert tickets.issues[id_][0]["open"] is incident.is_open, id_
        assert place.table.of(id_, "chat").state == ("ALARM" if incident.is_open else "OK")
        pages = world.pages.get(id_, [])
        if "pager" in incident.recipients and (pages or incident.is_open):
            assert (pages[-1] is Step.RESOLVE) is not incident.is_open, (id_, pages)
    for name in CHANNELS:
        policy = place.ports.routing.channel(name)
        assert policy is not None
        limit = policy.policy.rate + pace.burst(policy.policy)
        assert most_in_a_minute(place.sinks[name].calls) <= limit
        assert place.state(name).down_since == 0
