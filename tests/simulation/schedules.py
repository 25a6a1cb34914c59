"""EventBridge: the bus that brings alarm events, and Scheduler with one-time and recurring schedules.

Both deliver at least once. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulation.aws_errors import failure
from tests.simulation.clients import Operation
from tests.simulation.queues import Queue
from tests.simulation.world import MINUTE, MS, SECOND, World

LATE = 10 * MINUTE
MISSING = 10 * MINUTE


class Bus:
    """The rule that sends alarm events to a queue."""

    def __init__(self, world: World, target: Queue) -> None:
        self.world, self.target = world, target

    def put(self, body: str, name: str) -> None:
        """An event, on its way to the queue."""
        times = 2 if self.world.fault("bus.duplicate", name) else 1
        for number in range(times):
            latency = self.world.between(50 * MS, 900 * MS, "bus", name, number)
            if self.world.fault("bus.late", name, number):
                latency += self.world.between(0, LATE, "bus-late", name, number)
            self.world.after(latency, lambda: self.target.send(body, name) and None)


class Scheduler:
    """One-time schedules by name, and what recurs."""

    def __init__(self, world: World, queues: dict[str, Queue]) -> None:
        self.world, self.queues = world, queues
        self.names: set[str] = set()

    def operations(self) -> dict[str, Operation]:
        """The client's."""
        return {"create_schedule": self._create, "delete_schedule": self._delete}

    def _create(self, Name: str, ScheduleExpression: str, Target: dict[str, Any], **_given: Any) -> dict[str, Any]:  # noqa: N803
        if Name in self.names:
            raise failure("scheduler", "CreateSchedule", "ConflictException", status=409)
        moment = datetime.strptime(ScheduleExpression, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
        queue = self.queues[Target["Arn"].rpartition(":")[2]]
        self.names.add(Name)

        def due() -> None:
            if Name in self.names:
                self.names.discard(Name)
                self._deliver(Name, lambda: queue.send(Target["Input"], Name) and None)

        self.world.at(round(moment.timestamp()) * SECOND, due)
        return {"ScheduleArn": f"arn:aws:scheduler:us-east-1:123456789012:schedule/default/{Name}"}

    def _delete(self, Name: str, **_given: Any) -> dict[str, Any]:  # noqa: N803
        if Name not in self.names:
            raise failure("scheduler", "DeleteSchedule", "ResourceNotFoundException", status=404)
        self.names.discard(Name)
        return {}

    def _deliver(self, name: str, send: Callable[[], None]) -> None:
        late = self.world.between(0, 5 * SECOND, "schedule", name)
        if self.world.fault("schedule.late", name):
            late += self.world.between(0, MINUTE, "schedule-late", name)
        self.world.after(late, send)
        if self.world.fault("schedule.twice", name):
            self.world.after(late + self.world.between(0, MINUTE, "schedule-twice", name), send)

    def every(self, interval: int, name: str, send: Callable[[], None]) -> None:
        """A recurring schedule; now and then it misses ten minutes."""
        number, missing_until = 0, 0

        def due() -> None:
            nonlocal number, missing_until
            number += 1
            if self.world.now >= missing_until:
                if self.world.fault("schedule.missing", name, number):
                    missing_until = self.world.now + MISSING
                else:
                    self._deliver(f"{name}-{number}", send)
            self.world.after(interval, due)

        self.world.after(interval, due)
