"""Entries with a new key in a diff."""

from __future__ import annotations

from collections.abc import Iterator

from generator.render.moved_changes import moved_entries
from generator.render.section_words import Data, Kind, SectionWords


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    yield from (("changed", "", sentence) for sentence in moved_entries(before, after))


WORDS = SectionWords("Renamed in the spec", _changes)
