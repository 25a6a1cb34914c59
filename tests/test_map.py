"""tests/map.txt says which tests cover which modules: here it is complete, and names nothing that does not exist."""

from __future__ import annotations

from pathlib import Path

from tests.covering import covering, matches, rows
from tests.support import ROOT


def relative(paths: list[Path], folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def test_every_module_is_covered_by_a_line() -> None:
    modules = [path for folder in ("generator", "handlers") for path in (ROOT / folder).rglob("*.py")]
    patterns = [pattern for pattern, _ in rows()]
    uncovered = [
        name
        for name in relative([path for path in modules if path.name != "__init__.py"], ROOT)
        if not any(matches(name, pattern) for pattern in patterns)
    ]
    assert not uncovered, f"add to a line of tests/map.txt: {', '.join(uncovered)}"


def test_the_tests_of_a_module_are_printed_for_pytest() -> None:
    assert covering(["generator/evaluate/math/calendar.py", "tests/test_lock.py"]) == [
        *(f"tests/evaluate/test_math_{name}.py" for name in ("at_once", "band", "evaluation", "insights", "parser")),
        "tests/evaluate/test_math_types.py",
        "tests/evaluate/test_metric_math.py",
        "tests/test_lock.py",
    ]


def test_every_test_file_covers_something() -> None:
    patterns = [test for _, tests in rows() for test in tests]
    files = relative(list((ROOT / "tests").rglob("test_*.py")), ROOT / "tests")
    uncovering = [name for name in files if not any(matches(name, pattern) for pattern in patterns)]
    assert not uncovering, f"add to a line of tests/map.txt: {', '.join(uncovering)}"


def test_every_pattern_has_a_file() -> None:
    missing = [pattern for pattern, _ in rows() if not list(ROOT.glob(pattern))]
    missing += [test for _, tests in rows() for test in tests if not list((ROOT / "tests").glob(test))]
    assert missing == []
