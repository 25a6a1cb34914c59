"""Quoted values, also those of JSON inside JSON strings."""

from __future__ import annotations

from handlers.common.redaction.spans import Span, lazy

_OPENED = lazy(r"(\\*+)([\"'`])")
_FOLLOWING = lazy(r"\\*+[\"'`]\s{0,8}+,\s{0,8}+(?=[\"'`\\])(?=\\*+[\"'`])")
_CLOSING = {quote: lazy(rf"(?<!\\)(?P<slashes>\\*+)(?:(?P<quote>{quote}+)|(?=\n|\Z))") for quote in "\"'`"}


def opens(text: str, start: int) -> bool:
    """Does a quote, with or without backslashes before it, stand at `start`?"""
    return _OPENED().match(text, start) is not None


def after_bracket(text: str, start: int) -> int:
    """Past the bracket at `start`, and blanks."""
    start += 1
    while text.startswith(" ", start):
        start += 1
    return start


def quoted_list(text: str, start: int, kind: str) -> Span:
    """As `quoted`, and what follows it between quotes after commas: Node's and Go's headers are lists."""
    span = quoted(text, start, kind)
    while text[max(0, start - 5) : start].rstrip(" ").endswith("[") and (
        following := _FOLLOWING().match(text, span.end)
    ):
        span = span._replace(end=quoted(text, following.end(), kind).end)
    return span


def quoted(text: str, start: int, kind: str) -> Span:
    """From the quote at `start` to the one that closes it on the same line, or to the line's end where none does.

    JSON inside a JSON string writes `\\"` for its quotes, and one level deeper `\\\\\\"`: a quote of depth d has
    2 ** d - 1 backslashes, and one that is escaped within has 2 ** (d + 1) - 1, after any backslashes of the value.
    Fewer backslashes than the opening one has close what is around it. SQL and CSV double a quote within quotes.
    """
    begin = start
    while text[begin] == "\\":
        begin += 1
    depth, begin, mark = begin - start, begin + 1, text[begin]
    for match in _CLOSING[mark]().finditer(text, begin):
        slashes, quotes = len(match["slashes"]), len(match["quote"] or "")
        if not quotes:
            return Span(begin, match.end(), kind)
        if slashes % (2 * depth + 2) == 2 * depth + 1:
            continue
        if depth == 0 and quotes == 2 and match.start() > begin:
            continue
        return Span(begin, match.start() + max(0, slashes - depth), kind)
    return Span(begin, len(text), kind)
