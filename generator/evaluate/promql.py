"""PromQL, as far as a mistake can be seen without an answer: brackets, texts, and whether there is a comparison.

CloudWatch evaluates the query; this reads its tokens only.
https://prometheus.io/docs/prometheus/latest/querying/basics/
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-promql.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|(?P<note>\#[^\n]*)|(?P<bracket>[()\[\]{}])"""
    r"|(?P<matcher>=~|!~)|(?P<compare>==|!=|<=|>=|<|>)|(?P<word>[A-Za-z_:][A-Za-z0-9_:]*)|(?P<quote>[\"'`])|(?P<other>.)",
    re.DOTALL,
)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_CLOSED_BY = {opening: closing for closing, opening in _CLOSING.items()}
_ABSENT = ("absent", "absent_over_time")
_SELECTING = ("and", "unless")


class PromqlProblem(NamedTuple):
    """What is wrong with a query, and at which of its characters (from 0)."""

    message: str
    position: int
    hint: str


def promql_problem(query: str) -> PromqlProblem | None:
    """The first mistake that CloudWatch would refuse; None for a query that has none of those that are known."""
    opened: list[tuple[str, int]] = []
    is_empty = True
    for match in _TOKEN.finditer(query):
        kind, text, at = match.lastgroup, match.group(), match.start()
        is_empty = is_empty and (kind == "note" or text.isspace())
        if kind == "quote":
            return PromqlProblem(f"this {text} is not closed", at, f"add {text}")
        if kind == "bracket" and text not in _CLOSING:
            opened.append((text, at))
        elif kind == "bracket":
            expected, _ = opened.pop() if opened else ("", 0)
            if expected != _CLOSING[text]:
                reason = f"closes `{expected}`" if expected else "has no opening counterpart"
                hint = f"write `{_CLOSED_BY[expected]}` first" if expected else "remove it"
                return PromqlProblem(f"this `{text}` {reason}", at, hint)
    if opened:
        bracket, at = opened[-1]
        return PromqlProblem(f"this `{bracket}` is not closed", at, f"add `{_CLOSED_BY[bracket]}`")
    return PromqlProblem("the query is empty", 0, "write a query such as depth > 5") if is_empty else None


def selects_series(query: str) -> bool:
    """True if a query can leave series out: by a comparison, `and`, `unless`, or absent().

    Each side of an `or` has to, for the result has the series of both; one in parentheses is read as a whole.
    """
    sides, depth = [False], 0
    for kind, word in _outside_braces(query):
        depth += (word == "(") - (word == ")")
        if kind == "word" and word == "or" and depth == 0:
            sides.append(False)
        elif kind == "compare" or word in (*_SELECTING, *_ABSENT):
            sides[-1] = True
    return all(sides)


def keeps_every_series(query: str) -> int | None:
    """The position of `bool` after a comparison, which makes 0 and 1 of it instead of leaving series out."""
    previous = ""
    for match in _TOKEN.finditer(query):
        if match.lastgroup == "word" and match.group() == "bool" and previous == "compare":
            return match.start()
        previous = previous if match.group().isspace() else str(match.lastgroup)
    return None


def finds_missing_data(query: str) -> bool:
    """True if a query finds a series where there is no data: by absent() or absent_over_time()."""
    return any(word in _ABSENT for _, word in _outside_braces(query))


def _outside_braces(query: str) -> list[tuple[str, str]]:
    """Kinds and texts of the tokens outside of the matchers of labels."""
    tokens, depth = [], 0
    for match in _TOKEN.finditer(query):
        text = match.group()
        depth += (text == "{") - (text == "}")
        if depth == 0:
            tokens.append((str(match.lastgroup), text.lower()))
    return tokens
