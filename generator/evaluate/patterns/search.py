"""One side of a regular expression as searches that Python's engine does in bounded time, as far as they go.

The engine goes back and tries again, and each repetition that may end early or late multiplies what it tries. Two
things take most of that away, and change nothing in what is found. A repetition that ends where the next character
can not be one of its own is never gone back into. And at `.*` an expression falls apart: what stands before it is
searched first, and what stands behind it from there on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from generator.evaluate.patterns.automaton import LINE_END, LINE_START, Alternative, Atom

FLAGS = re.ASCII | re.DOTALL
_ANYTHING = "."
_EVERY_CHARACTER = "".join(map(chr, range(128))) + "\x80"
"""Expressions are ASCII, so every character beyond it is treated alike and one may stand for all."""

Search = Callable[[str], bool | None]
"""Whether a line has it; None where that would take too long to find out."""


def search_for(atoms: Alternative, budget: int) -> Search:
    """The search for one alternative. budget: how many steps Python's engine may take on a line at worst."""
    literals = _literals(atoms)
    whole, safe_length = _compiled(atoms), _safe_length(atoms, budget)
    in_pieces = _in_pieces(atoms, budget)

    def search(line: str) -> bool | None:
        for literal in literals:
            if literal not in line:
                return False
        return whole(line) is not None if len(line) <= safe_length else in_pieces(line)

    return search


def shortest(atoms: Alternative) -> Alternative:
    """The same search with as few repetitions as it needs: at either end, the fewest allowed are enough."""
    remaining = list(atoms)
    for end in (0, -1):
        while remaining and remaining[end].low == 0:
            remaining.pop(end)
        if remaining and remaining[end] not in (LINE_START, LINE_END):
            atom = remaining[end]
            remaining[end] = Atom(atom.python, atom.low, atom.low, atom.literal)
    return tuple(remaining)


def needed_text(atoms: Alternative) -> str:
    """The longest text that a line must contain for these atoms to be found in it; nothing if there is none."""
    return max(_literals(atoms), key=len, default="")


def _in_pieces(atoms: Alternative, budget: int) -> Search:
    """What stands between `.*`, one after the other. It is certain that nothing is found where no other way is left."""
    pieces = _pieces(atoms)
    safe_length = min(_safe_length(piece, budget) for _gap, piece in pieces) if len(pieces) > 1 else 0
    # Where a piece has but one length, the first place where it is found is also the first where it ends.
    searches = [(gap, _compiled(piece), all(atom.low == atom.high for atom in piece)) for gap, piece in pieces]

    def search(line: str) -> bool | None:
        if len(line) > safe_length:
            return None
        at, is_first_end = 0, True
        for gap, find, has_one_length in searches:
            index = find(line, at + gap)
            if index is None:
                return False if is_first_end or find(line) is None else None
            at = index.end()
            is_first_end = is_first_end and has_one_length
        return True

    return search


def _pieces(atoms: Alternative) -> list[tuple[int, Alternative]]:
    """What stands between `.*`, each with how many characters there have to be before it at least."""
    pieces: list[tuple[int, list[Atom]]] = [(0, [])]
    for atom in atoms:
        if atom.python == _ANYTHING and atom.high is None:
            pieces.append((atom.low, []))
        else:
            pieces[-1][1].append(atom)
    pieces_: list[tuple[int, Alternative]] = []
    gap = 0
    for low, alternatives in pieces:
        piece = shortest(tuple(alternatives))
        gap += low
        if piece:
            pieces_.append((gap, piece))
            gap = 0
    return pieces_


def _compiled(atoms: Alternative) -> Callable[..., re.Match[str] | None]:
    """The search of Python's engine; it would look for the start of a line everywhere."""
    expression = re.compile("".join(_repeated(*pair) for pair in _with_following(atoms)), FLAGS)
    return expression.match if atoms[:1] == (LINE_START,) else expression.search


def _with_following(atoms: Alternative) -> Iterator[tuple[Atom, Atom | None]]:
    return zip(atoms, (*atoms[1:], None), strict=False)


def _repeated(atom: Atom, following: Atom | None) -> str:
    if (atom.low, atom.high) == (1, 1):
        return atom.python
    if atom.low == atom.high and atom.low:
        return f"{atom.python}{atom.python}{{{atom.low - 1}}}"  # a search is faster where one character comes first
    return f"{atom.python}{{{atom.low},{'' if atom.high is None else atom.high}}}{'+' * _is_final(atom, following)}"


def _is_final(atom: Atom, following: Atom | None) -> bool:
    """Whether a repetition has to end where it can not go on, because what follows is none of its characters."""
    if following is None or following is LINE_START or not following.low:
        return False
    return following is LINE_END or _characters(atom.python).isdisjoint(_characters(following.python))


@lru_cache(maxsize=512)
def _characters(python: str) -> frozenset[str]:
    return frozenset(re.findall(python, _EVERY_CHARACTER, FLAGS))


def _safe_length(atoms: Alternative, budget: int) -> int:
    """How long a line may be for Python's engine to stay within the budget, should the worst happen.

    Each repetition that may end early or late multiplies the ways to try by the length; so does the search itself.
    Those that are never gone back into only make each way longer, all of them together by the length.
    """
    varying = [_is_final(*pair) for pair in _with_following(atoms) if pair[0].low != pair[0].high]
    powers = 1 + varying.count(False) + (True in varying)
    longest_run = max((atom.low for atom in atoms), default=1)
    return int((budget / max(1, longest_run)) ** (1 / powers))


def _literals(atoms: Alternative) -> list[str]:
    """Texts that a line must contain for these atoms to be found in it."""
    runs = [""]
    for atom in atoms:
        if atom.literal and atom.low == atom.high:
            runs[-1] += atom.literal * atom.low
        else:
            runs.append("")
    literals = sorted(dict.fromkeys(filter(None, runs)), key=len, reverse=True)
    return [run for index, run in enumerate(literals) if not any(run in longer for longer in literals[:index])]
