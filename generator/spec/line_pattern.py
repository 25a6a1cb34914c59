"""Patterns for log lines: those for tag values, without the ones that are slow on a line of 8,192 characters.

A search begins again at each character. So `[a-z]+-` needs a fifth of a second on one long word, where `[a-z]{1,40}-`
needs a thousandth. A quantifier without upper bound either ends the pattern, or comes after a character that it does
not match itself, so that there is one place only where what it matches can begin.
"""

from __future__ import annotations

import re
from typing import Annotated

from generator.spec.bounded_pattern import LONGEST_PATTERN, problem_of, ways
from generator.spec.pattern_parts import Chars, Choice, Part, Repeat, codes_of, nullable, parts_of
from generator.spec.scalars import Scalar, show, wrong

# The length at which handlers/common/redact.py cuts a line.
LONGEST_LINE = 8_192
# From each character of a line: `a.{0,200}b` has 201.
MOST_WAYS = 256


def line_pattern(value: object) -> str:
    """The pattern itself. Raises a scalar's error that says which part is wrong, and what to write instead."""
    if not isinstance(value, str):
        raise wrong(f"expected a pattern such as timed out after [0-9]+ ms, got {show(value)}", "quote it")
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
        return (
            f"{show(text)} matches an empty string, so it matches every line",
            "add at least one required character",
        )
    endless = _endless(parts_of(text), frozenset(), begins=True, ends=True)
    if endless:
        bounded = f"{endless.text.rstrip('?').rstrip('*+,}{0123456789')}{{{endless.least},40}}"
        message = f"`{endless.text}` has no upper bound and can start at each character of a long word"
        return message, f"use {bounded}, or put it after a character that it does not match, such as id=[0-9]+"
    if ways(text, LONGEST_LINE) > MOST_WAYS:
        message = f"the pattern can be tried in more than {MOST_WAYS} ways from each character of a line"
        return message, "use at most one .{0,200} between two words, and none at the ends"
    return None


def _endless(part: Part, before: frozenset[int], *, begins: bool, ends: bool) -> Repeat | None:
    """The first quantifier without upper bound that can begin in many places.

    before: the characters that can come right before the part. begins: whether the part can be the first of the match,
    so that nothing comes before it. ends: whether nothing comes after it.
    """
    match part:
        case Chars():
            return None
        case Repeat() if part.most is None:
            return part if not ends and (begins or before & codes_of(part)) else None
        case Repeat():
            return _endless(part.part, before, begins=begins, ends=ends)
        case Choice():
            repeats = (_endless(row, before, begins=begins, ends=ends) for row in part.rows)
            return next((repeat for repeat in repeats if repeat), None)
        case _:
            for index, inner in enumerate(part.parts):
                endless = _endless(inner, before, begins=begins, ends=ends and index == len(part.parts) - 1)
                if endless:
                    return endless
                before, begins = _lasts(inner, before), begins and nullable(inner)
            return None


def _lasts(part: Part, before: frozenset[int]) -> frozenset[int]:
    """The characters that can come last; those that come `before` where the part may be nothing."""
    match part:
        case Chars():
            return part.codes
        case Repeat():
            return _lasts(part.part, frozenset()) | (before if nullable(part) else frozenset())
        case Choice():
            return frozenset().union(*(_lasts(row, before) for row in part.rows))
        case _:
            for inner in part.parts:
                before = _lasts(inner, before)
            return before
