"""A function in a process of its own, warm as an execution environment of Lambda."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

RUNNER = Path(__file__).with_name("runner.py")
# Loading the function takes a second or two; more on a machine that is busy.
START_SECONDS = 60.0
# To read from the queue, and for Lambda to end a function that times out.
SPARE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Invocation:
    """One receive and the invocation with its message.

    received, ended: seconds since 1970, 0 where there was no message. problem: the exception that it raised. body: of
    the message. refusals: channel and reason of each delivery that was not accepted.
    """

    received: float
    ended: float
    failed: bool
    problem: str = ""
    body: str = ""
    refusals: tuple[tuple[str, str], ...] = ()


class LocalFunction:
    """A function of the template. properties: of its resource, resolved. folder: has the package, receives the log.

    The process starts on entering; `await_ready` waits until the function is loaded, so that several load in parallel.
    """

    def __init__(self, properties: Mapping[str, Any], folder: Path, settings: Mapping[str, str]) -> None:
        self._seconds = float(properties.get("Timeout", 3))
        self._package, self._log = folder / "package", folder / "function.log"
        self._environment = {
            **os.environ,
            **settings,
            "_HANDLER": str(properties["Handler"]),
            "AWS_LAMBDA_FUNCTION_NAME": str(properties["FunctionName"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties.get("MemorySize", 128)),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "DRILL_SECONDS": str(self._seconds),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self._package),
        }
        self._answers: queue.Queue[str] = queue.Queue()
        self._ready = False

    def __enter__(self) -> LocalFunction:
        with self._log.open("wb") as log:
            # A session of its own, so that only the drill receives Ctrl-C, and ends the function then.
            self._process = subprocess.Popen(  # noqa: S603  # our own script, this very interpreter
                [sys.executable, "-P", str(RUNNER)],
                cwd=self._package,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        try:
            threading.Thread(target=self._listen, daemon=True).start()
        except BaseException:
            self._end()
            raise
        return self

    def await_ready(self) -> None:
        """Wait until the function is loaded, or its process has ended."""
        self._ready = bool(self._answer(START_SECONDS).get("ready"))

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def invoke(self) -> Invocation:
        """Receive once from the queue, and invoke the function with the message."""
        if not self._ready or self._process.poll() is not None or not self._process.stdin:
            return Invocation(0, 0, failed=True, problem="the function's process ended")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._answer(self._seconds + SPARE_SECONDS)
        if not answer.get("received"):
            problem = "no message in the queue" if "received" in answer else "timeout"
            return Invocation(0, 0, failed=True, problem=problem)
        refusals = tuple((refusal["channel"], refusal["why"]) for refusal in answer["refusals"])
        return Invocation(
            answer["received"], answer["ended"], answer["failed"], answer["problem"], answer["body"], refusals
        )

    def log_lines(self) -> list[str]:
        """Its log: warnings and everything else on the standard error, without its metrics."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if line.strip() and '"CloudWatchMetrics"' not in line and '"INFO"' not in line]

    def _listen(self) -> None:
        with contextlib.suppress(ValueError):  # closed while it is read
            for line in self._process.stdout or ():
                self._answers.put(line)
        self._answers.put("{}")

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(self._answers.get(timeout=seconds))
        except (queue.Empty, ValueError):
            return {}
        return answer
