"""The `run` blocks of action.yml and ci/gitlab.yml, in a shell, as a runner of GitHub or GitLab runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.command import RUN
from tests.support import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
TEMPLATE: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}
# The linter takes a second, and its findings are those of `obsgen check`.
OBSGEN = f"""#!/usr/bin/env bash
PYTHONPATH={ROOT} exec {sys.executable} -c '{RUN}' "$@" --no-lint
"""
# Prints its arguments, one a line.
ECHO = """#!/usr/bin/env bash
printf '%s\\n' "$@" > "$ECHO_FILE"
"""


def install(path: Path, script: str) -> None:
    """A program at a path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


@dataclass(frozen=True)
class StepResult:
    """outputs: what the step wrote to GITHUB_OUTPUT."""

    code: int
    text: str
    outputs: dict[str, str]


def run_step(
    name: str,
    folder: Path,
    temp: Path,
    environment: Mapping[str, str],
    inputs: Mapping[str, str],
    *,
    source: Path = ROOT,
) -> StepResult:
    """A step of the action with `shell: bash`, which is `bash --noprofile --norc -eo pipefail {0}`.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#exit-codes-and-error-action-preference
    """
    step = STEPS[name]
    assert step["shell"] == "bash"
    values = {key: str(value.get("default", "")) for key, value in ACTION["inputs"].items()} | inputs
    evaluated = {key: _evaluated(str(text), values) for key, text in step.get("env", {}).items()}
    temp.mkdir(exist_ok=True)
    script, output = temp / "step.sh", temp / "output"
    script.write_text(step["run"], encoding="utf-8")
    output.write_text("", encoding="utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            **environment,
            **evaluated,
            "RUNNER_TEMP": str(temp),
            "GITHUB_ACTION_PATH": str(source),
            "GITHUB_OUTPUT": str(output),
        },
    )
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return StepResult(done.returncode, done.stdout + done.stderr, outputs)


def run_job(folder: Path, path: str, environment: Mapping[str, str], **variables: str) -> StepResult:
    """The script of the job that extends `.obsgen`, by the shell of GitLab's runner; `path` finds programs first."""
    job = TEMPLATE[".obsgen"]
    script = "\n".join(["set -eo pipefail", *job["script"]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **job["variables"], **environment, **variables, "PATH": f"{path}:{os.environ['PATH']}"},
    )
    return StepResult(done.returncode, done.stdout + done.stderr, {})


def _evaluated(text: str, inputs: Mapping[str, str]) -> str:
    """The expressions in a value of `env`."""
    known = {"github.token": "token-of-a-writer"}
    known |= {f"inputs.{name}": value for name, value in inputs.items()}
    for _ in range(2):  # the default of an input is one, too
        text = re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: known[match[1]], text)
    return text
