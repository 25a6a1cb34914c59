"""A virtual clock: code that sleeps runs through days at once, and in a certain order.

Each task is a thread, and only one of them runs at a time: the one whose time has come first. So the code of the
functions can be played as it is, with several workers between each other's steps, and every run is the same.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from heapq import heappop, heappush


class _Task:
    """A thread that runs one function after the other, each when it is let go on."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        # A lock that another thread releases: a semaphore is Python's own, and is far slower.
        self._go = threading.Lock()
        self._go.acquire()
        self.function: Callable[[], object] | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def go_on(self) -> None:
        self._go.release()

    def wait(self) -> None:
        self._go.acquire()

    def _run(self) -> None:
        while True:
            self.wait()
            self._time.serve(self)


class VirtualTime:
    """start: milliseconds since 1970.

    A thread that sleeps or has done its work finds out itself what is next: to wake another thread costs more than most
    functions do, and is needed only where that other one sleeps, or this one does.
    """

    def __init__(self, start: int) -> None:
        self.ms = start
        self._failure: BaseException | None = None
        self._due: list[tuple[int, int, _Task | Callable[[], object]]] = []
        self._count = 0
        self._prepare: Callable[[], bool] = lambda: bool(self._due)
        self._over = threading.Lock()
        self._over.acquire()
        self._running: _Task | None = None
        self._free: list[_Task] = []

    def now(self) -> int:
        """The time in milliseconds since 1970."""
        return self.ms

    def seconds(self) -> float:
        """The same as a monotonic clock has it."""
        return self.ms / 1000

    def at(self, ms: int, function: Callable[[], object]) -> None:
        """Run a function then; what is due at the same time is run in this order."""
        self._push(max(ms, self.ms), function)

    def sleep(self, seconds: float) -> None:
        """Let others run until then; only from within a function that is run here."""
        task = self._running
        if task is None or seconds <= 0:
            return
        self._push(self.ms + max(1, math.ceil(round(1000 * seconds, 3))), task)
        following = self._take()
        if following is not task:
            self._hand_over(following)
            task.wait()

    def next_at(self) -> int | None:
        """When the next thing happens."""
        return self._due[0][0] if self._due else None

    def run(self, prepare: Callable[[], bool]) -> None:
        """Let one thing happen after the other. Raises what one of them raised.

        prepare: called before each of them; it may add to them, and ends the run where it is False.
        """
        self._prepare = prepare
        self._hand_over(self._take())
        self._over.acquire()
        if self._failure:
            raise self._failure

    def serve(self, task: _Task) -> None:
        """Run the function of a task, and others for as long as none of them is another thread's."""
        what: _Task | Callable[[], object] | None = task.function
        while what is not None and not isinstance(what, _Task):
            self._running = task
            try:
                what()
            except BaseException as error:
                self._failure = error
            what = self._take()
        self._free.append(task)
        self._hand_over(what)

    def _take(self) -> _Task | Callable[[], object] | None:
        """What is next, at whose time it is now; None where nothing is."""
        try:
            if self._failure is None and self._prepare():
                self.ms, _, what = heappop(self._due)
                return what
        except BaseException as error:
            self._failure = error
        return None

    def _hand_over(self, what: _Task | Callable[[], object] | None) -> None:
        """Let another thread go on."""
        if what is None:
            self._running = None
            self._over.release()
            return
        if isinstance(what, _Task):
            task = what
        else:
            task = self._free.pop() if self._free else _Task(self)
            task.function = what
        self._running = task
        task.go_on()

    def _push(self, ms: int, what: _Task | Callable[[], object]) -> None:
        self._count += 1
        heappush(self._due, (ms, self._count, what))
