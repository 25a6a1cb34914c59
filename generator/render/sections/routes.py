"""Routes in a diff; the catalogue names each alarm's recipients."""

from __future__ import annotations

from collections.abc import Iterator

from generator.render.route_changes import route_differences
from generator.render.section_words import Data, Kind, SectionWords


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    yield from ((kind, name, sentence) for kind, _, name, sentence in route_differences(before, after))


WORDS = SectionWords("Routing", _changes)
