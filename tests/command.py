"""`obsgen` as tests call it: in this process, which is quicker, or as one types it, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from generator.cli.main import group
from tests.support import ROOT

RUN = "from generator.cli.main import main; main()"
Done = subprocess.CompletedProcess[str]


def obsgen(folder: Path, *arguments: str, **environment: str) -> Done:
    """The command in this process, in that folder, with nobody at the terminal."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(group, arguments, env=environment, prog_name="obsgen")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def typed(folder: Path, *arguments: str, before: str = "", **environment: str) -> Done:
    """The command as one types it. before: Python that its process runs first."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n{RUN}", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
