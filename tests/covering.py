"""Which tests cover which modules, as tests/map.txt has it: `python -m tests.covering PATH…` prints them for pytest.

Without a path, the tests of what differs from the last commit.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from tests.support import ROOT

MAP = ROOT / "tests" / "map.txt"


def rows() -> list[tuple[str, list[str]]]:
    """Each line of the map: a pattern of paths, and patterns of test files."""
    lines = [line for line in MAP.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [(pattern, tests.split()) for pattern, _, tests in (line.partition(": ") for line in lines)]


def covering(names: Iterable[str]) -> list[str]:
    """The test files of some files, and those of them that are tests themselves."""
    names = list(names)
    patterns = {test for pattern, tests in rows() for test in tests if any(matches(name, pattern) for name in names)}
    files = {path for pattern in patterns for path in (ROOT / "tests").glob(pattern)}
    files |= {ROOT / name for name in names if Path(name).name.startswith("test_")}
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def matches(name: str, pattern: str) -> bool:
    """Whether a path matches a pattern, folder by folder: `*` is within one."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatch, parts, patterns))


def changed() -> list[str]:
    """The files that differ from the last commit, new ones too."""
    listing = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [line[3:].split(" -> ")[-1] for line in listing.stdout.splitlines()]


if __name__ == "__main__":
    sys.stdout.write(" ".join(covering(sys.argv[1:] or changed())) + "\n")
