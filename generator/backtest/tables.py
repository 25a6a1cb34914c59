"""Tables with what is said around them, as text for a terminal and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# Everything that Markdown or GitHub gives a meaning, mentions included.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|@~!&])")


@dataclass(frozen=True, slots=True)
class BacktestPart:
    """A part of a report. head and rows: a table; the columns in `numbers` are aligned right.

    before, after: sentences around the table.
    """

    title: str
    before: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: frozenset[int] = frozenset()
    after: Sequence[str] = field(default=())


def text(title: str, parts: Sequence[BacktestPart]) -> Iterator[str]:
    """Lines for a terminal."""
    yield title
    for part in parts:
        yield ""
        yield part.title
        yield from (f"  {sentence}" for sentence in part.before)
        yield from _text_rows(part)
        yield from (f"  {sentence}" for sentence in part.after)


def _text_rows(part: BacktestPart) -> Iterator[str]:
    rows = [part.head, *part.rows] if part.rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if index in part.numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"  {'  '.join(cells)}".rstrip()


def markdown(title: str, parts: Sequence[BacktestPart]) -> Iterator[str]:
    """Lines of Markdown, for a comment on a pull request."""
    yield f"### {escaped(title)}"
    for part in parts:
        yield ""
        yield f"**{escaped(part.title)}**"
        if part.before:
            yield ""
        yield from (f"- {escaped(sentence)}" for sentence in part.before)
        if part.rows:
            yield ""
            yield _markdown_row(part.head)
            yield f"| {' | '.join('---:' if index in part.numbers else '---' for index in range(len(part.head)))} |"
            yield from map(_markdown_row, part.rows)
        if part.after:
            yield ""
        yield from (f"- {escaped(sentence)}" for sentence in part.after)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"


def escaped(sentence: str) -> str:
    """A text without any meaning in Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(sentence.split()))
