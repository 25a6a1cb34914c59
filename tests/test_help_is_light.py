"""`--help` of every command, and shell completion of their names, load neither the compiler nor AWS's libraries.

Modules are counted, because time depends on the machine: an import of the compiler takes a third of a second.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.cli.main import COMMANDS
from tests.command import typed

# What a command names in its decorators is all that help has a use for.
COMPILER = (
    "aws.metrics",
    "blueprints",
    "checks",
    "drill",
    "evaluate",
    "model",
    "resolve",
    "scenarios",
    "spec",
    "truth",
)
LIBRARIES = ("awacs", "boto3", "botocore", "cfnlint", "moto", "numpy", "pydantic", "troposphere", "yaml")
# `obsgen filter` has the grammar of patterns in its options' names; parts_protocol is a name for `Inputs`.
ALLOWED = ("generator.evaluate.pattern", "generator.spec.parts_protocol")
MOST_MODULES = 60
BEFORE = """
import atexit, json, sys
before = set(sys.modules)
atexit.register(lambda: print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr))
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    done = typed(folder, *arguments, before=BEFORE)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def too_much(modules: set[str]) -> list[str]:
    heavy = tuple(f"generator.{name}" for name in COMPILER)
    ours = [name for name in modules if name.startswith(heavy) and not name.startswith(ALLOWED)]
    return sorted([*(name for name in ours if name.count(".") > 1), *modules.intersection(LIBRARIES)])


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_of_a_command_loads_no_compiler(command: str, tmp_path: Path) -> None:
    modules = loaded(tmp_path, command, "--help")
    assert too_much(modules) == []
    assert len([name for name in modules if name.startswith("generator.")]) <= MOST_MODULES


def test_the_compiler_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text("version: 1\n", encoding="utf-8")
    done = typed(tmp_path, "check", before=BEFORE)
    assert too_much(set(json.loads(done.stderr.splitlines()[-1])))
