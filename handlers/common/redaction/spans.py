"""What a rule of redaction finds: where, and of which kind. And patterns that are compiled when first used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple


class Span(NamedTuple):
    """A part of a text to take out: start and end as in slices. kind: what people read in its place."""

    start: int
    end: int
    kind: str


def lazy(source: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """A pattern that costs nothing at import: a cold start at 128 MB would pay ten times the time for it.

    Every pattern here is linear: a repeat is possessive, or bounded, and starts where the one before it cannot.
    """

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(source, flags)

    return compiled


def matches(pattern: re.Pattern[str], text: str, kind: str, group: int | str = 0) -> Iterator[Span]:
    """A span for every match that is not empty."""
    for match in pattern.finditer(text):
        start, end = match.span(group)
        if start < end:
            yield Span(start, end, kind)


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order and apart: spans that overlap are one, of the kind of the one that starts first."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if result and span.start < result[-1].end:
            result[-1] = result[-1]._replace(end=max(result[-1].end, span.end))
        else:
            result.append(span)
    return result
