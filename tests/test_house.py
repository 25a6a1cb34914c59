"""How the house is kept: light imports, contracts, a core without hands, files of a size to be read."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support import ROOT

HEAVY = {"boto3", "botocore", "troposphere", "awacs", "cfnlint", "pydantic", "yaml"}
# Three quotes at the very beginning, and something behind them.
DOCSTRING = re.compile(r'r?"""\s*[^\s"]')
MOST_LINES = 320


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom generator.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    assert not HEAVY & set(run(code).rpartition("LOADED")[2].split())


def test_building_without_the_linter_loads_neither_it_nor_boto3() -> None:
    code = (
        "import sys\nfrom tests.support import built, spec\nassert built(spec()).artifacts\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    assert not {"cfnlint", "boto3", "botocore"} & set(run(code).rpartition("LOADED")[2].split())


def test_a_rebuild_with_nothing_changed_does_not_load_the_linter() -> None:
    code = (
        "import sys\nfrom tests.support import built, spec\nbuilt(spec(), lint=True)\n"
        "for name in [n for n in sys.modules if n.startswith('cfnlint')]: del sys.modules[name]\n"
        "assert built(spec(), lint=True).artifacts\n"
        "print('LOADED', *[n for n in sys.modules if n.startswith('cfnlint')])"
    )
    assert run(code).rpartition("LOADED")[2].split() == []


def test_the_core_touches_no_file_and_no_network() -> None:
    code = (
        "import sys\nfrom tests.support import spec, TODAY\nfrom generator.build import Inputs, build\n"
        "from generator.workspace import handler_files\n"
        "inputs = Inputs(spec().encode(), 'x', handler_files(), TODAY, lint=False)\nbuild(inputs)\nseen = []\n"
        "def watch(event, arguments):\n"
        "    outside = ('socket.', 'subprocess.', 'os.')\n"
        "    if event == 'open' or event.startswith(outside): seen.append((event, arguments))\n"
        "sys.addaudithook(watch)\nassert build(inputs).artifacts\nprint('SEEN', seen)"
    )
    assert run(code).rpartition("SEEN")[2].strip() == "[]"


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_file_says_what_it_is_for() -> None:
    # Parsing all of them would take seconds.
    assert [name for name, text in sources().items() if text and not DOCSTRING.match(text)] == []


def test_every_file_can_be_read() -> None:
    assert {name: count for name, text in sources().items() if (count := text.count("\n")) > MOST_LINES} == {}


def test_every_file_names_its_loader_of_yaml() -> None:
    """Tests put a quicker one into the place of PyYAML's: what users have would be another one than what is tested."""
    assert [name for name, text in sources().items() if "yaml.safe_load(" in text] == []


@cache
def sources() -> dict[str, str]:
    """The text of each file of the product, by its path."""
    paths = sorted([*(ROOT / "generator").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")])
    assert len(paths) > 1_000
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
