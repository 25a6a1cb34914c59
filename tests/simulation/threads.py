"""`concurrent.futures` for simulated processes: a thread is a task of the process that began it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.simulation.world import MS, Killed, NotSimulated, Task, World


class Future:
    """The part of concurrent.futures.Future that can be had without a lock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.task: Task | None = None

    def done(self) -> bool:
        """Whether it ran to its end."""
        return self.task is not None and self.task.done

    def result(self, timeout: float | None = None) -> Any:
        """What it returned; raises what it raised."""
        if timeout is not None:
            raise NotSimulated("a time limit for a result")
        assert self.task is not None
        self.world.wait([self.task])
        if self.task.error:
            raise self.task.error
        return self.task.value

    def exception(self) -> BaseException | None:
        """What it raised."""
        assert self.task is not None
        self.world.wait([self.task])
        return self.task.error


class Pool:
    """ThreadPoolExecutor: a task for each call, of which at most max_workers run."""

    def __init__(self, world: World, max_workers: int | None = None) -> None:
        self.world, self.max_workers = world, max_workers
        self.futures: list[Future] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None and issubclass(kind, Killed):
            return
        self.shutdown()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Begin it."""
        parent = self.world.current
        assert parent is not None
        future = Future(self.world)
        name = f"{parent.name}.{len(self.futures)}"
        earlier = list(self.futures)

        def body() -> Any:
            self._wait_for_worker(earlier)
            return function(*args, **kwargs)

        future.task = parent.process.spawn(name, body)
        self.futures.append(future)
        return future

    def _wait_for_worker(self, earlier: list[Future]) -> None:
        while self.max_workers is not None:
            running = [future.task for future in earlier if future.task and not future.task.done]
            if len(running) < self.max_workers:
                return
            self.world.wait(running)

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterator[Any]:
        """The results in order."""
        futures = [self.submit(function, *args) for args in zip(*iterables, strict=False)]
        return (future.result() for future in futures)

    def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002
        """Wait for all."""
        for future in self.futures if wait else ():
            assert future.task is not None
            self.world.wait([future.task])


class Lock:
    """threading.Lock: whoever finds it taken waits, and others run meanwhile."""

    def __init__(self, world: Callable[[], World]) -> None:
        self._world, self._taken = world, False

    def acquire(self) -> bool:
        """Wait for it and take it."""
        while self._taken:
            self._world().pause(MS)
        self._taken = True
        return True

    def release(self) -> None:
        """Let others have it."""
        self._taken = False

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


def as_completed(world: World, futures: Iterable[Future]) -> Iterator[Future]:
    """The futures, each when it is done."""
    rest = list(futures)
    while rest:
        world.wait([future.task for future in rest if future.task])
        for future in [future for future in rest if future.done()]:
            rest.remove(future)
            yield future
