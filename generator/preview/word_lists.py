"""Sections of the catalogue as HTML: its lines are headings, entries of lists, rows of tables and paragraphs.

Texts in them are those of the catalogue, which are not Markdown: only what its own writers put there is read, a bold
beginning and code in backquotes. All else is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from generator.preview.markup import items, table, text

_BEGINNING = re.compile(r"\*\*(.+?)\*\* ?")
_CODE = re.compile(r"`([^`]+)`")
_CELL = re.compile(r"(?<!\\)\|")


def word_lists_html(lines: Iterable[str]) -> str:
    """HTML of a section; its headings are below those of the page's sections."""
    return "".join(_blocks(lines))


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """One fragment for all neighbours that are of one list or of one table."""
    for block, neighbours in groupby(lines, _block_of):
        if block == "table":
            head, _, *rows = (_cells(line) for line in neighbours)
            yield table(map(text, head), map(_row, rows))
        elif block == "list":
            yield items(_inline(line.removeprefix("- ")) for line in neighbours)
        else:
            yield from map(_paragraph, neighbours)


def _block_of(line: str) -> str:
    return "list" if line.startswith("- ") else "table" if line.startswith("|") else ""


def _paragraph(line: str) -> str:
    if line.startswith("#"):
        return f"<h4>{text(line.lstrip('# '))}</h4>"
    return f"<p>{_inline(line)}</p>" if line.strip() else ""


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]


def _row(cells: list[str]) -> str:
    first, *rest = cells
    return (
        f'<tr class="item"><th scope="row">{_inline(first)}</th>{"".join(f"<td>{_inline(c)}</td>" for c in rest)}</tr>'
    )


def _inline(words: str) -> str:
    beginning = _BEGINNING.match(words)
    if beginning:
        return f"<b>{text(beginning[1])}</b> {_inline(words[beginning.end() :])}"
    parts = _CODE.split(words)
    return "".join(f"<code>{text(part)}</code>" if index % 2 else text(part) for index, part in enumerate(parts))
