"""Decision service and channel workers over a table in memory, under a virtual clock; loaded by core_runner.

Everything is the function package's own code but what would leave it. The decision function, the wake-ups' queue, the
notifier and its schedule are here as what they do to that code: who runs when, and what is tried again.
"""

from __future__ import annotations

import json
import logging
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from random import Random
from typing import Any

from generator.drill.observed_table import ObservedTable
from generator.drill.vendor_models import MINUTE, ChannelModel, model
from generator.drill.virtual_time import VirtualTime

# As the handlers have them: app.py, notifier.py.
MOST_RECEIVES, BACKOFF_MS = 3, (20_000, 300_000)
DECISION_S, NOTIFIER_S, INLINE_S = 2.6, 58.0, 1.4
LONGEST_WAIT_S = 60
# The durations: of a decision, with so many invocations side by side, and of a wake-up.
DECIDING_S, SIDE_BY_SIDE, WAKE_UP_MS = 0.25, 40, 100
# For what is still owed at the end of the events.
LONGEST_MS = 30 * 24 * 60 * MINUTE


class Problems(logging.Handler):
    """The problems in the functions' logs: state changes that were not processed, and errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.reasons: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record of a problem."""
        if record.getMessage() == "rejected" or record.levelno >= logging.ERROR:
            more = record.__dict__.get("why") or str(record.__dict__.get("stack", "")).strip().rpartition("\n")[2]
            self.reasons.append(str(more or record.getMessage()))


class Simulation:
    """events: milliseconds and body, by time. end: what the events lead to later is not decided any more, only sent.

    takes_time: whether deciding, waking and calling take time, and vendors have their limits. outages: channel to the
    time during which it does not answer.
    """

    def __init__(
        self,
        routing: Any,
        events: Sequence[tuple[int, str]],
        end: int,
        *,
        takes_time: bool = False,
        outages: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        self.time = VirtualTime(min([end, *(at for at, _ in events)]))
        self.routing, self.end, self.takes_time = routing, end, takes_time
        self.failed: list[str] = []
        channels = {name: routing.channel(name) for name in routing.channels()}
        self.table = ObservedTable({name: channel.settings.get("priority") or {} for name, channel in channels.items()})
        self.models: dict[str, ChannelModel] = {
            name: model(channel, self.time, takes_time=takes_time, outage=(outages or {}).get(name))
            for name, channel in channels.items()
        }
        self._deadline = import_module("handlers.common.deadline").Deadline
        self._work = import_module("handlers.incident.delivery.worker").work
        self._service_module = import_module("handlers.incident.service")
        self._retry_later = import_module("handlers.incident.decision.retries").RetryLater
        self._ports = self._make_ports()
        self.service = self._make_service()
        wake = import_module("handlers.incident.delivery.wake")
        self.notifier = wake.Notifier(self._ports, self.service, self.table.due_alarms, self._wake)
        self._pending: set[str] = set()
        self._queue: deque[tuple[str, int]] = deque()
        self._deciding = 0
        self._ticked = 0
        for at, body in events:
            self._receive_at(at, body)

    def _make_ports(self) -> Any:
        meter = import_module("handlers.incident.meter").Meter
        return import_module("handlers.incident.delivery.ports").Ports(
            table=self.table,
            routing=self.routing,
            sink=lambda channel: self.models[channel.name],
            now=self.time.now,
            sleep=self.time.sleep,
            random=Random(7).random,  # noqa: S311  # the same jitter in each run
            # A comment with log lines costs a call, whatever they say.
            lines=lambda _key, _at, _deadline: ("a log line",) if self.takes_time else (),
            meter=meter(self.routing.environment, self.time.now, lambda _line: None),
            forget_secret=lambda _name: None,
            hide=lambda text: text,
        )

    def _make_service(self) -> Any:
        return self._service_module.Service(
            routing=self.routing,
            table=self.table,
            now=self.time.now,
            wake=self._wake,
            pause=self.time.sleep,
            random=self._ports.random,
            meter=self._ports.meter,
        )

    def run(self) -> dict[str, Any]:
        """Play it until nothing is owed any more; what came of it, as plain data."""
        problems = Problems()
        logger = logging.getLogger("handlers")
        logger.setLevel(logging.WARNING)
        logger.addHandler(problems)
        try:
            self.time.run(self._prepare)
        finally:
            logger.removeHandler(problems)
        messages = [asdict(message) for channel in self.models.values() for message in channel.messages]
        return {
            "incidents": [
                {**incident, "alarms": max(1, len(self.table.members(incident["incident"])))}
                for incident in self.table.opened
            ],
            "notifications": sorted(self.table.notifications, key=lambda sent: (sent["at"], sent["channel"])),
            "messages": sorted(messages, key=lambda sent: (sent["at"], sent["channel"])),
            "refused": {name: dict(channel.refused) for name, channel in self.models.items()},
            "unsent": self.table.unsent(),
            "given_up": self.table.given_up,
            "failed": [*self.failed, *problems.reasons],
        }

    def _prepare(self) -> bool:
        """Whether anything is to happen yet. The scheduled wake-up comes first where it would find anything."""
        tick, following = self._next_tick(), self.time.next_at()
        if tick is not None and (following is None or tick <= following):
            self.time.at(tick, self._tick)
            self._ticked = following = tick
        return following is not None and following <= self.end + LONGEST_MS

    def _next_tick(self) -> int | None:
        """The next full minute at which the scheduled wake-up would find anything."""
        due = [self.table.next_due(name) for name in self.models]
        if self.time.now() < self.end:
            due += [self.table.next_look_at(), self.table.next_review()]
        times = [at for at in due if at is not None]
        if not times:
            return None
        minute = math.ceil(max(min(times), self.time.now()) / MINUTE) * MINUTE
        return max(minute, self._ticked + MINUTE)

    def _tick(self) -> None:
        if self.time.now() <= self.end:
            self.notifier.tick(self._deadline.after(NOTIFIER_S, self.time.seconds))
        else:
            self._wake([name for name in self.models if self.table.anything_due(name, self.time.now())])

    # -- the decision function

    def _receive_at(self, at: int, body: str, receives: int = 1) -> None:
        self.time.at(at, lambda: self._receive(body, receives))

    def _receive(self, body: str, receives: int) -> None:
        self._queue.append((body, receives))
        while self._queue and (self._deciding < SIDE_BY_SIDE or not self.takes_time):
            self._deciding += 1
            try:
                self._decide(*self._queue.popleft())
            finally:
                self._deciding -= 1

    def _decide(self, body: str, receives: int) -> None:
        if self.takes_time:
            self.time.sleep(DECIDING_S)
        deadline = self._deadline.after(DECISION_S, self.time.seconds)
        try:
            decided = self.service.handle(body, deadline)
        except self._service_module.PoisonMessage as error:
            self.failed.append(str(error))
        except self._retry_later as error:
            if receives >= MOST_RECEIVES:
                self.failed.append(f"given up after {receives} receives: {error}")
            else:
                self._receive_at(self.time.now() + BACKOFF_MS[receives - 1], body, receives + 1)
        else:
            if receives == 1:
                self._inline(decided, deadline)

    def _inline(self, decided: Any, deadline: Any) -> None:
        """The pass over Jira's channels that the deciding function makes itself."""
        now = self.time.now()
        due = [delivery for delivery in decided.owed if delivery.not_before <= now]
        for name in dict.fromkeys(delivery.channel for delivery in due):
            if self.routing.channel(name).type == "jira" and deadline.left >= INLINE_S:
                fresh = [delivery for delivery in due if delivery.channel == name]
                self._work(name, self._ports, deadline, inline=True, fresh=fresh)

    # -- the notifier

    def _wake(self, channels: Sequence[str]) -> None:
        for name in channels:
            self._wake_at(self.time.now() + (WAKE_UP_MS if self.takes_time else 0), name)

    def _wake_at(self, at: int, name: str) -> None:
        """A wake-up that would come while another one waits finds nothing that the other does not."""
        if name not in self._pending:
            self._pending.add(name)
            self.time.at(at, self._serving(name))

    def _serving(self, name: str) -> Callable[[], None]:
        def serve() -> None:
            self._pending.discard(name)
            deadline = self._deadline.after(NOTIFIER_S, self.time.seconds)
            wait = self.notifier.handle(json.dumps({"wake": name}), deadline)
            if wait is not None:
                self._wake_at(self.time.now() + 1000 * min(LONGEST_WAIT_S, math.ceil(wait)), name)

        return serve
