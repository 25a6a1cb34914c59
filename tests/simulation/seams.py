"""The handlers' own copy of their modules, in which clock, randomness, environment and network are the world's.

The modules are imported a second time, with stand-ins for the few modules of the standard library through which code
meets the outside; so it does not matter how a handler imports them, and new handlers need no new seams. What real
modules of the same names other tests have imported stays as it is.
"""

from __future__ import annotations

import concurrent.futures
import datetime as real_datetime
import functools
import importlib
import json
import logging
import os
import pkgutil
import random
import sys
import threading
import time
import types
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.simulation.clients import enter, leave
from tests.simulation.threads import Lock, Pool, as_completed
from tests.simulation.world import EPOCH, SECOND, Killed, NotSimulated, Process, World

# What every log record has; the rest is what the handler adds.
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message"}


@dataclass(eq=False)
class Outside:
    """The world as the handlers' seams see it. logged: called with each line that a handler logs or prints."""

    world: World
    client: Callable[..., Any]
    http: Callable[[Any, str, str, float, dict[str, str], bytes | None], Any]
    logged: Callable[[str], None]


_outside: Outside | None = None


def outside() -> Outside:
    """The world that runs now."""
    assert _outside is not None, "handlers run only inside of a world"
    return _outside


def _process() -> Process:
    task = outside().world.current
    assert task is not None
    return task.process


def _wall() -> int:
    """Microseconds since 1970, by the clock of the environment that asks."""
    return outside().world.now + _process().skew


def _sleep(seconds: float) -> None:
    world = outside().world
    name = enter(world, "sleep")
    world.pause(round(seconds * SECOND))
    leave(world, name)


def _monotonic() -> float:
    return (outside().world.now - EPOCH + 1_000 * SECOND) / SECOND


def _dice() -> random.Random:
    """Random numbers that depend on the task and on how many calls it made, not on what others do."""
    task = outside().world.current
    assert task is not None
    task.calls += 1
    return random.Random(outside().world.between(0, 1 << 50, "dice", task.name, task.calls))


class _Datetime(real_datetime.datetime):
    @classmethod
    def now(cls, tz: real_datetime.tzinfo | None = None) -> _Datetime:
        return cls.fromtimestamp(_wall() / SECOND, tz)

    @classmethod
    def utcnow(cls) -> _Datetime:
        return cls.now(real_datetime.UTC).replace(tzinfo=None)


class _Environ(Mapping[str, str]):
    """The environment variables of the process that asks."""

    def __getitem__(self, name: str) -> str:
        return (_process().environ if _outside else {})[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_process().environ if _outside else {})

    def __len__(self) -> int:
        return len(_process().environ if _outside else {})


class _Output:
    """Standard output, whose lines go to the function's log."""

    def write(self, text: str) -> int:
        if _outside:
            outside().logged(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is buffered."""


def _cache(function: Callable[..., Any]) -> Callable[..., Any]:
    """functools.cache, with results kept by process."""

    @functools.wraps(function)
    def cached(*args: Any, **kwargs: Any) -> Any:
        results = _process().cached
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in results:
            results[key] = function(*args, **kwargs)
        return results[key]

    cached.cache_clear = lambda: None  # type: ignore[attr-defined]
    return cached


def _lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:  # noqa: FBT001, FBT002
    return _cache(maxsize) if callable(maxsize) else _cache


def _stand_in(real: types.ModuleType, **replaced: Any) -> types.ModuleType:
    module = types.ModuleType(real.__name__)
    module.__dict__.update({**vars(real), **replaced})
    return module


def _stand_ins() -> dict[str, types.ModuleType]:
    """Module name to what handlers get under it."""
    random_functions = ("random", "randint", "uniform", "randrange", "choice", "getrandbits", "shuffle", "sample")
    futures = _stand_in(
        concurrent.futures,
        ThreadPoolExecutor=lambda max_workers=None, **_more: Pool(outside().world, max_workers),
        as_completed=lambda futures, timeout=None: as_completed(outside().world, futures),
    )
    return {
        "time": _stand_in(
            time,
            time=lambda: _wall() / SECOND,
            time_ns=lambda: _wall() * 1_000,
            monotonic=_monotonic,
            monotonic_ns=lambda: round(_monotonic() * 1_000_000_000),
            perf_counter=_monotonic,
            sleep=_sleep,
        ),
        "datetime": _stand_in(real_datetime, datetime=_Datetime),
        "random": _stand_in(
            random,
            **{name: (lambda *a, name=name, **k: getattr(_dice(), name)(*a, **k)) for name in random_functions},
            Random=lambda seed=None: random.Random(seed) if seed is not None else _dice(),
            SystemRandom=lambda: _dice(),
        ),
        "uuid": _stand_in(uuid, uuid4=lambda: uuid.UUID(int=_dice().getrandbits(128), version=4)),
        "os": _stand_in(os, environ=_Environ(), getenv=lambda name, default=None: _Environ().get(name, default)),
        "sys": _stand_in(sys, stdout=_Output()),
        "functools": _stand_in(functools, cache=_cache, lru_cache=_lru_cache),
        "threading": _stand_in(threading, Lock=lambda: Lock(lambda: outside().world), Thread=_no_thread),
        "concurrent.futures": futures,
        "concurrent": _stand_in(concurrent, futures=futures),
    }


def _no_thread(*_args: Any, **_kwargs: Any) -> Any:
    raise NotSimulated("threading.Thread; ThreadPoolExecutor is simulated")


def _client(service: str, read_seconds: float = 0.8, attempts: int = 2, region: str | None = None) -> Any:  # noqa: ARG001
    """In place of handlers.common.aws.client, with the same defaults; there is one Region."""
    return outside().client(service, read_seconds, attempts)


def _http_call(module: types.ModuleType) -> Callable[..., Any]:
    """In place of Http.call: the same arguments, the same results."""

    def call(
        self: Any,
        method: str,
        url: str,
        deadline: Any,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        data: Any = None,
        private: bool = False,
    ) -> Any:
        if not private and not url.lower().startswith("https://"):
            raise module.NoAnswer("the address is not https", sent=False)
        given = dict(headers or {})
        if data is not None:
            body = json.dumps(data).encode()
            given.setdefault("Content-Type", "application/json")
        limit = max(module.SHORTEST_SECONDS, deadline.left)
        status, names, content = outside().http(module.NoAnswer, method, url, limit, given, body)
        return module.Answer(status, names, content)

    return call


class _LogHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if _outside is None:
            return
        extra = {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
        outside().logged(f"{record.levelname} {record.name} {record.getMessage()} {extra}")


class Code:
    """The handlers' modules, imported for simulation; once for a process of Python."""

    def __init__(self) -> None:
        import botocore.exceptions
        import botocore.session  # noqa: F401  whatever handlers load later has to be there before the stand-ins
        import urllib3  # noqa: F401

        import handlers

        names = [found.name for found in pkgutil.walk_packages(handlers.__path__, "handlers.")]
        names = [name for name in names if not name.startswith(("handlers.canary", "handlers.sample"))]
        for name in names:
            importlib.import_module(name)
        real = {name: module for name, module in sys.modules.items() if _is_handler(name)}
        stand_ins = _stand_ins()
        kept = {name: sys.modules[name] for name in stand_ins if name in sys.modules}
        for name in real:
            del sys.modules[name]
        sys.modules.update({name: module for name, module in stand_ins.items() if name != "sys"})
        # `import sys` is not looked up like the others when sys itself is replaced there, but it is found there.
        sys.modules["sys"] = stand_ins["sys"]
        try:
            importlib.import_module("handlers.common.aws").client = _client  # type: ignore[attr-defined]
            http = importlib.import_module("handlers.common.http")
            http.Http.__init__ = lambda self, *_a, **_k: None
            http.Http.call = _http_call(http)
            for name in names:
                importlib.import_module(name)
            self.modules = {name: module for name, module in sys.modules.items() if _is_handler(name)}
        finally:
            for name in [name for name in sys.modules if _is_handler(name)]:
                del sys.modules[name]
            sys.modules.update(kept)
            sys.modules.update(real)

    def __getitem__(self, name: str) -> Any:
        """A module by its full name."""
        return self.modules[name]

    def replace(self, original: Any, replacement: Any) -> None:
        """Put something else in for a function, wherever modules have imported it."""
        for module in self.modules.values():
            for name, value in list(vars(module).items()):
                if value is original:
                    setattr(module, name, replacement)

    @contextmanager
    def running(self, place: Outside) -> Iterator[None]:
        """A world in which the handlers run; afterwards everything is as before."""
        global _outside
        kept = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_handler(name)}
        logger = logging.getLogger("handlers")
        handler, propagates, level, disabled = (
            _LogHandler(),
            logger.propagate,
            logger.level,
            logging.root.manager.disable,
        )
        sys.modules.update(self.modules)
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logging.disable(logging.NOTSET)
        _outside = place
        try:
            yield
        finally:
            _outside = None
            logger.removeHandler(handler)
            logger.propagate, logging.root.manager.disable = propagates, disabled
            logger.setLevel(level)
            for name in self.modules:
                sys.modules.pop(name, None)
            sys.modules.update(kept)


def _is_handler(name: str) -> bool:
    return name == "handlers" or name.startswith("handlers.")


@functools.cache
def code() -> Code:
    """The one copy that there is."""
    return Code()


__all__ = ["Code", "Killed", "Outside", "code", "outside"]
