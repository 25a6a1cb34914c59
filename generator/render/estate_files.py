"""estate.json as one file, or where it is too large to be opened in a review, one that lists its parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.estate_data import ENTRIES, PARTS, SECTION, STEM
from generator.manifest import ESTATE_FILE
from generator.model.estate import Estate
from generator.render.estate_json import ESTATE_VERSION, plain, sections_of
from generator.render.json_rows import list_of, object_of, row, section
from generator.render.split_files import LEAST_BYTES, MOST_BYTES, Entry, file_name, in_parts, size_of


def estate_files(estate: Estate) -> dict[str, bytes]:
    """The files by name."""
    given = sections_of(estate)
    named = {name: [*map(_entry, value)] for name, value in given.items() if _has_names(value)}
    sizes = {name: sum(size_of(text) for _, text in entries) for name, entries in named.items()}
    kept = {name: section(value, plain) for name, value in given.items() if name not in named}
    is_small = sum(sizes.values()) + sum(map(size_of, kept.values())) <= MOST_BYTES
    elsewhere = {name for name, size in sizes.items() if size > LEAST_BYTES and not is_small}
    parts = {file: content for name in named if name in elsewhere for file, content in _parts_of(name, named[name])}
    here = {name: list_of([text for _, text in entries]) for name, entries in named.items() if name not in elsewhere}
    texts = {name: kept[name] if name in kept else here[name] for name in given if name not in elsewhere}
    first = {"estate": texts.pop("estate"), **({PARTS: list_of([row(file) for file in parts])} if parts else {})}
    return {ESTATE_FILE: object_of({**first, **texts}).encode(), **parts}


def _has_names(value: Any) -> bool:
    is_list = isinstance(value, tuple) and bool(value)
    return is_list and all(hasattr(one, "name") or hasattr(one, "key") for one in value)


def _entry(value: Any) -> Entry:
    return str(getattr(value, "name", "") or value.key), row(value, plain)


def _parts_of(name: str, entries: list[Entry]) -> Iterator[tuple[str, bytes]]:
    stem = f"{STEM}-{name.replace('_', '-')}"
    for beginning, own in in_parts(entries, MOST_BYTES):
        rows = list_of([text for _, text in own])
        text = object_of({"estate": row(ESTATE_VERSION), SECTION: row(name), ENTRIES: rows})
        yield file_name(stem, beginning, "json"), text.encode()
