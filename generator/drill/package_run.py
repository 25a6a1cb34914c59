"""Code of a function's package in a process of its own: what is tested is what would be deployed.

Handlers and compiler do not know each other: a script of this folder, the runner, imports the package, and the two
processes exchange one line of JSON each way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Thousands of plays last seconds; a run that is longer than this has stopped.
LONGEST = 600


class PackageFailed(Exception):
    """The package's code could not be run; with the last line that it printed."""


def answer_of(runner: Path, package: Mapping[str, bytes], request: Any, function: str) -> Any:
    """The runner's answer to a request, both of them JSON values. Raises PackageFailed.

    package: the files, path to content; they are in the runner's working directory. function: its name in errors.
    """
    with tempfile.TemporaryDirectory(prefix="obsgen-test-") as folder:
        for path, content in package.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        try:
            done = subprocess.run(  # noqa: S603  # our own script, this very interpreter
                [sys.executable, "-P", str(runner)],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
                input=json.dumps(request) + "\n",
                capture_output=True,
                text=True,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PackageFailed(f"{function} did not end within {LONGEST} seconds") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise PackageFailed(f"{function}'s code ended with {done.returncode}: {last}")
    return json.loads(done.stdout)
