"""What is an error and what only has the word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.error_logs.classify import is_error
from tests.error_logs.corpus import FOLDER, SETS, events

LINES = [
    (line[2:], line[0] == "+")
    for line in (FOLDER / "levels.txt").read_text(encoding="utf-8").splitlines()
    if line[:2] in ("+ ", "- ")
]


@pytest.mark.parametrize(("text", "error"), LINES, ids=[text[:60] for text, _ in LINES])
def test_a_line_is_an_error_or_none(text: str, error: bool) -> None:
    assert is_error(text) is error


def test_there_are_as_many_of_both() -> None:
    assert sum(error for _, error in LINES) == len(LINES) // 2 >= 30


@pytest.mark.parametrize("half", SETS)
def test_hardly_an_error_of_the_corpus_is_missed(half: str) -> None:
    missed = [event for _, event in events(half) if not is_error(event)]
    assert len(missed) <= 0.02 * len(events(half)), missed


@given(
    st.sampled_from([text for text, error in LINES if error and "\t" not in text]),
    st.sampled_from(("INFO", "DEBUG", "TRACE")),
)
def test_a_quiet_level_decides(text: str, level: str) -> None:
    if "Task timed out" not in text and not text.startswith("RequestId"):
        assert not is_error(f"2026-01-01T00:00:00Z {level} {text}")


@given(st.text())
def test_every_text_is_one_or_the_other(text: str) -> None:
    assert is_error(text) in (True, False)
