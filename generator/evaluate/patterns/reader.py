"""The cursor that every kind of filter pattern is read with, and the one shape of complaint about a pattern.

A pattern is at most 1,024 characters and mostly written by hand inside YAML, so each complaint carries the
offset of the character it is about and, where there is one, the spelling that CloudWatch certainly accepts.
Where the AWS documentation is silent about a spelling, it is refused in favour of one that is documented: the
rewritten pattern deploys under either reading, the doubtful one might not.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

BLANKS = " \t\r\n"
"""White space between the parts of a pattern. All but this is text, the non-breaking space too."""

REGEX_LIMIT = 2

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_OTHER_QUOTES = "'`\u2018\u2019\u201c\u201d"
_WORD = re.compile(r"[A-Za-z0-9_]+")

Test = Callable[[object], bool]
"""A compiled condition, asked about a JSON document, a value in it, or the text of one field."""


Guess = Callable[[str], bool]
"""Asked about a whole line before it is taken apart: false only where a condition can not hold in it."""


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """A compiled condition, and a cheaper one that may say no beforehand, if there is any."""

    holds: Test
    guess: Guess | None = None


@dataclass(frozen=True, slots=True)
class PatternError:
    """Why a pattern is refused.

    message: what is wrong, in one sentence. position: 0-based offset in the pattern. hint: what to write
    instead.
    """

    message: str
    position: int
    hint: str = ""


class Rejected(Exception):
    """Carries a PatternError up out of a reading function; `parse` turns it back into a value."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.error = PatternError(message, position, hint)


def in_quotes(text: str) -> str:
    """The text in the only quotes that CloudWatch knows, for a hint; other quotes around it are dropped."""
    return f'"{text.strip(_OTHER_QUOTES)}"'


class Reader:
    """A position in the text of a pattern, and a count of the regular expressions met on the way to it."""

    __slots__ = ("at", "regexes", "text")

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at
        self.regexes = 0

    def skip_blanks(self) -> None:
        """Move to the next character that is not white space, or to the end."""
        while self.at < len(self.text) and self.text[self.at] in BLANKS:
            self.at += 1

    def next(self) -> str:
        """The character under the cursor, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def accept(self, symbol: str) -> bool:
        """Step over `symbol` if it is next."""
        if not self.text.startswith(symbol, self.at):
            return False
        self.at += len(symbol)
        return True

    def take(self, shape: re.Pattern[str]) -> str:
        """Step over the longest text of that shape, which may be nothing."""
        match = shape.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def word(self) -> str:
        """Letters, digits and underscores: what never needs quotes. Nothing if there is none."""
        return self.take(_WORD)

    def quoted(self) -> str:
        """The text between double quotes; `\\"` and `\\\\` stand for the character itself."""
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            raise Rejected("this double quote is never closed", self.at, 'close it with another "')
        self.at = match.end()
        return _ESCAPE.sub(r"\1", match.group(1))

    def regex(self) -> tuple[str, int]:
        """The text between percent signs and where it begins; counted, since a pattern may hold two."""
        opening = self.at
        closing = self.text.find("%", opening + 1)
        if closing < 0:
            hint = "close it with another %; inside the expression a percent sign is written \\x25"
            raise Rejected("this regular expression is never closed", opening, hint)
        self.regexes += 1
        if self.regexes > REGEX_LIMIT:
            message = f"a pattern holds at most {REGEX_LIMIT} regular expressions, and this is one more"
            raise Rejected(message, opening, "join alternatives inside one expression: %this|that%")
        self.at = closing + 1
        return self.text[opening + 1 : closing], opening + 1
