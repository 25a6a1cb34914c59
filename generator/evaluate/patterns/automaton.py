"""A search that reads each character of a line once, whatever the expression: the net under Python's engine.

`%.*.*.*.*x%` on a long line keeps a backtracking engine busy for hours, and nothing forbids anyone to write
it. An expression without groups is a row of places to pass, so the places reached so far fit into the bits of
one integer (Shift-And with optional and repeatable places: Navarro and Raffinot, "Flexible Pattern Matching
in Strings", 2002, chapter 4). The steps from one such integer to the next are remembered by character, which
makes this a deterministic automaton that is built as far as lines make it necessary.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_MOST_STATES = 500


@dataclass(frozen=True, slots=True)
class Atom:
    """One character, how it may look and how often in a row it may come.

    python: Python's expression for the one character. low, high: how often; without `high`, without end.
    literal: the character itself, if there is only one that it can be.
    """

    python: str
    low: int = 1
    high: int | None = 1
    literal: str = ""


LINE_START = Atom(r"\A")
LINE_END = Atom(r"\Z")

Alternative = tuple[Atom, ...]
"""One side of `|`: atoms that follow each other."""


class Automaton:
    """The places of an expression and the steps between them. Bit n of an integer stands for place n."""

    def __init__(self, alternatives: Sequence[Alternative]) -> None:
        consumers: defaultdict[str, int] = defaultdict(int)
        self._starts = self._accepts = self._loops = self._optional = 0
        self._line_starts = self._line_ends = 0
        state = 0
        for atoms in alternatives:
            self._starts |= 1 << state
            for atom in atoms:
                state = self._lay(atom, state, consumers)
            self._accepts |= 1 << state
            state += 1
        self._states: dict[int, _State] = {}
        self._found = _State(self, self._accepts)
        self._tests = [(_matcher(python), places) for python, places in consumers.items()]
        self._consuming: dict[str, int] = {}

    def _lay(self, atom: Atom, state: int, consumers: defaultdict[str, int]) -> int:
        """Give an atom its places, beginning at `place`; the place behind it."""
        if atom is LINE_START:
            self._line_starts |= 1 << state
            return state + 1
        if atom is LINE_END:
            self._line_ends |= 1 << state
            return state + 1
        if atom.high is None:
            optional = 1
            self._loops |= 1 << state + atom.low
        else:
            optional = atom.high - atom.low
        self._optional |= _ones(optional) << state + atom.low
        consumers[atom.python] |= _ones(atom.low + optional) << state
        return state + atom.low + optional

    def search(self, line: str) -> bool:
        """Whether the expression is found anywhere in the line."""
        matches = self._found
        state = self._state(_pass(self._starts, self._optional | self._line_starts))
        for char in line:
            if state is matches:
                return True
            state = state[char]
        return bool(_pass(state.places, self._optional | self._line_ends) & self._accepts)

    def step(self, places: int, char: str) -> _State:
        """The state after reading one more character."""
        passing = places & self._consumers_of(char)
        staying = passing & self._loops
        moving = (passing ^ staying) << 1
        return self._state(_pass(moving | staying | self._starts, self._optional))

    def _consumers_of(self, char: str) -> int:
        """The places that this character passes."""
        # Expressions are ASCII, so every character beyond it is treated alike and one may stand for all.
        char = char if char.isascii() else "\x80"
        if char not in self._consuming:
            self._consuming[char] = sum(places for matches, places in self._tests if matches(char))
        return self._consuming[char]

    def _state(self, places: int) -> _State:
        if places & self._accepts:
            return self._found
        state = self._states.get(places)
        if state is None:
            if len(self._states) >= _MOST_STATES:
                self._states.clear()  # forgetting costs time, remembering everything could cost all memory
            state = self._states[places] = _State(self, places)
        return state


class _State(dict[str, "_State"]):
    """The places reached, and for each character seen here before, the state behind it."""

    __slots__ = ("_automaton", "places")

    def __init__(self, automaton: Automaton, places: int) -> None:
        super().__init__()
        self._automaton = automaton
        self.places = places

    def __missing__(self, char: str) -> _State:
        state = self[char] = self._automaton.step(self.places, char)
        return state


def _matcher(python: str) -> Callable[[str], object]:
    return re.compile(python, re.ASCII | re.DOTALL).fullmatch


def _ones(count: int) -> int:
    return (1 << count) - 1


def _pass(places: int, optional: int) -> int:
    """The places themselves and those behind them that are reached by leaving optional ones out.

    Adding a bit to a row of ones carries to the first zero behind the row: exactly the places that are
    reached.
    """
    return places | ((optional + (places & optional)) ^ optional)
