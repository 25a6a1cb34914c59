"""The state file of a run: what is going to be created, written before each call that creates it.

After a SIGKILL, `obsgen selftest --clean-up RUN` deletes what the file has. A line that was not written whole is the
last one, and what it announces was not created.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generator.rollout.selftest.kinds import KINDS
from generator.rollout.selftest.types import DIFFERS, EXPECTED, UNTRIED, ExperimentOutcome, SelftestResource

FORMAT = 1
MOST_STATE = 20 * 1024 * 1024


class UnreadableState(Exception):
    """A state file that another program wrote, or another run."""


@dataclass
class RunState:
    """account, region: of the run. resources: not deleted as far as is known. outcomes: of experiments that ended."""

    path: Path
    run: str
    account: str
    region: str
    started_ms: int
    resources: list[SelftestResource] = field(default_factory=list)
    outcomes: dict[str, ExperimentOutcome] = field(default_factory=dict)

    def begin(self) -> None:
        """Write the file. Raises OSError, FileExistsError where there is one."""
        header = {"format": FORMAT, "run": self.run, "account": self.account, "region": self.region}
        self._write({**header, "started_ms": self.started_ms}, new=True)

    def resume(self) -> None:
        """Cut off a line that was not written whole: the next one would be appended to it. Raises OSError."""
        with self.path.open("r+b") as file:
            content = file.read(MOST_STATE)
            file.truncate(content.rfind(b"\n") + 1)

    def will_create(self, resource: SelftestResource) -> None:
        """Note a resource before it is created."""
        self.resources.append(resource)
        self._write({"creating": asdict(resource)})

    def is_deleted(self, resource: SelftestResource) -> None:
        """Note that a resource is gone. Where the file cannot be written, it is deleted once more at the next run."""
        self.resources.remove(resource)
        with suppress(OSError):
            self._write({"deleted": asdict(resource)})

    def end(self, outcome: ExperimentOutcome) -> None:
        """Note the outcome of an experiment."""
        self.outcomes[outcome.experiment] = outcome
        self._write({"outcome": asdict(outcome)})

    def remove(self) -> None:
        """Delete the file, when nothing is left."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any], *, new: bool = False) -> None:
        with self.path.open("xb" if new else "ab") as file:
            file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_state(path: Path, content: bytes, run: str, prefix: str) -> RunState:
    """The state of a run. Raises UnreadableState, also for names without the prefix of the run."""
    lines = _lines(content)
    try:
        header = next(lines)
        state = RunState(path, header["run"], header["account"], header["region"], _time_ms(header["started_ms"]))
        if header["format"] != FORMAT or state.run != run:
            raise UnreadableState(f"{path} is the state of another run")
        for line in lines:
            _apply(state, line, prefix)
    except (StopIteration, KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
        raise UnreadableState(f"{path} is no state file of a selftest") from None
    return state


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    whole, _, _partial = content.rpartition(b"\n")
    for line in whole.split(b"\n"):
        yield json.loads(line)


def _apply(state: RunState, line: Mapping[str, Any], prefix: str) -> None:
    if "creating" in line or "deleted" in line:
        resource = SelftestResource(**line.get("creating", line.get("deleted")))
        if not all(isinstance(text, str) for text in (resource.experiment, resource.kind, resource.name)):
            raise ValueError
        if resource.kind not in KINDS or not resource.name.startswith(prefix):
            raise UnreadableState(f"{state.path} has a name that does not begin with {prefix}")
        if "creating" in line:
            state.resources.append(resource)
        elif resource in state.resources:
            state.resources.remove(resource)
    elif "outcome" in line:
        outcome = ExperimentOutcome(**{**line["outcome"], "errors": tuple(line["outcome"]["errors"])})
        if outcome.verdict not in (EXPECTED, DIFFERS, UNTRIED) or not isinstance(outcome.observations, dict):
            raise ValueError
        if not all(isinstance(text, str) for text in (outcome.experiment, *outcome.errors)):
            raise ValueError
        _time_ms(outcome.started_ms)
        _time_ms(outcome.ended_ms)
        state.outcomes[outcome.experiment] = outcome


def _time_ms(value: Any) -> int:
    """Milliseconds since 1970 up to the year 9999. Raises ValueError."""
    if not isinstance(value, int) or not 0 <= value < 253_402_300_800_000:
        raise ValueError
    return value
