"""The function in a process of its own, as Lambda keeps one warm."""

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
# Reading from the queue, and Lambda's own end of a function that does not end.
SPARE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One receive. received, ended: seconds since 1970, 0 where nothing came. problem: an exception that came out.

    body: of the message. refusals: what channels did not take, and why.
    """

    received: float
    ended: float
    failed: bool
    problem: str = ""
    body: str = ""
    refusals: tuple[tuple[str, str], ...] = ()


class Function:
    """about: the properties of its resource in the template, resolved. folder: has the package, gets the log.

    Started on entering; `await_ready` waits until it is loaded, so that several are loaded side by side.
    """

    def __init__(self, about: Mapping[str, Any], folder: Path, settings: Mapping[str, str]) -> None:
        self._seconds = float(about.get("Timeout", 3))
        self._package, self._log = folder / "package", folder / "function.log"
        self._environment = {
            **os.environ,
            **settings,
            "_HANDLER": str(about["Handler"]),
            "AWS_LAMBDA_FUNCTION_NAME": str(about["FunctionName"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(about.get("MemorySize", 128)),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "DRILL_SECONDS": str(self._seconds),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self._package),
        }
        self._answers: queue.Queue[str] = queue.Queue()
        self._ready = False

    def __enter__(self) -> Function:
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C is for the drill, which then ends the function.
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
        """Wait until the function is loaded, or could not be."""
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

    def turn(self) -> Turn:
        """Let it receive once and do its work."""
        if not self._ready or self._process.poll() is not None or not self._process.stdin:
            return Turn(0, 0, failed=True, problem="the function's process ended")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._answer(self._seconds + SPARE_SECONDS)
        if not answer.get("received"):
            problem = "nothing came out of the queue" if "received" in answer else "it did not end in time"
            return Turn(0, 0, failed=True, problem=problem)
        refusals = tuple((one["channel"], one["why"]) for one in answer["refusals"])
        return Turn(answer["received"], answer["ended"], answer["failed"], answer["problem"], answer["body"], refusals)

    def said(self) -> list[str]:
        """Its log: warnings and what else went to the standard error, without its metrics."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if line.strip() and '"CloudWatchMetrics"' not in line and '"INFO"' not in line]

    def _listen(self) -> None:
        with contextlib.suppress(ValueError):  # closed while it is read
            for line in self._process.stdout or ():
                self._answers.put(line)
        self._answers.put("{}")

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._answers.get(timeout=seconds))
        except (queue.Empty, ValueError):
            return {}
        return found
