"""A parser for patterns of tag values.

It knows a part of Python's syntax only, so that what is read means the same in every version: literals, classes,
`.`, `\\d \\w \\s`, groups, alternatives, `^ $` and quantifiers. https://docs.python.org/3/library/re.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# The longest value that a tag has. https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
LONGEST_VALUE = 256
# The ASCII characters by their codes, and one code for all others together.
OTHER = 128
ANY = frozenset(range(OTHER + 1))
_DIGITS = frozenset({*map(ord, "0123456789"), OTHER})
_WORD = frozenset({code for code in range(OTHER) if chr(code).isalnum()} | {ord("_"), OTHER})
_SPACE = frozenset({*map(ord, " \t\n\r\f\v\x1c\x1d\x1e\x1f"), OTHER})
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_BOUND = re.compile(r"\{(\d*)(,?)(\d*)\}")
_MOST_DIGITS = 4
_DOUBLED = ("--", "&&", "~~", "||")
_WRITE_OUT = "write out what the value may be, with alternatives: (?:dev|prod)-[a-z]+"
_PLAIN_GROUP = "use a plain group: (?:…)"
# How groups begin that a pattern does not have, what people call them, and what to write instead.
_SPECIAL = (
    ("(?=", "look-ahead", _WRITE_OUT),
    ("(?!", "look-ahead", _WRITE_OUT),
    ("(?<=", "look-behind", _WRITE_OUT),
    ("(?<!", "look-behind", _WRITE_OUT),
    ("(?P=", "back-reference", _WRITE_OUT),
    ("(?(", "condition", _WRITE_OUT),
    ("(?>", "atomic group", _PLAIN_GROUP),
    ("(?#", "comment", "remove it"),
    ("(?P<", "named group", _PLAIN_GROUP),
    ("(?i", "flag", "write both cases: [Ee]rror"),
)


class UnsupportedPattern(Exception):
    """Why a pattern cannot be read, with a hint for its writer."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Chars:
    """One character, of these codes."""

    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class PartSequence:
    """Parts one after the other; nothing where there are none."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several rows."""

    rows: tuple[PartSequence, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, at least and at most so many times; None for no upper bound. text: as it is written."""

    part: Part
    least: int
    most: int | None
    text: str


Part = Chars | PartSequence | Choice | Repeat


def parts_of(text: str) -> PartSequence | Choice:
    """The pattern as parts. Raises PatternError."""
    reader = _Reader(text)
    whole = reader.choice()
    if reader.at < len(text):
        raise UnsupportedPattern(
            f"unmatched `)` at character {reader.at + 1} of the pattern", r"write \) for a literal parenthesis"
        )
    return whole


def nullable(part: Part) -> bool:
    """True if a part may match no character at all."""
    match part:
        case Chars():
            return False
        case Repeat():
            return part.least == 0 or nullable(part.part)
        case Choice():
            return any(nullable(row) for row in part.rows)
        case _:
            return all(nullable(inner) for inner in part.parts)


def codes_of(part: Part) -> frozenset[int]:
    """The code points of every character that a part can match."""
    match part:
        case Chars():
            return part.codes
        case Repeat():
            return codes_of(part.part)
        case Choice():
            return frozenset().union(*(codes_of(row) for row in part.rows))
        case _:
            return frozenset().union(*(codes_of(inner) for inner in part.parts))


class _Reader:
    """Reads from left to right; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def choice(self) -> PartSequence | Choice:
        rows = [self.row()]
        while self.next_is("|"):
            self.at += 1
            rows.append(self.row())
        return Choice(tuple(rows)) if len(rows) > 1 else rows[0]

    def next_is(self, characters: str) -> bool:
        return self.at < len(self.text) and self.text[self.at] in characters

    def row(self) -> PartSequence:
        parts: list[Part] = []
        while self.at < len(self.text) and not self.next_is("|)"):
            start = self.at
            part = self.part()
            parts += [] if part is None else [self.quantified(part, start)]
        return PartSequence(tuple(parts))

    def part(self) -> Part | None:
        """The next part; None for `^` and `$`, which match no character."""
        character = self.text[self.at]
        if character == "(":
            return self.group()
        if character == "[":
            return Chars(self.brackets())
        if character == "\\":
            return Chars(self.escape())
        if character in "*+?":
            message = f"nothing to repeat before `{character}` at character {self.at + 1} of the pattern"
            raise UnsupportedPattern(message, f"write \\{character} for the character itself")
        self.at += 1
        if character in "^$":
            if self.next_is("*+?{"):
                raise UnsupportedPattern(
                    f"`{character}` cannot be repeated", f"write \\{character} for the character itself"
                )
            return None
        return Chars(ANY - {ord("\n")} if character == "." else _codes(character))

    def group(self) -> Part:
        start = self.at
        for begins, name, instead in _SPECIAL:
            if self.text.startswith(begins, start):
                raise UnsupportedPattern(f"a pattern cannot have any {name} (`{begins}`)", instead)
        plain = self.text.startswith("(?:", start)
        if self.text.startswith("(?", start) and not plain:
            raise UnsupportedPattern(f"unsupported group `{self.text[start : start + 3]}`", _PLAIN_GROUP)
        self.at += 3 if plain else 1
        inner = self.choice()
        if not self.next_is(")"):
            raise UnsupportedPattern(
                f"the `(` at character {start + 1} of the pattern is not closed", r"write \( for a literal parenthesis"
            )
        self.at += 1
        return inner

    def escape(self) -> frozenset[int]:
        """The code points that a backslash and the character after it match."""
        escaped = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if escaped in ("d", "w", "s"):
            return _CLASSES[escaped]
        if escaped in ("D", "W", "S"):
            return (ANY - _CLASSES[escaped.lower()]) | {OTHER}
        if escaped.isdigit() and escaped != "0":
            raise UnsupportedPattern(
                f"a pattern cannot have a back-reference such as `\\{escaped}`", "repeat the part of the pattern"
            )
        if not escaped or escaped.isalnum():
            raise UnsupportedPattern(
                f"unsupported escape `\\{escaped}`", r"use \d, \w or \s, or a backslash before punctuation"
            )
        return _codes(escaped)

    def brackets(self) -> frozenset[int]:
        """The code points that a class in brackets matches."""
        start = self.at
        self.at += 1
        negated = self.next_is("^")
        self.at += negated
        codes: set[int] = set()
        first = True
        while first or not self.next_is("]"):
            if self.at >= len(self.text):
                raise UnsupportedPattern(
                    f"the `[` at character {start + 1} of the pattern is not closed", r"write \[ for a literal bracket"
                )
            codes |= self.member()
            first = False
        self.at += 1
        return frozenset((ANY - codes) | {OTHER} if negated else codes)

    def member(self) -> frozenset[int]:
        """One character, one escape or one range of a class."""
        doubled = self.text[self.at : self.at + 2]
        if self.next_is("[") or doubled in _DOUBLED:
            what = "[" if self.next_is("[") else doubled
            raise UnsupportedPattern(
                f"`{what}` in a class has another meaning in later Python versions",
                f"write \\{what[0]} for a literal one",
            )
        begin, low = self.at, self.character()
        is_range = self.next_is("-") and self.text[self.at + 1 : self.at + 2] not in ("]", "")
        if not is_range:
            return low
        self.at += 1
        high = self.character()
        text = self.text[begin : self.at]
        ends = re.sub(r"\\(.)", r"\1", text)
        if any(word in text for word in (r"\d", r"\w", r"\s", r"\D", r"\W", r"\S")) or ends[0] > ends[-1]:
            raise UnsupportedPattern(f"`{text}` is not a range of characters", "use a range such as a-z")
        least, most = min(low), max(high)
        return frozenset(range(least, most + 1))

    def character(self) -> frozenset[int]:
        if self.next_is("\\"):
            return self.escape()
        self.at += 1
        return _codes(self.text[self.at - 1])

    def quantified(self, part: Part, start: int) -> Part:
        """The part with the quantifier behind it, if there is one."""
        bounds = self.quantifier()
        if bounds is None:
            return part
        if self.next_is("?"):
            self.at += 1
        text = self.text[start : self.at]
        if self.next_is("*+?") or (self.next_is("{") and _BOUND.match(self.text, self.at)):
            raise UnsupportedPattern(f"`{text}{self.text[self.at]}` repeats a repetition", f"use `{text}` alone")
        return Repeat(part, *bounds, text)

    def quantifier(self) -> tuple[int, int | None] | None:
        bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.text[self.at : self.at + 1])
        if bounds:
            self.at += 1
            return bounds
        written = _BOUND.match(self.text, self.at)
        if written is None or written[0] in ("{}", "{,}"):
            return None
        least, comma, most = written.groups()
        if max(len(least), len(most)) > _MOST_DIGITS or int(least or 0) > LONGEST_VALUE:
            raise UnsupportedPattern(f"`{written[0]}` exceeds the limit of {LONGEST_VALUE} characters", "{2,20}")
        self.at = written.end()
        if not comma:
            return int(least), int(least)
        return int(least or 0), int(most) if most else None


def _codes(character: str) -> frozenset[int]:
    return frozenset({min(ord(character), OTHER)})
