"""What can be said of a line before it is taken apart: that a condition can not hold in it, and never that it does.

Most lines match no pattern, and taking one apart costs more than all else. A text that a value has to contain stands
in the line as it is, and behind the name of a JSON field stands its value; both as long as no backslash is in the line,
behind which JSON can hide any character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from generator.evaluate.patterns.reader import Guess, Test

_IN_NUMBERS = frozenset("0123456789.+-einfa")
"""Of what the text of a number is made, infinities included; it need not be the text that is in the line."""
_MOST_DIGITS = 400
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None}
_UNREADABLE = object()
"""An array or an object, for which no comparison holds."""


def has_one_of(texts: Sequence[str]) -> Guess | None:
    """Whether one of the texts is in a line; nothing if there are none."""
    if len(texts) == 1:
        (only,) = texts
        return lambda line: only in line
    if not texts:
        return None
    return lambda line: any(map(line.__contains__, texts))


def has_text_value(texts: Sequence[str]) -> Guess | None:
    """The same of a JSON line, where a number is another text than that of its value: 4e2 is compared as 400.0."""
    return None if any(_IN_NUMBERS.issuperset(text) for text in texts) else has_one_of(texts)


def has_field(name: str) -> Guess:
    """Whether a JSON line has a field of that name, however deep."""
    quoted = f'"{name}"'
    return lambda line: quoted in line


def has_field_with(name: str, holds: Test) -> Guess:
    """Whether a JSON line has a field of that name, however deep, with a value for which a test holds."""
    search = re.compile(rf'"{re.escape(name)}"[ \t\r\n]*+:[ \t\r\n]*+{_VALUE}').search

    def guess(line: str) -> bool:
        match = search(line)
        while match:
            if holds(_READ[match.lastindex](match)):
                return True
            match = search(line, match.end())
        return False

    return guess


def _number(match: re.Match[str]) -> object:
    """As JSON reads it."""
    written = match[_NUMBER]
    try:
        is_integer = len(written) > _MOST_DIGITS and not re.search("[.eE]", written)
        return int(written) if is_integer else float(written)
    except ValueError:
        return _UNREADABLE  # then the line is no JSON


_VALUE = rf'(?:"([^"]*+)"|(-?[0-9]{{1,{_MOST_DIGITS}}}+)(?![0-9.eE])|(-?[0-9][0-9.eE+-]*+)|(true|false|null))?'
_STRING, _INTEGER, _NUMBER, _CONSTANT = 1, 2, 3, 4
_READ: dict[int | None, Callable[[re.Match[str]], object]] = {
    None: lambda _found: _UNREADABLE,
    _STRING: lambda found: found[_STRING],
    _INTEGER: lambda found: int(found[_INTEGER]),
    _NUMBER: _number,
    _CONSTANT: lambda found: _CONSTANTS[found[_CONSTANT]],
}
