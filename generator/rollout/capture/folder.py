"""The folder of a capture: each file is written beside its place and moved there whole, so that a file is complete.

What is not whole yet is in `.unfinished/`: pages of histories and batches of metric data, with which a run that was
ended goes on.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from threading import Lock
from typing import Any

from generator.capture.parts import CAPTURE, PARTS, PROBLEMS, Row, encode, line
from generator.capture.types import Problem
from generator.reading import MIB
from generator.rollout.capture.request import CaptureRequest
from generator.staged_files import staged_file

UNFINISHED = ".unfinished"
COPIED_AT_ONCE = MIB


class CaptureFolder:
    """path: of the capture. Raises OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: list[Problem] = []
        self._lock = Lock()

    def create(self) -> None:
        """Make the folder, which no other user can read: a capture is as confidential as the monitoring it is of."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def describe(self, request: CaptureRequest, *, complete: bool) -> None:
        """Write capture.json."""
        _write(self.path / CAPTURE, request.description(complete=complete))

    def file(self, account: str, region: str, part: str) -> Path:
        """The file of a part."""
        return self.path / account / region / PARTS[part].file

    def has(self, account: str, region: str, part: str) -> bool:
        """True if a part was read, even if batches of it are missing."""
        return self.file(account, region, part).exists()

    def is_whole(self, account: str, region: str, part: str) -> bool:
        """True if nothing of a part is missing."""
        return self.has(account, region, part) and not any(self._unfinished_of(account, region, part))

    def write(self, account: str, region: str, part: str, rows: Iterable[Row]) -> None:
        """Write a part."""
        _write(self.file(account, region, part), encode(PARTS[part], rows))

    def rows(self, account: str, region: str, part: str) -> Iterator[dict[str, Any]]:
        """The rows of a part that this run or the one before wrote."""
        yield from _json_rows(self.file(account, region, part))

    def count(self, account: str, region: str, part: str) -> int:
        """The number of rows of a part."""
        with self.file(account, region, part).open("rb") as file:
            return sum(piece.count(b"\n") for piece in iter(lambda: file.read(MIB), b""))

    def note(self, problem: Problem) -> None:
        """Keep a problem, at once: its part may be whole otherwise, and a run that continues does not read it again."""
        with self._lock:
            if problem not in self._problems:
                self._problems.append(problem)
                self._write_problems()

    def keep_problems(self, problems: Iterable[Problem]) -> None:
        """Keep the problems of the run before whose parts are not read again."""
        self._problems += [
            problem
            for problem in problems
            if problem.part in PARTS and self.is_whole(problem.account, problem.region, problem.part)
        ]
        self._write_problems()

    @property
    def problems(self) -> list[Problem]:
        """All problems so far, sorted."""
        return sorted(self._problems, key=astuple)

    def unfinished(self, account: str, region: str, name: str) -> Path:
        """Where something is kept until its part is whole."""
        return self.path / UNFINISHED / account / region / name

    def append(self, path: Path, rows: Iterable[Row]) -> None:
        """Add rows to an unfinished file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            # A run may have been ended within a line, which then has no end.
            if file.tell() and not _ends_whole(path):
                file.write(b"\n")
            file.write("".join(f"{line(row)}\n" for row in rows).encode("utf-8", "backslashreplace"))

    def unfinished_rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """The whole rows of an unfinished file; none where it does not exist."""
        if path.exists():
            yield from _json_rows(path)

    def write_unfinished(self, path: Path, rows: Iterable[Row]) -> None:
        """Write an unfinished file as a whole, so that its existence says that it is done."""
        text = "".join(f"{line(row)}\n" for row in rows)
        _write(path, text.encode("utf-8", "backslashreplace"))

    def join(self, account: str, region: str, part: str, files: Iterable[Path]) -> None:
        """Make a part of unfinished files, whose rows are in the part's order."""
        staged = staged_file(self.file(account, region, part), b"")
        with staged.open("wb") as whole:
            for file in files:
                with file.open("rb") as piece:
                    shutil.copyfileobj(piece, whole, COPIED_AT_ONCE)
            whole.flush()
            os.fsync(whole.fileno())
        staged.replace(self.file(account, region, part))

    def discard(self, account: str, region: str, part: str) -> None:
        """Remove what a part does not need any more: it is whole."""
        for path in self._unfinished_of(account, region, part):
            path.unlink()

    def forget(self, account: str, region: str, part: str) -> None:
        """Remove a part with all that is unfinished and all problems of it: it has to be read again."""
        self.file(account, region, part).unlink(missing_ok=True)
        self.discard(account, region, part)
        with self._lock:
            of_part = (account, region, part)
            self._problems = [p for p in self._problems if (p.account, p.region, p.part) != of_part]
            self._write_problems()

    def discard_all(self) -> None:
        """Remove everything unfinished: no part is missing."""
        shutil.rmtree(self.path / UNFINISHED, ignore_errors=True)

    def _unfinished_of(self, account: str, region: str, part: str) -> list[Path]:
        return list((self.path / UNFINISHED / account / region).glob(f"{part}-*.jsonl"))

    def _write_problems(self) -> None:
        text = "".join(f"{line(_problem_row(problem))}\n" for problem in self.problems)
        _write(self.path / PROBLEMS, text.encode("utf-8", "backslashreplace"))


def _problem_row(problem: Problem) -> Mapping[str, str]:
    names = ("account", "region", "part", "call", "code", "message")
    return dict(zip(names, astuple(problem), strict=True))


def _write(path: Path, text: bytes) -> None:
    staged_file(path, text).replace(path)


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for text in file:
            try:
                row = json.loads(text)
            except ValueError:
                continue
            if isinstance(row, dict) and row:
                yield row
