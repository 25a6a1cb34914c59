"""Sections of the catalogue as HTML: its lines are headings, entries of lists, rows of tables and paragraphs.

Texts in them are those of the catalogue, which are not Markdown: only what its own writers put there is read, a bold
beginning and code in backquotes. All else is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from generator.preview.markup import text

_BEGINNING = re.compile(r"\*\*(.+?)\*\* ?")
_CODE = re.compile(r"`([^`]+)`")
_CELL = re.compile(r"(?<!\\)\|")


def word_lists_html(lines: Iterable[str]) -> str:
    """HTML of a section; its headings are below those of the page's sections."""
    return "".join(_blocks(lines))


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    open_block = ""
    for line in lines:
        block = _block_of(line)
        if open_block and block != open_block:
            yield _ENDS[open_block]
        if block and block != open_block:
            yield _BEGINS[block]
        if block == "table":
            yield _row(line, is_head=open_block != "table")
        elif block == "list":
            yield f'<li class="item">{_inline(line.removeprefix("- "))}</li>'
        elif line.startswith("#"):
            yield f"<h4>{text(line.lstrip('# '))}</h4>"
        elif line.strip():
            yield f"<p>{_inline(line)}</p>"
        open_block = block
    if open_block:
        yield _ENDS[open_block]


_BEGINS = {"list": "<ul>", "table": '<div class="wide"><table>'}
_ENDS = {"list": "</ul>", "table": "</tbody></table></div>"}


def _block_of(line: str) -> str:
    return "list" if line.startswith("- ") else "table" if line.startswith("|") else ""


def _row(line: str, *, is_head: bool) -> str:
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
    if is_head:
        return f"<thead><tr>{''.join(f'<th scope={chr(34)}col{chr(34)}>{text(c)}</th>' for c in cells)}</tr></thead><tbody>"
    if all(cell == "---" for cell in cells):
        return ""
    first, *rest = cells or [""]
    return f'<tr class="item"><th scope="row">{_inline(first)}</th>{"".join(f"<td>{_inline(c)}</td>" for c in rest)}</tr>'


def _inline(words: str) -> str:
    beginning = _BEGINNING.match(words)
    if beginning:
        return f"<b>{text(beginning[1])}</b> {_inline(words[beginning.end() :])}"
    parts = _CODE.split(words)
    return "".join(f"<code>{text(part)}</code>" if index % 2 else text(part) for index, part in enumerate(parts))
