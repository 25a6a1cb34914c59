"""Metric filters and log groups in a diff."""

from __future__ import annotations

from collections.abc import Iterator

from generator.render.filter_changes import filter_changes
from generator.render.placement_changes import makers_changed
from generator.render.section_words import Data, Kind, SectionWords


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    yield from filter_changes(before, after)
    yield from (("changed", name, sentence) for name, sentence in makers_changed(before, after))


WORDS = SectionWords("What is counted in logs", _changes, begins_with_subject=True)
