"""Patterns that are searched for in log lines: those of tag values, less what a line of 8,192 characters makes slow.

A search begins at each character, so that from each one only few ways may be tried: two overlapping quantifiers are a
square of the line's length, from each character. A quantifier that ends where something else begins is no trouble.
"""

from __future__ import annotations

import re
from typing import Annotated

from generator.spec.bounded_pattern import LONGEST_PATTERN, problem_of, ways
from generator.spec.scalars import Scalar, show, wrong

# Of a line that is looked at, as handlers/common/redact.py cuts it.
LONGEST_LINE = 8_192
# From each character of a line: `a.{0,200}b` has 201.
MOST_WAYS = 1_000


def line_pattern(value: object) -> str:
    """The pattern itself. Raises a scalar's error that says which part is wrong, and what to write instead."""
    if not isinstance(value, str):
        raise wrong(f"a pattern is text such as timed out after [0-9]+ ms, not {show(value)}", "quote it")
    problem = problem_of(value) or _problem_in_lines(value)
    if problem:
        raise wrong(*problem)
    return value


LinePattern = Annotated[
    str,
    Scalar(
        line_pattern, type="string", maxLength=LONGEST_PATTERN, examples=["timed out after [0-9]+ ms", "C-[0-9]{8}"]
    ),
]


def _problem_in_lines(text: str) -> tuple[str, str] | None:
    if re.search(text, ""):
        return f"{show(text)} also matches nothing, and so every line has it", "at least one character that has to be there"
    if ways(text, LONGEST_LINE) > MOST_WAYS:
        message = f"from each character of a line the pattern can be tried in more than {MOST_WAYS:,} ways"
        return message, "it is searched for anywhere in a line, so without .* at its ends; .{0,200} between two words"
    return None
