"""Regular expressions as CloudWatch Logs has them: a small alphabet, no groups, searched for anywhere.

What AWS lists is accepted and nothing else, because anything else fails the deployment with "Invalid
character(s) in term". An expression is read into atoms, and the atoms are written out as a Python expression.
Python backtracks; where an expression could make it work too long on a line, the line goes to an automaton
that never does.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (Supported regular
expressions)
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

from generator.evaluate.patterns.automaton import LINE_END, LINE_START, Alternative, Atom, Automaton
from generator.evaluate.patterns.reader import Reader, Rejected
from generator.evaluate.patterns.search import needed_text, search_for, shortest

# The list of AWS lacks the blank, but its own example %^starting|^shutting down% has one.
_SYMBOLS = frozenset(":_#=@/;,- ")
_PLAIN = _SYMBOLS | frozenset(string.ascii_letters + string.digits)
_OPERATORS = frozenset("^$?[]{}|\\*+.")
_CHARACTER_CLASSES = frozenset("dDsSwW")
_REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_COUNT = re.compile(r"\{ *([0-9]*) *(?:(,) *([0-9]*) *)?\}")
_HEX = re.compile(r"x[0-7][0-9A-Fa-f]")
# AWS names no bound. The automaton needs a place for each repetition; 1,000 is where the engines that, like
# it, never backtrack draw the line.
_MOST_REPETITIONS = 1000
# Steps that Python's engine may take on one line at worst: a few dozen milliseconds.
_BACKTRACKING_BUDGET = 4_000_000


def compile_regex(text: str, start: int, budget: int = _BACKTRACKING_BUDGET) -> Callable[[str], bool]:
    """Compile the text between two percent signs to a search; `start` is its offset in the pattern.

    budget: how many steps Python's engine may take on a line at worst; what it can not decide with them is left
    to the automaton.
    """
    alternatives = [shortest(atoms) for atoms in read_alternatives(text, start)]
    searches = [search_for(atoms, budget) for atoms in alternatives]
    automaton = Automaton(alternatives)

    def search_in_bounded_time(line: str) -> bool:
        is_undecided = False
        for search in searches:
            match = search(line)
            if match:
                return True
            is_undecided = is_undecided or match is None
        return is_undecided and automaton.search(line)

    return search_in_bounded_time


def needed_texts(text: str, start: int) -> tuple[str, ...]:
    """Texts of which a line has to contain one for the expression to be found; none where any line will do."""
    longest = [needed_text(shortest(atoms)) for atoms in read_alternatives(text, start)]
    return tuple(longest) if all(longest) else ()


def read_alternatives(text: str, start: int) -> list[Alternative]:
    """The sides of the `|` in an expression, as they are written."""
    return _Expression(text, start).alternatives()


class _Expression:
    """Reads an expression into its alternatives; positions in complaints are those of the whole pattern."""

    def __init__(self, text: str, start: int) -> None:
        self._reader = Reader(text)
        self._start = start

    def alternatives(self) -> list[Alternative]:
        alternatives: list[list[Atom]] = [[]]
        while self._reader.next():
            if self._reader.next() == "|":
                self._require_some(alternatives[-1])
                self._reader.accept("|")
                alternatives.append([])
            else:
                alternatives[-1].append(self._atom())
        self._require_some(alternatives[-1])
        return [tuple(atoms) for atoms in alternatives]

    def _require_some(self, atoms: list[Atom]) -> None:
        if not atoms:
            message = "an empty expression, or an empty side of |, is found in every line"
            raise self._wrong(message, 'to match every line, write " " as the whole pattern')

    def _atom(self) -> Atom:
        if self._reader.accept("^"):
            atom = LINE_START
        elif self._reader.accept("$"):
            atom = LINE_END
        else:
            python, literal = self._character()
            atom = Atom(python, *self._repetition(), literal)
        following = self._reader.next()
        if following in _REPEATS or following == "{":
            hint = "leave it out: a search finds the same lines without a lazy or doubled repetition"
            raise self._wrong(f'"{following}" follows something that can not be repeated', hint)
        return atom

    def _character(self) -> tuple[str, str]:
        """Python's expression for one character, and the character if it is a certain one."""
        char = self._reader.next()
        if char == ".":
            self._reader.accept(char)
            return ".", ""
        if char == "[":
            return self._bracket(), ""
        if char == "\\":
            return self._escape()
        if char in _PLAIN:
            self._reader.accept(char)
            return re.escape(char), char
        if char in _OPERATORS:
            message = f'"{char}" is an operator, and there is nothing here for it to work on'
            raise self._wrong(message, f"for the character itself, write \\{char}")
        raise self._not_supported(char)

    def _escape(self) -> tuple[str, str]:
        self._reader.accept("\\")
        char = self._reader.next()
        if char in _CHARACTER_CLASSES:
            self._reader.accept(char)
            return "\\" + char, ""
        if char == "x":
            code = self._reader.take(_HEX)
            if not code:
                raise self._wrong("\\x needs two hexadecimal digits, up to 7F", "for example \\x28 for (")
            char = chr(int(code[1:], 16))
            return re.escape(char), char
        if char and char in _OPERATORS | _SYMBOLS:
            self._reader.accept(char)
            return re.escape(char), char
        if char and char not in _PLAIN:
            raise self._not_supported(char)
        hint = "a backslash goes before an operator, one of d D s S w W, or x and two hexadecimal digits"
        raise self._wrong(f'"\\{char}" means nothing to CloudWatch Logs', hint)

    def _bracket(self) -> str:
        opening = self._reader.at
        self._reader.accept("[")
        negation = "^" if self._reader.accept("^") else ""
        members = ""
        while not self._reader.accept("]"):
            if not self._reader.next():
                hint = "close it with ]; for the character itself, write \\["
                raise Rejected("this [ is never closed", self._start + opening, hint)
            members += self._member()
        if not members:
            hint = "put characters between the brackets; a ] among them is written \\]"
            raise Rejected("this [] is empty", self._start + opening, hint)
        return f"[{negation}{members}]"

    def _member(self) -> str:
        """One character or one range between brackets."""
        at = self._reader.at
        first_python, first = self._bracket_character()
        rest = self._reader.text[self._reader.at : self._reader.at + 2]
        is_range = rest.startswith("-") and rest not in ("-", "-]")
        if not is_range:
            return first_python
        self._reader.accept("-")
        last_python, last = self._bracket_character()
        if not first or not last or first > last:
            message = "this range does not go from a lower to a higher character"
            raise Rejected(message, self._start + at, "write a-z; for the character itself, write \\-")
        return f"{first_python}-{last_python}"

    def _bracket_character(self) -> tuple[str, str]:
        char = self._reader.next()
        if char == "\\":
            return self._escape()
        if char == "[":
            raise self._wrong('"[" can not stand between brackets', "write \\[")
        if char not in _PLAIN | _OPERATORS:
            raise self._not_supported(char)
        self._reader.accept(char)
        return re.escape(char), char

    def _repetition(self) -> tuple[int, int | None]:
        sign = self._reader.next()
        if sign in _REPEATS:
            self._reader.accept(sign)
            return _REPEATS[sign]
        if sign != "{":
            return 1, 1
        match = _COUNT.match(self._reader.text, self._reader.at)
        if match is None or not (match[1] or match[3]):
            hint = "write {3}, {3,}, {,5} or {3,5}; for the character itself, write \\{"
            raise self._wrong("this { opens no count", hint)
        low = int(match[1] or 0)
        high = int(match[3]) if match[3] else (None if match[2] else low)
        if max(low, high or 0) > _MOST_REPETITIONS or (high is not None and low > high):
            raise self._wrong(f"a count goes upwards, to {_MOST_REPETITIONS} at most", "for example {3,5}")
        self._reader.at = match.end()
        return low, high

    def _not_supported(self, char: str) -> Rejected:
        if not char.isascii():
            message = f'"{char}" is a multi-byte character, which is not supported'
            return self._wrong(message, "write . for it, which stands for any character")
        message = f'"{char}" is not supported in a regular expression'
        return self._wrong(message, f"write \\x{ord(char):02X} for the character itself")

    def _wrong(self, message: str, hint: str) -> Rejected:
        return Rejected(message, self._start + self._reader.at, hint)
