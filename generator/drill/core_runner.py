"""The incident function's own code through made-up time: a process with the function's package and nothing of ours.

Everything is the package's but what would leave it: channels write down what they are told, the table is kept in
memory, reminders and the queue's waits take no time, and the clock is that of the events. Standard input is one line of
JSON, `{"stories": [{"events": [[milliseconds, body]], "end": milliseconds}]}`; the answer is one line as well.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from heapq import heappop, heappush
from importlib import import_module
from typing import Any

MOST_RECEIVES = 3
BACKOFF = (20_000, 300_000)
SECONDS = 3.0


class Memory:
    """The function's table: what is written holds only if nobody wrote since it was read."""

    def __init__(self, held: Any, history: Any) -> None:
        self._held, self._nothing = held, held(history(), 0)
        self._items: dict[Any, Any] = {}

    def load(self, key: Any) -> Any:
        """What is remembered."""
        return self._items.get(key, self._nothing)

    def save(self, key: Any, held: Any, history: Any, _now: int) -> Any:
        """Write it; None where somebody else has."""
        if self.load(key).version != held.version:
            return None
        self._items[key] = self._held(history, held.version + 1)
        return self._items[key]


class Ear:
    """A channel that writes down what it is told. tickets: as the real one of its type says."""

    def __init__(self, channel: Any, story: Story) -> None:
        self.tickets = import_module(f"handlers.incident.sinks.{channel.type}").Sink.tickets
        self._channel, self._story = channel, story

    def tell(self, report: Any, ref: str | None, _deadline: Any, *, unsure: bool) -> str:  # noqa: ARG002
        """Write it down."""
        self._story.told.append(
            {
                "at": self._story.now,
                "account": report.account,
                "region": report.region,
                "alarm": report.alarm,
                "channel": self._channel.name,
                "step": str(report.step),
                "severity": report.severity,
                "priority": (self._channel.settings.get("priority") or {}).get(report.severity, ""),
            }
        )
        return ref or f"{self._channel.name}/{report.episode}"


class Story:
    """One story, from an empty table on."""

    def __init__(self, end: int) -> None:
        self.now, self.end = 0, end
        self.told: list[dict[str, Any]] = []
        self.failed: list[str] = []
        self.queue: list[tuple[int, int, str, int]] = []
        self._asked: set[str] = set()
        self._count = 0

    def send(self, at: int, body: str, receives: int = 0) -> None:
        """Put a message into the queue, to be seen at a time; what is equal stays in order."""
        self._count += 1
        heappush(self.queue, (at, self._count, body, receives))

    def look(self, key: Any, at: int) -> None:
        """The function asks for a reminder; asked for twice, it comes once."""
        body = {
            "source": "obsgen",
            "detail-type": "Look Again",
            "account": key.account,
            "region": key.region,
            "detail": {"alarm": key.alarm},
        }
        text = json.dumps(body)
        if f"{at}{text}" not in self._asked:
            self._asked.add(f"{at}{text}")
            self.send(max(at, self.now), text)

    def play(self, service: Any, deadline: Any, poison: Any, later: Any) -> None:
        """Hand over one message after the other, as the queue would."""
        while self.queue and self.queue[0][0] <= self.end:
            self.now, _, body, receives = heappop(self.queue)
            try:
                not_taken = service.handle(body, deadline.after(SECONDS))
            except poison as error:
                self.failed.append(str(error))
            except later as error:
                if receives + 1 >= MOST_RECEIVES:
                    self.failed.append(f"given up after {MOST_RECEIVES} receives: {error}")
                else:
                    wait = max(BACKOFF[receives], round((error.wait or 0) * 1000))
                    self.send(self.now + wait, body, receives + 1)
            else:
                self.failed += [not_taken.reason] if not_taken else []


def _service(story: Story) -> Any:
    routing = import_module("handlers.incident.routing").read_routing()
    store, history = import_module("handlers.incident.store"), import_module("handlers.incident.history")
    meter = import_module("handlers.incident.meter").Meter
    service = import_module("handlers.incident.service").Service(
        routing=routing,
        store=Memory(store.Held, history.History),
        tools=None,
        look=story.look,
        lines=lambda _key, _at, _deadline: (),
        now=lambda: story.now,
        meter=meter(routing.environment, lambda: story.now, lambda _line: None),
    )
    for name in routing.data["channels"]:
        service._sinks[name] = Ear(routing.channel(name), story)
    return service


def main() -> None:
    """Read, play, answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    module = import_module("handlers.incident.service")
    deadline = import_module("handlers.common.deadline").Deadline
    found = []
    for told in json.loads(sys.stdin.readline())["stories"]:
        story = Story(told["end"])
        for at, body in told["events"]:
            story.send(at, body)
        story.play(_service(story), deadline, module.Poison, module.TryLater)
        found.append({"told": sorted(story.told, key=lambda one: (one["at"], one["channel"])), "failed": story.failed})
    answers.write(json.dumps(found) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
