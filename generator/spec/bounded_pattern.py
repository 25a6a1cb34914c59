"""Patterns for tag values: a part of Python's regular expressions that no value of 256 characters makes slow.

Python's `re` tries one way after the other: `([a-z]+)+$` takes seconds on 27 characters, and twice as long for each
further one. So a group that is repeated has no quantifier in it, a pattern has two unbounded quantifiers at most, and
the ways in which a value can be tried are counted. What needs no counting are quantifiers that end where something else
begins: `[a-z]+-[0-9]+`. https://docs.python.org/3/library/re.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated

from generator.spec.pattern_parts import (
    LONGEST_VALUE,
    Chars,
    Choice,
    Part,
    PartSequence,
    Repeat,
    UnsupportedPattern,
    nullable,
    parts_of,
)
from generator.spec.scalars import Scalar, show, wrong

LONGEST_PATTERN = 256
MOST_UNBOUNDED = 2
# Two unbounded quantifiers side by side over the same characters, 257 × 257 ways, take less than a tenth of a second
MOST_WAYS = 70_000

_ONE_REPETITION = "one repetition of one class, such as [a-z][a-z0-9-]*"


def pattern(value: object) -> str:
    """The pattern itself. Raises a scalar's error that says which part is wrong, and what to write instead."""
    if not isinstance(value, str):
        raise wrong(f"expected a pattern such as [a-z][a-z0-9-]+, got {show(value)}", "quote it")
    problem = problem_of(value)
    if problem:
        raise wrong(*problem)
    return value


PatternText = Annotated[
    str, Scalar(pattern, type="string", maxLength=LONGEST_PATTERN, examples=["[a-z][a-z0-9-]+", "CC-[0-9]{4}"])
]


def problem_of(text: str) -> tuple[str, str] | None:
    """The fault of a pattern, and a hint; None where it is bounded, and Python reads it."""
    if not 0 < len(text) <= LONGEST_PATTERN:
        return f"expected a pattern of 1 to {LONGEST_PATTERN} characters, got {len(text)}", "[a-z][a-z0-9-]+"
    try:
        whole = parts_of(text)
        re.compile(text)
    except UnsupportedPattern as error:
        return error.message, error.hint
    except (re.error, OverflowError) as error:
        return f"invalid regular expression: {error}", ""
    return _unbounded(whole) or _nested(whole) or _ambiguous(whole)


def _repeats(part: Part) -> list[Repeat]:
    """Every quantifier of a part, outer ones first."""
    match part:
        case Repeat():
            return [part, *_repeats(part.part)]
        case PartSequence():
            return [repeat for inner in part.parts for repeat in _repeats(inner)]
        case Choice():
            return [repeat for inner in part.rows for repeat in _repeats(inner)]
        case _:
            return []


def _unbounded(whole: PartSequence | Choice) -> tuple[str, str] | None:
    without_end = [repeat.text for repeat in _repeats(whole) if repeat.most is None]
    if len(without_end) <= MOST_UNBOUNDED:
        return None
    message = (
        f"{len(without_end)} quantifiers have no upper bound, {_listed(without_end)}; {MOST_UNBOUNDED} are allowed"
    )
    return message, f"add a bound, such as {without_end[-1].rstrip('*+,}{0123456789?')}{{0,20}}"


def _nested(whole: PartSequence | Choice) -> tuple[str, str] | None:
    for repeat in _repeats(whole):
        inner = [inner_repeat.text for inner_repeat in _repeats(repeat.part)]
        if inner and repeat.most != 1:
            return f"`{repeat.text}` repeats a group that has the quantifier `{inner[0]}` in it", _ONE_REPETITION
        if repeat.most != 1 and nullable(repeat.part):
            return f"`{repeat.text}` repeats a group that can match an empty string", _ONE_REPETITION
    return None


def _ambiguous(whole: PartSequence | Choice) -> tuple[str, str] | None:
    if _ways(whole, frozenset(), LONGEST_VALUE) <= MOST_WAYS:
        return None
    parts = [repeat.text for repeat in _repeats(whole)]
    message = f"a value can be tried in more than {MOST_WAYS:,} ways, because what {_listed(parts[:4])} match overlaps"
    return message, "separate them by a character that they do not match, such as [a-z]+-[0-9]+"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _firsts(part: Part, after: frozenset[int]) -> frozenset[int]:
    """The characters that can come first; those of what comes `after` where the part may be nothing."""
    match part:
        case Chars():
            return part.codes
        case Repeat():
            return _firsts(part.part, frozenset()) | (after if nullable(part) else frozenset())
        case Choice():
            return frozenset().union(*(_firsts(row, after) for row in part.rows))
        case _:
            for inner in reversed(part.parts):
                after = _firsts(inner, after)
            return after


def ways(text: str, longest: int) -> int:
    """In how many ways `re` can try a pattern that can be read, from one place of a text of so many characters."""
    return _ways(parts_of(text), frozenset(), longest)


def _ways(part: Part, after: frozenset[int], longest: int) -> int:
    """In how many ways `re` can try a part on the longest value, at most. after: what can come next.

    More than MOST_WAYS is not counted exactly.
    """
    match part:
        case Chars():
            return 1
        case Repeat():
            return _ways_of_repeat(part, after, longest)
        case Choice():
            ways_of_rows = [_ways(row, after, longest) for row in part.rows]
            begins = [_firsts(row, after) for row in part.rows]
            apart = not any(begin & other for begin, other in combinations(begins, 2))
            return max(ways_of_rows) if apart else sum(ways_of_rows)
        case _:
            product = 1
            for inner in reversed(part.parts):
                product = min(product * _ways(inner, after, longest), MOST_WAYS + 1)
                after = _firsts(inner, after)
            return product


def _ways_of_repeat(repeat: Repeat, after: frozenset[int], longest: int) -> int:
    again = _firsts(repeat.part, frozenset())
    once = _ways(repeat.part, again | after, longest)
    most = longest if repeat.most is None else min(repeat.most, longest)
    if once == 1:
        # Whether it goes on is decided by the next character.
        return 1 if not again & after else max(most - repeat.least + 1, 1)
    total = 0
    for count in range(repeat.least, most + 1):
        total += once ** min(count, longest)
        if total > MOST_WAYS:
            break
    return max(total, 1)
