"""Blocks of Markdown that can be cut: each is whole or ends at one of its lines, and is always closed.

Sizes are bytes of UTF-8. A block that has no room for one line is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from generator.comment.text import fence_of
from generator.wording import visible

_GAP = 2


class Block(Protocol):
    """A piece of a section."""

    def render(self, most_bytes: int) -> tuple[str, bool]:
        """Its Markdown in at most so many bytes, without a line break at the end, and whether anything is missing."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of Markdown."""

    line: str

    def render(self, most_bytes: int) -> tuple[str, bool]:
        """The line, or nothing."""
        line = _one_line(self.line)
        return (line, False) if size(line) <= most_bytes else ("", True)


@dataclass(frozen=True, slots=True)
class Items:
    """A list; each item is one line of Markdown. omitted: how many the results leave out already."""

    items: Sequence[str]
    omitted: int = 0

    def render(self, most_bytes: int) -> tuple[str, bool]:
        """The first items, and how many more there are."""
        return _fitting(
            [], [f"- {_one_line(item)}" for item in self.items], "- … and {} more", self.omitted, most_bytes
        )


@dataclass(frozen=True, slots=True)
class MarkdownTable:
    """A table; each cell is one line of Markdown. omitted: how many rows the results leave out already."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    omitted: int = 0

    def render(self, most_bytes: int) -> tuple[str, bool]:
        """The head and the first rows, and how many more there are."""
        head = [_row(self.head), _row(["---"] * len(self.head))]
        last = _row(["… and {} more", *[""] * (len(self.head) - 1)])
        return _fitting(head, [_row(row) for row in self.rows], last, self.omitted, most_bytes)


@dataclass(frozen=True, slots=True)
class Fence:
    """A text of several lines as it is, which means nothing."""

    text: str

    def render(self, most_bytes: int) -> tuple[str, bool]:
        """The first lines."""
        lines = [_without_command(visible(line.replace("\t", "    "))) for line in self.text.splitlines()]
        if not lines:
            return "", False
        fence = fence_of(self.text)
        text, is_cut = _fitting([f"{fence}text"], lines, "…", 0, most_bytes - len(fence) - 1)
        return (f"{text}\n{fence}", is_cut) if text else ("", True)


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks that are shown on a click. summary: a text of obsgen's own, without names."""

    summary: str
    blocks: Sequence[Block] = field(default_factory=tuple)

    def render(self, most_bytes: int) -> tuple[str, bool]:
        """What is inside, as far as there is room."""
        before, after = f"<details><summary>{self.summary}</summary>\n\n", "\n\n</details>"
        inside, is_cut = render_blocks(self.blocks, most_bytes - size(before) - size(after))
        return (f"{before}{inside}{after}", is_cut) if inside else ("", is_cut)


def render_blocks(blocks: Sequence[Block], most_bytes: int) -> tuple[str, bool]:
    """Blocks with an empty line between them, in at most so many bytes, and whether anything is missing."""
    texts: list[str] = []
    left, is_any_cut = most_bytes, False
    for block in blocks:
        text, is_cut = block.render(left)
        is_any_cut = is_any_cut or is_cut
        if text:
            texts.append(text)
            left -= size(text) + _GAP
        if is_cut:
            break
    return "\n\n".join(texts), is_any_cut


def size(text: str) -> int:
    """The bytes of a text in UTF-8."""
    return len(text.encode("utf-8", "replace"))


def _fitting(head: list[str], lines: Sequence[str], last: str, omitted: int, most_bytes: int) -> tuple[str, bool]:
    """The head and as many lines as there is room for; `last` is the line after them where some are missing."""
    if not lines:
        return "", False
    whole = "\n".join([*head, *lines, *([last.format(f"{omitted:,}")] if omitted else [])])
    if size(whole) <= most_bytes:
        return whole, False
    left = most_bytes - sum(size(line) + 1 for line in head) - size(last) - 20  # room for the number
    chosen = list(_first(lines, left))
    if not chosen:
        return "", True
    missing = omitted + len(lines) - len(chosen)
    return "\n".join([*head, *chosen, last.format(f"{missing:,}")]), True


def _first(lines: Sequence[str], most_bytes: int) -> Iterator[str]:
    left = most_bytes
    for line in lines:
        left -= size(line) + 1
        if left < 0:
            return
        yield line


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_one_line(cell) for cell in cells)} |"


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")) if "\n" in text else text


def _without_command(line: str) -> str:
    """GitLab reads commands such as `/close` from lines, and does not see every fence that Markdown has.

    https://docs.gitlab.com/user/project/quick_actions/
    """
    return f"| {line}" if line.lstrip().startswith("/") else line
