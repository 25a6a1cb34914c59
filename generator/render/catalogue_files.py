"""catalogue.md as one file, or where it is too large to be opened in a review, an index and files of its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.render.split_files import LEAST_BYTES, MOST_BYTES, Entry, file_name, in_parts

CATALOGUE = "catalogue.md"
_STEM = "catalogue"
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)
# An alarm with all that is said of it; and where a section has none, a row of its table or an entry of its list.
_ALARM = re.compile(r"^(?=### )", re.MULTILINE)
_ROW = re.compile(r"^(?=\| (?!alarm \||--- )|- )", re.MULTILINE)


def catalogue_files(text: str) -> dict[str, str]:
    """The files by name. text: the catalogue as a whole."""
    if len(text.encode()) <= MOST_BYTES:
        return {CATALOGUE: text}
    head, *sections = _SECTION.split(text)
    files: dict[str, str] = {}
    index = [head.rstrip("\n")]
    for section in sections:
        index.append(_small(section, head, files).rstrip("\n"))
    return {CATALOGUE: "\n\n".join(index) + "\n", **files}


def _small(section: str, head: str, files: dict[str, str]) -> str:
    """The section as it is; or its introduction, and links to the files with its entries."""
    if len(section.encode()) <= LEAST_BYTES:
        return section
    before, *entries = (_ALARM if "\n### " in section else _ROW).split(section)
    heading = before.partition("\n")[0]
    stem = f"{_STEM}-{_slug(heading)}"
    links = []
    for beginning, own in in_parts([*_named(entries)], MOST_BYTES):
        name = file_name(stem, beginning, "md")
        body = "".join(text for _, text in own)
        files[name] = f"{_title(head, heading, beginning)}\n\n{before.partition(chr(10))[2].lstrip(chr(10))}{body}"
        links.append(f"- [{f'{beginning}…' if beginning else 'all of them'}]({name})")
    return "\n\n".join([heading, "\n".join(links)])


def _named(entries: list[str]) -> Iterator[Entry]:
    """Each entry by the alarm that it is about, which it begins with."""
    for entry in entries:
        yield entry.lstrip("#|-* ").partition("\n")[0].partition(" ")[0], entry


def _slug(heading: str) -> str:
    """`critical` of `## Critical → pager`, as channels come and go."""
    words = re.split(r" → |:", heading.lstrip("# "))[0]
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:40].strip("-")


def _title(head: str, heading: str, beginning: str) -> str:
    title, _, rest = head.partition("\n")
    written = next(line for line in rest.splitlines() if line)
    which = f", {beginning}…" if beginning else ""
    return f"{title}{which}\n\n{written}\n\n{heading}"
