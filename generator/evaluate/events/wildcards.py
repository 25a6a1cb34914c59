"""Wildcards of event patterns: `*` is any text, `\\*` an asterisk, `\\\\` a backslash.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
"""

from __future__ import annotations

from collections.abc import Callable

from generator.evaluate.events.faults import UnreadableFilter


def wildcard(text: str) -> Callable[[str], bool]:
    """A test for text that the wildcard matches. Raises UnreadableFilter."""
    first, *rest = _pieces(text)
    if not rest:
        return lambda value: value == first
    *middle, last = rest

    def matches(value: str) -> bool:
        # The pieces between asterisks from left to right, each as early as possible: no search has to go back.
        if not value.startswith(first) or not value.endswith(last) or len(value) < len(first) + len(last):
            return False
        at, end = len(first), len(value) - len(last)
        for piece in middle:
            start = value.find(piece, at, end)
            if start < 0:
                return False
            at = start + len(piece)
        return True

    return matches


def _pieces(text: str) -> list[str]:
    """The literal text before, between and after asterisks."""
    pieces = [""]
    at = 0
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        if character == "*":
            if following == "*":
                raise UnreadableFilter("a wildcard cannot have two asterisks in a row", "write one")
            pieces.append("")
        elif character == "\\":
            if following not in ("*", "\\"):
                raise UnreadableFilter("a backslash of a wildcard escapes only `*` and `\\`", "double the backslash")
            pieces[-1] += following
            at += 1
        else:
            pieces[-1] += character
        at += 1
    return pieces
