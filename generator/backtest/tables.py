"""Tables with what is said around them, as text for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from generator.comment.text import plain
from generator.wording import printable


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
    """Lines for a terminal, without what it would act on in names that others chose."""
    yield from (printable(line) for line in _text(title, parts))


def _text(title: str, parts: Sequence[BacktestPart]) -> Iterator[str]:
    yield title
    for part in parts:
        yield ""
        yield part.title
        yield from (f"  {sentence}" for sentence in part.before)
        yield from _text_rows(part)
        yield from (f"  {sentence}" for sentence in part.after)


def _text_rows(part: BacktestPart) -> Iterator[str]:
    rows = [[printable(cell) for cell in row] for row in (part.head, *part.rows)] if part.rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if index in part.numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"  {'  '.join(cells)}".rstrip()


def markdown(title: str, parts: Sequence[BacktestPart]) -> Iterator[str]:
    """Lines of Markdown, for a comment on a pull request."""
    yield f"### {plain(title)}"
    for part in parts:
        yield ""
        yield f"**{plain(part.title)}**"
        if part.before:
            yield ""
        yield from (f"- {plain(sentence)}" for sentence in part.before)
        if part.rows:
            yield ""
            yield _markdown_row(part.head)
            yield f"| {' | '.join('---:' if index in part.numbers else '---' for index in range(len(part.head)))} |"
            yield from map(_markdown_row, part.rows)
        if part.after:
            yield ""
        yield from (f"- {plain(sentence)}" for sentence in part.after)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(plain(cell) for cell in cells)} |"
