"""Tokens of metric math, and the errors of metric math and Metrics Insights.

Spellings that the guide neither uses nor mentions (`1e3`, `.5`, a lone `=`, NOT) are rejected in favour of one
that it does: the rewritten expression deploys under either reading, the doubtful one might not.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from generator.token_reader import Token, UnreadableText, tokenize


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """Why an expression is invalid.

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


class UnreadableExpression(UnreadableText):
    """An invalid expression; the functions at the module's border return its `problem` as a value."""

    @property
    def problem(self) -> ExpressionProblem:
        """The error as a value."""
        return ExpressionProblem(self.message, self.position, self.hint)


_TOKEN = re.compile(
    r"""(?P<number>[0-9]+(?:\.[0-9]+)?)(?![A-Za-z0-9_.])
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<symbol>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],])""",
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_BLANKS = re.compile(r"[ \t\r\n]+")
_NEARLY_A_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-][0-9]+|[A-Za-z0-9_.]+)")
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
    """The tokens of an expression with an END after the last one. AND and OR become && and ||."""
    return [_checked(token) for token in tokenize(text, _TOKEN, _unreadable, _BLANKS)]


def _checked(token: Token) -> Token:
    if token.text in _SPELLED_OUT:
        return Token("symbol", _SPELLED_OUT[token.text], token.position)
    if token.kind == "number" and not math.isfinite(float(token.text)):
        raise UnreadableExpression("this number is larger than any that CloudWatch has", token.position)
    return token


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
    number = _NEARLY_A_NUMBER.match(text, at)
    if number:
        message = f'"{number.group()}" is neither a number nor an id'
        return UnreadableExpression(message, at, _number_hint(number.group()))
    if char in "\"'":
        return UnreadableExpression("this quote is never closed", at, f"close it with another {char}")
    return UnreadableExpression(f'"{char}" is not part of metric math', at, _INSTEAD.get(char, ""))
