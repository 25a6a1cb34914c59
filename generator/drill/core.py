"""What the incident function would tell whom, through time that passes at once; the function is its own package.

A process of its own, because what is tested is what would be deployed, and because handlers and compiler do not know
each other. See core_runner for what is put in the place of the world.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNNER = Path(__file__).with_name("core_runner.py")
# Thousands of stories take seconds; what takes longer than this has stopped.
LONGEST = 600


class CoreFailed(Exception):
    """The function's code could not be run; with the last line that it said."""


@dataclass(frozen=True, slots=True)
class Told:
    """One channel was told something of one alarm. at: milliseconds since 1970. priority: of the Jira issue.

    step: open, repeat, resolve or notice, as the function has them.
    """

    at: int
    account: str
    region: str
    alarm: str
    channel: str
    step: str
    severity: str
    priority: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one story. failed: messages that ended among the dead letters, by their reason."""

    told: tuple[Told, ...]
    failed: tuple[str, ...]


def heard(package: Mapping[str, bytes], stories: Sequence[tuple[Sequence[tuple[int, str]], int]]) -> list[Heard]:
    """What comes of each story: its events (milliseconds and body, by time), and its end in milliseconds.

    package: the function's files, path to content. Raises CoreFailed.
    """
    asked = {"stories": [{"events": list(events), "end": end} for events, end in stories]}
    with tempfile.TemporaryDirectory(prefix="obsgen-test-") as folder:
        for path, content in package.items():
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        try:
            done = subprocess.run(  # noqa: S603  # our own script, this very interpreter
                [sys.executable, "-P", str(RUNNER)],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
                input=json.dumps(asked) + "\n",
                capture_output=True,
                text=True,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CoreFailed(f"the incident function did not end within {LONGEST} seconds") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise CoreFailed(f"the incident function's code ended with {done.returncode}: {said[-1]}")
    answers = json.loads(done.stdout)
    return [Heard(tuple(Told(**one) for one in each["told"]), tuple(each["failed"])) for each in answers]
