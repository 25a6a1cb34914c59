"""What the Makefile promises, with a Python that only writes down what it is asked: quiet, once, and after changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")

LOCKS = ("requirements/build.txt", "requirements/test.txt")
SOURCES = (*LOCKS, "setup.cfg", "pyproject.toml")
INSTALLER = """#!/bin/sh
echo "$@" >> calls
echo "a lot that an installer says about $*"
case "$*" in *"$REFUSED"*) echo "ERROR: it cannot" >&2; exit 7;; esac
"""
PYTHON = """#!/bin/sh
echo "$@" >> calls
case "$1" in -c) exec "$REAL" "$@";; esac
echo "a lot that venv says"
mkdir -p "$4/bin"
cp installer "$4/bin/python"
printf '#!/bin/sh\\necho built\\n' > "$4/bin/obsgen"
chmod +x "$4/bin/obsgen"
"""


class Checkout:
    """A folder with the Makefile and what it installs from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "requirements").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", folder)
        for name in SOURCES:
            (folder / name).write_text("", encoding="utf-8")
            os.utime(folder / name, (1_000, 1_000))
        for name, script in (("installer", INSTALLER), ("a-python", PYTHON)):
            (folder / name).write_text(script, encoding="utf-8")
            (folder / name).chmod(0o755)

    def make(self, target: str, refused: str = "nothing at all", **variables: str) -> tuple[int, str, list[str]]:
        """Exit code, everything printed, and what was installed or run by a Python."""
        calls = self.folder / "calls"
        calls.unlink(missing_ok=True)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        done = subprocess.run(
            ["make", target, *(f"{key}={value}" for key, value in {"PYTHON": "./a-python", **variables}.items())],
            cwd=self.folder,
            env={**inherited, "REAL": sys.executable, "REFUSED": refused, "HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        called = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        return done.returncode, done.stdout, [call for call in called if not call.startswith("-c")]

    def change(self, name: str) -> None:
        """The file is younger than whatever was installed."""
        for stamp in (self.folder / ".venv").glob(".[bt]*"):
            os.utime(stamp, (2_000, 2_000))
        os.utime(self.folder / name, (3_000, 3_000))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a folder with spaces")


def test_a_build_sets_itself_up_and_says_no_more_than_that(checkout: Checkout) -> None:
    code, output, calls = checkout.make("build")
    assert (code, output) == (0, "setting up .venv\n.venv/bin/obsgen build\nbuilt\n")
    assert calls == [
        "-m venv --clear .venv",
        "-m pip --disable-pip-version-check --no-input install --require-hashes --requirement requirements/build.txt",
        "-m pip --disable-pip-version-check --no-input install --no-build-isolation --no-deps --editable .",
    ]


def test_nothing_is_installed_twice(checkout: Checkout) -> None:
    checkout.make("build")
    assert checkout.make("build") == (0, ".venv/bin/obsgen build\nbuilt\n", [])
    code, output, calls = checkout.make("test")
    assert (code, output.splitlines()[0]) == (0, "adding what tests need to .venv")
    assert [call.split()[-1] for call in calls] == ["requirements/test.txt", "auto"]
    _, _, calls = checkout.make("test")
    assert calls == ["-m pytest -n auto"]
    assert checkout.make("check")[2] == []


@pytest.mark.parametrize("target", ["test", "lint", "generate"])
def test_every_target_sets_everything_up_that_it_needs(checkout: Checkout, target: str) -> None:
    _, _, calls = checkout.make(target)
    assert [call.split()[-1] for call in calls if "install" in call] == [LOCKS[0], ".", LOCKS[1]]


@pytest.mark.parametrize(
    ("changed", "installed"),
    [(name, [LOCKS[1]] if name == LOCKS[1] else [LOCKS[0], ".", LOCKS[1]]) for name in SOURCES],
)
def test_what_changed_is_installed_again(checkout: Checkout, changed: str, installed: list[str]) -> None:
    checkout.make("test")
    checkout.change(changed)
    _, _, calls = checkout.make("test")
    assert [call.split()[-1] for call in calls if "install" in call] == installed


@pytest.mark.parametrize("refused", ["requirements/build.txt", "--editable"])
def test_an_installation_that_fails_is_shown_whole_and_tried_again(checkout: Checkout, refused: str) -> None:
    code, output, _ = checkout.make("build", refused)
    assert code == 2
    assert "a lot that an installer says" in output
    assert "ERROR: it cannot" in output
    assert "built" not in output
    assert checkout.make("build")[0] == 0


def test_an_old_python_is_told_so(checkout: Checkout) -> None:
    old = checkout.folder / "old-python"
    old.write_text(
        '#!/bin/sh\nexec "$REAL" -c "import sys; sys.version_info = (3, 10); $(echo "$2")"\n', encoding="utf-8"
    )
    old.chmod(0o755)
    code, output, calls = checkout.make("build", PYTHON="./old-python")
    assert code == 2
    assert "obsgen needs Python 3.11 or newer" in output
    assert calls == []


def test_the_newest_of_everything_has_an_environment_of_its_own(checkout: Checkout) -> None:
    code, output, calls = checkout.make("newest")
    assert (code, output.splitlines()[0]) == (0, ".venv-newest/bin/python -m pytest -n auto")
    assert calls[:2] == [
        "-m venv --clear .venv-newest",
        "-m pip --disable-pip-version-check --no-input install --upgrade --editable .[test,dev]",
    ]
    assert not (checkout.folder / ".venv").exists()


def test_what_ci_runs_needs_nothing_but_make() -> None:
    run = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if line.startswith("make")]
    assert run == ["make test", "make --keep-going --jobs=2 --output-sync=target lint check"]
