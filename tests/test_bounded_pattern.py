"""Patterns for tag values: what is refused and why, and that whatever is accepted takes no time."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.spec.bounded_pattern import problem_of

LONGEST = 256
# Seconds of the processor, for the hundreds of matches of one batch that take well below one; what is exponential
# takes years, and no busy machine makes a difference.
PATIENCE_SECONDS = 60


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z][a-z0-9-]+",
        "CC-[0-9]{4}",
        r"[^@\s]+@example\.com",
        "(?:dev|prod)-[a-z]+(?:-[a-z]+)?",
        "(foo|bar)+",
        "^[a-z]+$",
        "[]a-]+",
        r"\w+-\d{2,}",
        "a{,5}",
        "x{a}",
        "[é-ü]+",
        "a|b|",
        r"[\w.\-]+",
        "[a-z]*?-[0-9]+",
        "a*a*",
    ],
)
def test_what_is_bounded_is_accepted(pattern: str) -> None:
    assert problem_of(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("([a-z]+)+$", "`([a-z]+)+` repeats a group that has the quantifier `[a-z]+` in it"),
        ("(?:a{1,2}b)*", "repeats a group that has the quantifier `a{1,2}`"),
        ("(?:a?b){2}", "repeats a group that has the quantifier `a?`"),
        ("(?:a|)*", "repeats a group that can match an empty string"),
        ("a*b*c*", "3 quantifiers have no upper bound"),
        ("a{1,}b{2,}c+", "3 quantifiers have no upper bound"),
        (r"(a)\1", r"cannot have a back-reference such as `\1`"),
        ("(?P=x)", "cannot have any back-reference"),
        ("(?=a)a", "cannot have any look-ahead"),
        ("(?!a)b", "cannot have any look-ahead"),
        ("(?<=a)b", "a pattern cannot have any look-behind"),
        ("(?<!a)b", "a pattern cannot have any look-behind"),
        ("(a)?(?(1)b|c)", "a pattern cannot have any condition"),
        ("(?>a)", "a pattern cannot have any atomic group"),
        ("(?P<x>a)", "a pattern cannot have any named group"),
        ("(?s)a", "unsupported group"),
        ("(?i:a)", "a pattern cannot have any flag"),
        ("(a|a)+", "in more than 70,000 ways"),
        ("(?:a|ab|b){20}", "in more than 70,000 ways"),
        ("a?" * 30 + "a" * 30, "in more than 70,000 ways"),
        ("[a-z]{0,99}[a-z]{0,99}[a-z]{0,99}a", "in more than 70,000 ways"),
        ("a++", "repeats a repetition"),
        ("a{2}{3}", "repeats a repetition"),
        ("*a", "nothing to repeat before"),
        ("a|+", "nothing to repeat before"),
        ("^*", "cannot be repeated"),
        ("(a", "is not closed"),
        ("[a", "is not closed"),
        ("a)", "unmatched `)`"),
        ("[z-a]", "is not a range"),
        (r"[\d-z]", "is not a range"),
        ("[[a]", "has another meaning in later Python versions"),
        ("[a&&b]", "has another meaning in later Python versions"),
        (r"\bx", r"unsupported escape `\b`"),
        ("a\\", "unsupported escape"),
        ("a{300}", "exceeds the limit of 256 characters"),
        ("a{99999}", "exceeds the limit of 256 characters"),
        ("a{5,2}", "invalid regular expression"),
        ("", "1 to 256 characters"),
        ("a" * 257, "1 to 256 characters"),
    ],
)
def test_what_is_not_bounded_says_which_part(pattern: str, part: str) -> None:
    problem = problem_of(pattern)
    assert problem is not None
    assert part in problem[0]


ATOMS = st.sampled_from(["a", "b", "[ab]", "[^b]", ".", r"\w", "-", "[a-z]", r"\d", "é", r"\S", "ab"])
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "*?", "{2}", "{0,3}", "{1,40}", "{3,}", "{0,200}"])


def _longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.lists(inner, min_size=1, max_size=5).map("".join)
    choices = st.lists(rows, min_size=1, max_size=3).map("|".join)
    groups = st.builds(
        lambda begin, text, end: f"({begin}{text}){end}", st.sampled_from(["", "?:"]), choices, QUANTIFIERS
    )
    return rows | choices | groups


PATTERNS = st.recursive(
    st.builds(lambda atom, quantifier: atom + quantifier, ATOMS, QUANTIFIERS), _longer, max_leaves=8
)
UNITS = ("a", "ab", "aab", "b", "z", "a-", "é", "1")
VALUES = [(unit * LONGEST)[: LONGEST - 1] + end for unit in UNITS for end in ("!", "a", "\n")]

TRY = """
import json, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (%d, %d))
patterns, values = json.load(sys.stdin)
for pattern in patterns:
    compiled = re.compile(pattern)
    for value in values:
        compiled.fullmatch(value)
print(len(patterns))
"""


def tried(patterns: list[str]) -> int:
    """The exit code of a process that matches all values with all patterns; not 0 where its time was up."""
    code = TRY % (PATIENCE_SECONDS, PATIENCE_SECONDS)
    given = json.dumps([patterns, VALUES])
    return subprocess.run(
        [sys.executable, "-c", code], input=given, text=True, capture_output=True, check=False
    ).returncode


@settings(max_examples=25, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=12))
@example(["a*a*b", "(?:[a-m]|[a-z]){16}!", "(?:a|b)*[ab]*c", ".*.*[^a]x", "(?:a|a){15}a{200}b", "a?" * 15 + "a" * 200])
def test_whatever_is_accepted_takes_no_time(patterns: list[str]) -> None:
    accepted = [pattern for pattern in patterns if problem_of(pattern) is None]
    assert tried(accepted) == 0


@settings(max_examples=300, deadline=None)
@given(PATTERNS | st.text("ab(|)[]*+?{}\\^$-,.12:=!<P", max_size=12))
def test_reading_never_raises_and_what_is_accepted_python_reads(pattern: str) -> None:
    if problem_of(pattern) is None:
        re.compile(pattern)


LITERALS = st.sampled_from(["a", "b", "[ab]", "[^b]", r"\d", "-"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(LITERALS, st.sampled_from(["", "?", "{2}", "+"])), min_size=1, max_size=4))
def test_what_is_plain_is_accepted(parts: list[tuple[str, str]]) -> None:
    unbounded = sum(quantifier == "+" for _, quantifier in parts)
    assert (problem_of("".join(atom + quantifier for atom, quantifier in parts)) is None) == (unbounded <= 2)
