"""Quoted values, also those of JSON inside JSON strings."""

from __future__ import annotations

from handlers.common.redaction.spans import Span, lazy

_OPENED = lazy(r"(\\*+)([\"'`])")
_CLOSING = {quote: lazy(rf"(\\*+)(?:{quote}|(\n|\Z))") for quote in "\"'`"}

def opens(text: str, start: int) -> bool:
    """Does a quote, with or without backslashes before it, stand at `start`?"""
    return _OPENED().match(text, start) is not None


def quoted(text: str, start: int, kind: str) -> Span | None:
    """To the quote that closes it on the same line, past escaped ones, or to the line's end where none does.

    JSON inside a JSON string writes `\\"` for its quotes, and one level deeper `\\\\\\"`: a quote of depth d has
    2 ** d - 1 backslashes, and one that is escaped within has 2 ** (d + 1) - 1 after any backslashes of the value.
    """
    opened = _OPENED().match(text, start)
    if opened is None:
        return None
    slashes = len(opened[1])
    begin = opened.end()
    for match in _CLOSING[opened[2]]().finditer(text, begin):
        if match[2] is None and len(match[1]) % (2 * slashes + 2) == 2 * slashes + 1:
            continue
        end = match.start() + max(0, len(match[1]) - slashes) if match[2] is None else match.start(2)
        if match[2] is None and len(match[1]) < slashes:
            end = match.start()
        return Span(begin, end, kind)
    return None
