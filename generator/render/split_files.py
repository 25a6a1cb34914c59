"""Many entries over several files, so that each can be opened in a review, and one more changes one of them.

Files are named by how the names of their entries begin. Which entries are together follows from the entries alone and
not from what was there before: those that begin alike, with one letter more where they would be too large. So an entry
that comes or goes changes its own file; where that is full, it becomes several, and no other is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# GitHub shows no Markdown above 512 kB, and no file above a megabyte.
# https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits
MOST_BYTES = 400_000
# What is smaller stays where it was, in a file that is too large as a whole.
LEAST_BYTES = 50_000
# A file name has 255 characters, and entries may begin alike for long.
_LONGEST_BEGINNING = 80

Entry = tuple[str, str]
# The letters of an entry's name, its size, and the entry.
_Sorted = tuple[str, int, Entry]


def in_parts(entries: Iterable[Entry], most: int) -> list[tuple[str, list[Entry]]]:
    """The entries by the beginning of their names, by name and text; the beginning is empty where all are in one part.

    most: bytes of a part; one entry that is larger is alone.
    """
    known = [(letters_of(name), size_of(text), (name, text)) for name, text in entries]
    return [(beginning, [entry for *_, entry in own]) for beginning, own in _divided(known, most, "")]


def _divided(entries: list[_Sorted], most: int, beginning: str) -> list[tuple[str, list[_Sorted]]]:
    by_next: dict[str, list[_Sorted]] = {}
    for entry in entries:
        by_next.setdefault(entry[0][: len(beginning) + 1], []).append(entry)
    is_small = sum(size for _, size, _ in entries) <= most
    if is_small or len(beginning) >= _LONGEST_BEGINNING or by_next.keys() == {beginning}:
        return [(beginning, entries)]
    # Those whose name ends here go no further.
    groups = [(beginning, by_next.pop(beginning))] if beginning in by_next else []
    for longer in sorted(by_next):
        groups += _divided(by_next[longer], most, longer)
    return groups


def size_of(text: str) -> int:
    """Bytes, with a line break behind it."""
    return len(text.encode()) + 1


def letters_of(text: str) -> str:
    """The letters and digits of a name, in lower case: file systems that know no upper case have no two of a name."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def file_name(stem: str, beginning: str, ending: str) -> str:
    """`catalogue-critical-pay.md`, or `catalogue-critical.md` for all of them."""
    return f"{stem}-{beginning}.{ending}" if beginning else f"{stem}.{ending}"
