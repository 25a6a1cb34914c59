"""What an expression consists of: steps in the order in which they are done, each with its place.

`m1 + 2 * m2` is the row m1, 2, m2, times, plus. A row instead of a tree, because 2,048 opening parentheses are
a legal length and would exhaust Python's stack in every recursion over a tree; over a row, checking and
evaluating are single loops with a stack of values.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, without a sign."""

    value: float
    position: int


@dataclass(frozen=True, slots=True)
class TextLiteral:
    """A text, without its quotes."""

    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word that some function takes as an argument: REPEAT, AVG, DESC."""

    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a metric or of another expression."""

    id: str
    position: int


@dataclass(frozen=True, slots=True)
class Negation:
    """The sign of the last value turns."""

    position: int


@dataclass(frozen=True, slots=True)
class BinaryOperation:
    """The last two values become one."""

    symbol: str
    position: int


@dataclass(frozen=True, slots=True)
class Gathering:
    """The last `count` values become an array."""

    count: int
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """The last `count` values become the result of a function."""

    function: str
    count: int
    position: int


Step = Number | TextLiteral | Word | Name | Negation | BinaryOperation | Gathering | Call


@dataclass(frozen=True, slots=True)
class Expression:
    """A metric math expression that has been read."""

    source: str
    steps: tuple[Step, ...]


COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
JOINS = ("&&", "||")
