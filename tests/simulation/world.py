"""Virtual time, tasks as greenlets, and random decisions that a seed determines.

There is one list of events, ordered by (time, sequence). A task runs until it waits; what it waits for is an event.
Times are microseconds; the wall clock of the simulated world begins at EPOCH.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from greenlet import getcurrent, greenlet

MS = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
# 2026-09-21T14:13:20Z
EPOCH = 1_790_000_000 * SECOND


class Killed(BaseException):
    """The process was killed. No handler catches it, for no process survives SIGKILL."""


class NotSimulated(BaseException):
    """The simulation cannot do what it was asked, or has a mistake. No handler may take it for a failure of AWS."""


class Task:
    """One thread of a process. name: the same in every run of a seed; calls: how many seam calls it made."""

    __slots__ = ("calls", "done", "error", "greenlet", "name", "on_done", "process", "value", "world")

    def __init__(self, world: World, process: Process, name: str, body: Callable[[], Any]) -> None:
        self.world, self.process, self.name = world, process, name
        self.calls = 0
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.on_done: list[Callable[[Task], None]] = []
        self.greenlet = greenlet(lambda: self._run(body), world.hub)

    def resume(self) -> None:
        """Go on from where it waited; an event of the world."""
        if self.done:
            return
        self.world.current = self
        if self.process.dead and self.greenlet:
            self.greenlet.throw(Killed)
        else:
            self.greenlet.switch()
        self.world.current = None

    def _run(self, body: Callable[[], Any]) -> None:
        try:
            if not self.process.dead:
                self.value = body()
        except Killed:
            self.error = None
        except NotSimulated as error:
            self.world.broken = error
        except Exception as error:
            self.error = error
        self.done = True
        for action in self.on_done:
            self.world.at(self.world.now, lambda action=action: action(self))  # type: ignore[misc]


@dataclass(eq=False)
class Process:
    """What is killed as a whole: an execution environment with its memory.

    cached: results of functions under functools.cache. environ: environment variables. skew: microseconds that its
    clock is ahead. code: what its deployment package holds. depth: how many messages led to its invocation.
    """

    world: World
    name: str
    environ: dict[str, str]
    code: Any = None
    skew: int = 0
    dead: bool = False
    depth: int = 0
    cached: dict[Any, Any] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)

    def spawn(self, name: str, body: Callable[[], Any]) -> Task:
        """A task that starts at once."""
        task = Task(self.world, self, name, body)
        self.tasks = [other for other in self.tasks if not other.done]
        self.tasks.append(task)
        self.world.at(self.world.now, task.resume)
        return task

    def kill(self) -> None:
        """End every task of it where it stands."""
        if not self.dead:
            self.dead = True
            for task in self.tasks:
                self.world.at(self.world.now, task.resume)


@dataclass(eq=False)
class World:
    """faults: fault point to its rate, of those that are on. only: if not None, exactly these occurrences happen.

    calm: nothing fails any more. fired: every occurrence that happened, and in which order.
    """

    seed: int
    faults: dict[str, float] = field(default_factory=dict)
    only: frozenset[str] | None = None
    now: int = EPOCH
    calm: bool = False
    log: list[str] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    current: Task | None = None
    broken: NotSimulated | None = None
    limit: int = 0
    _events: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _sequence: int = 0
    _salted: blake2b = field(default_factory=blake2b)
    hub: Any = None

    def __post_init__(self) -> None:
        self.hub = getcurrent()
        self._salted = blake2b(digest_size=7, key=str(self.seed).encode())

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Do it then."""
        self._sequence += 1
        heapq.heappush(self._events, (max(when, self.now), self._sequence, action))

    def after(self, microseconds: int, action: Callable[[], None]) -> None:
        """Do it so much later."""
        self.at(self.now + microseconds, action)

    def run(self, until: int) -> None:
        """Let everything happen that happens up to a time."""
        self.limit = until
        events = self._events
        while events and events[0][0] <= until:
            self.now, _, action = heapq.heappop(events)
            action()
            if self.broken:
                raise RuntimeError("the simulation is broken") from self.broken
        self.now = until

    def pause(self, microseconds: int) -> None:
        """Let the current task wait; others run meanwhile."""
        task = self.current
        assert task is not None, "only tasks can wait"
        when = self.now + microseconds
        if when <= self.limit and not task.process.dead and (not self._events or self._events[0][0] > when):
            # Nothing else happens before: the clock moves, and no switch is needed.
            self.now = when
            return
        self.at(when, task.resume)
        self.hub.switch()

    def wait(self, tasks: Iterable[Task]) -> None:
        """Let the current task wait until one of these is done."""
        current = self.current
        assert current is not None, "only tasks can wait"
        waiting = list(tasks)
        if current.process.dead:
            raise Killed
        if any(task.done for task in waiting):
            return
        once: list[bool] = []

        def wake(_task: Task) -> None:
            if not once:
                once.append(True)
                current.resume()

        for task in waiting:
            task.on_done.append(wake)
        self.hub.switch()

    def unit(self, *key: object) -> float:
        """A number from 0 up to 1 that depends on seed and key alone: what else happens does not change it."""
        return self._drawn("/".join(map(str, key)))

    def _drawn(self, name: str) -> float:
        # A copy of a hash that has read its key: to make one takes as long as all the rest.
        drawn = self._salted.copy()
        drawn.update(name.encode())
        return int.from_bytes(drawn.digest(), "big") / (1 << 56)

    def between(self, low: int, high: int, *key: object) -> int:
        """A whole number in [low, high)."""
        return low + int(self.unit(*key) * (high - low))

    def fault(self, point: str, *key: object) -> bool:
        """Whether a fault happens here."""
        rate = self.faults.get(point)
        if not rate or self.calm:
            return False
        name = "/".join((point, *map(str, key)))
        happens = name in self.only if self.only is not None else self._drawn(name) < rate
        if happens:
            self.fired.append(name)
            self.reached[point] += 1
            self.note("fault", name)
        return happens

    def note(self, *words: object) -> None:
        """A line of the log."""
        self.log.append(f"{(self.now - EPOCH) / SECOND:.6f} {' '.join(map(str, words))}")
