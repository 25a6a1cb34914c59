"""Metric math cut into tokens, each with its place, and the one shape of complaint about an expression.

Spellings that the guide neither uses nor mentions (`1e3`, `.5`, a lone `=`, NOT) are refused in favour of one
that it does: the rewritten expression deploys under either reading, the doubtful one might not.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """Why an expression is refused.

    message: what is wrong, in one sentence. position: 0-based offset in the expression. hint: what to write
    instead.
    """

    message: str
    position: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CannotEvaluate:
    """Why something that CloudWatch accepts, or may accept, has no value here."""

    reason: str
    position: int = 0


class UnreadableExpression(Exception):
    """Carries a Problem up out of a reading function; whoever began the reading turns it back into a value."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.problem = ExpressionProblem(message, position, hint)


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    TEXT = "text"
    WORD = "word"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """A piece of an expression: its kind, what it says (a text without its quotes), where it begins."""

    kind: Kind
    text: str
    position: int


_TOKEN = re.compile(
    r"""(?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<symbol>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],])""",
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_BLANKS = re.compile(r"[ \t\r\n]*")
_NUMBER_GOES_ON = re.compile(r"[eE][+-][0-9]+|[A-Za-z0-9_.]+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CURLY_QUOTES = "\u2018\u2019\u201c\u201d"
_SPELLED_OUT = {"AND": "&&", "OR": "||"}
_INSTEAD = {
    "=": 'write "==" to compare',
    "!": "there is no negation: compare with 0, as in (m1 > 5) == 0",
    "&": 'write "AND" or "&&"',
    "|": 'write "OR" or "||"',
    ".": "a number begins with a digit: 0.5",
    ";": "one entry has one expression; give the second its own id",
    "{": "arrays are written in square brackets: [m1, m2]",
    "#": "there are no comments; use the label",
} | dict.fromkeys(_CURLY_QUOTES, "write straight quotes")


def tokens(text: str) -> list[Token]:
    """Every token of the expression and, behind its last character, the end. AND and OR become && and ||."""
    found: list[Token] = []
    at = _after_blanks(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        token = _token(match)
        at = match.end()
        if token.kind is Kind.NUMBER:
            _require_number(text, token)
        found.append(token)
        at = _after_blanks(text, at)
    return [*found, Token(Kind.END, "", len(text))]


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _token(match: re.Match[str]) -> Token:
    kind = Kind(match.lastgroup)
    text = match.group()
    if text in _SPELLED_OUT:
        return Token(Kind.SYMBOL, _SPELLED_OUT[text], match.start())
    if kind is Kind.TEXT:
        text = _ESCAPE.sub(r"\1", text[1:-1])
    return Token(kind, text, match.start())


def _require_number(text: str, token: Token) -> None:
    if not math.isfinite(float(token.text)):
        raise UnreadableExpression("this number is larger than any that CloudWatch has", token.position)
    rest = _NUMBER_GOES_ON.match(text, token.position + len(token.text))
    if rest:
        whole = token.text + rest.group()
        raise UnreadableExpression(f'"{whole}" is neither a number nor an id', token.position, _number_hint(whole))


def _number_hint(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return "an id begins with a lowercase letter, as in m1"
    if not math.isfinite(number):
        return "write a smaller number, in digits"
    plain = f"{number:.9f}".rstrip("0").rstrip(".")
    return f"write {plain}" if len(plain) < 30 and float(plain) == number else "write the number in digits"


def _unreadable(text: str, at: int) -> UnreadableExpression:
    char = text[at]
    if char in "\"'":
        return UnreadableExpression("this quote is never closed", at, f"close it with another {char}")
    return UnreadableExpression(f'"{char}" is not part of metric math', at, _INSTEAD.get(char, ""))
