"""Tables with what is said around them, as text for a terminal and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from generator.comment.text import code, visible
from generator.wording import printable

# Everything that Markdown gives a meaning.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|@~!&])")
# What GitHub and GitLab look for in the rendered text, where no escape stops them: mentions, issues, commits, links.
_REFERENCE = re.compile(
    r"@|#|!\d|gh-\d|://|www\.|(?<![0-9a-z])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}(?![0-9a-z])", re.IGNORECASE
)


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
    """A text without any meaning in Markdown; what a host would take for a reference is code."""
    words = visible(sentence).split()
    return " ".join(code(word) if _REFERENCE.search(word) else _SPECIAL.sub(r"\\\1", word) for word in words)
