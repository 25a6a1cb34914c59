"""`obsgen test --watch` in a process of its own, with a terminal: it plays again when a file is edited."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import ROOT, spec

TESTS = """\
version: 1
tests:
  - name: six errors are an alarm
    given:
      - account: alpha
        log_group: application
        lines: [{at: 0m, text: fine, every: 1m, times: 6}, {at: 1m, text: "[ERROR] no", times: 6}]
    expect: [{at: 2m, alarm: errors, account: alpha, state: ALARM}]
"""
PATIENCE = 120
# Where the tests themselves run in the background, SIGINT is ignored, and a process inherits that.
START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from generator.cli.main import main; main()"
)


@dataclass
class Watching:
    """The process, and what it has written that nobody has read yet."""

    process: subprocess.Popen[bytes]
    terminal: int
    text: str = ""

    def until(self, said: str) -> str:
        """Everything up to and with a text; fails where it does not come."""
        end = time.monotonic() + PATIENCE
        while said not in self.text:
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{said!r} did not come, but {self.text!r}"
            self.text += os.read(self.terminal, 65_536).decode("utf-8", "replace")
        before, _, self.text = self.text.partition(said)
        return before + said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec("alarms: {errors: {severity: high}}"), encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(TESTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def watching(folder: Path) -> Iterator[Watching]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", START, "test", "--watch"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONUTF8": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    yield Watching(process, ours)
    if process.poll() is None:
        process.kill()
    process.wait()
    os.close(ours)


def edited(path: Path, before: str, after: str) -> None:
    """As editors do: a new file takes the place of the old one."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    fresh = path.with_suffix(".new")
    fresh.write_text(text.replace(before, after), encoding="utf-8")
    fresh.replace(path)


def test_it_plays_again_whatever_is_edited_and_goes_when_told(watching: Watching, folder: Path) -> None:
    tests, alarms = folder / "tests.yaml", folder / "observability.yaml"
    watching.until("1 passed")
    edited(alarms, "> 5", "> 9")
    watching.until("0 passed, 1 failed")
    edited(alarms, "> 9", "> > 9")
    watching.until("no output: fix the errors first")
    edited(alarms, "> > 9", "> 5")
    watching.until("1 passed")
    edited(tests, "at: 2m", "at: soon")
    watching.until("no test ran")
    tests.unlink()
    watching.until("file not found")
    tests.write_text(TESTS.replace("times: 6}]", "times: 5}]"), encoding="utf-8")
    watching.until("0 passed, 1 failed")
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(PATIENCE) == 0


def test_a_template_beside_the_tests_is_watched_as_well(watching: Watching, folder: Path) -> None:
    watching.until("1 passed")
    (folder / "stack.yaml").write_text(
        "Resources:\n  Depth:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {Namespace: Shop, MetricName: Depth, "
        "Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 5, ComparisonOperator: GreaterThanThreshold}\n",
        encoding="utf-8",
    )
    (folder / "tests.yaml").write_text(
        "version: 1\ntests:\n  - name: deep\n    template: stack.yaml\n"
        "    given: [{metric: {namespace: Shop, name: Depth}, series: 7}]\n"
        "    expect: [{at: 1m, alarm: Depth, state: ALARM}]\n",
        encoding="utf-8",
    )
    watching.until("1 passed")
    edited(folder / "stack.yaml", "Threshold: 5", "Threshold: 8")
    watching.until("0 passed, 1 failed")
