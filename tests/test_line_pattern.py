"""Patterns for log lines: what a search makes slow is refused, and whatever is accepted takes no time on long lines."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from generator.spec.line_pattern import LONGEST_LINE, line_pattern
from tests.test_bounded_pattern import PATTERNS

# Seconds of the processor for a dozen patterns and lines; those that are refused take minutes.
PATIENCE_SECONDS = 60


def refused(pattern: object) -> str:
    """Why a pattern is refused; nothing where it is accepted."""
    try:
        line_pattern(pattern)
    except PydanticCustomError as error:
        return f"{error.message()} {(error.context or {}).get('hint')}"
    return ""


@pytest.mark.parametrize(
    "pattern",
    [
        "C-[0-9]{8}",
        "timed out after [0-9]+ ms",
        "timed out.{0,200}ledger",
        r"user=\S+",
        "connection reset by .*",
        "ledger (?:is )?late",
        "(?:payment|order) [0-9]+ failed",
        "[Dd]eprecat(?:ed|ion)",
        "^WARN",
        "x(?:ab)+c",
        "a|b",
    ],
)
def test_what_people_write_of_lines_is_accepted(pattern: str) -> None:
    assert line_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("[a-z]+-[0-9]", "`[a-z]+` has no upper bound and can start at each character of a long word use [a-z]{1,40}"),
        ("x?[a-z]+-", "`[a-z]+` has no upper bound"),
        (".*timed out", "`.*` has no upper bound and can start at each character of a long word use .{0,40}"),
        ("timed.*ledger", "`.*` has no upper bound"),
        ("e[a-z]+-", "`[a-z]+` has no upper bound"),
        (
            "(?:ab){3,}c",
            "`(?:ab){3,}` has no upper bound and can start at each character of a long word use (?:ab){3,40}",
        ),
        ("(?:-|[a-z])[a-z]+x", "`[a-z]+` has no upper bound"),
        (
            "-[a-z]*[a-z]0",
            "in more than 256 ways from each character of a line use at most one .{0,200} between two words",
        ),
        (".{0,200}a.{0,200}b", "in more than 256 ways"),
        ("x*", "`x*` matches an empty string, so it matches every line"),
        ("(?:a|)", "`(?:a|)` matches an empty string"),
        ("(?i)error", "a pattern cannot have any flag (`(?i`) write both cases: [Ee]rror"),
        ("([a-z]+)+$", "repeats a group that has the quantifier"),
        ("", "1 to 256 characters"),
        (5, "expected a pattern such as timed out after [0-9]+ ms, got `5` quote it"),
    ],
)
def test_what_a_search_makes_slow_says_which_part_and_what_to_write(pattern: object, part: str) -> None:
    assert part in refused(pattern)


UNITS = ("a", "ab", "aab", "z", "a-", "-a", "é", "1")
LINES = [(unit * LONGEST_LINE)[: LONGEST_LINE - 1] + end for unit in UNITS for end in ("!", "\n")]
TRY = f"""
import json, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({PATIENCE_SECONDS}, {PATIENCE_SECONDS}))
patterns, lines = json.load(sys.stdin)
for pattern in patterns:
    compiled = re.compile(pattern)
    for line in lines:
        compiled.search(line)
"""


def tried(patterns: list[str]) -> int:
    """The exit code of a process that searches all lines for all patterns; not 0 where its time was up."""
    given = json.dumps([patterns, LINES])
    run = subprocess.run([sys.executable, "-c", TRY], input=given, text=True, capture_output=True, check=False)
    return run.returncode


@settings(max_examples=4, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=12))
@example(["[a-z]+[0-9]+x", "a{0,40}a{0,20}b", "(?:ab|cd)+e", "x?x?x?x?x?x?x?x?x?y", "[a-z]+[a-z]{0,200}-", ".*.*!"])
def test_whatever_is_accepted_takes_no_time_on_long_lines(patterns: list[str]) -> None:
    assert tried([pattern for pattern in patterns if not refused(pattern)]) == 0
