"""Broken specs and what is said about them: one pair of files a story, `pytest --update` rewrites the second."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli.main import group
from tests.command import obsgen

FOLDER = Path(__file__).parent / "bad"
SPECS = sorted(path for path in FOLDER.iterdir() if path.suffix == ".yaml")
MANY_ENOUGH = 50


def said_about(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(path.parent)
    result = CliRunner().invoke(group, ["check", "--no-lint", "--file", path.name])
    return result.exit_code, result.output


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_a_broken_spec_is_told_what_is_wrong(path: Path, update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = said_about(path, monkeypatch)
    expected = path.with_suffix(".txt")
    if update:
        expected.write_text(output, encoding="utf-8")
    assert output == expected.read_text(encoding="utf-8")
    is_language = re.search(r" error [YSR]\d\d", output)
    assert code == (2 if is_language else 1)
    assert "Traceback" not in output


def test_there_are_enough_of_them() -> None:
    assert len(SPECS) >= MANY_ENOUGH


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("nowhere.yaml", "nowhere.yaml: file not found"),
        (".", ". is a directory"),
    ],
)
def test_what_is_no_file_is_a_sentence(argument: str, sentence: str, tmp_path: Path) -> None:
    for name in ("build", "check", "diff"):
        shown = obsgen(tmp_path, name, "-f", argument)
        assert shown.returncode == 2
        assert sentence in shown.stderr
