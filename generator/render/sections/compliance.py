"""Tag compliance in a diff and in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from generator.render.compliance_words import catalogued, differences
from generator.render.estate_json import plain
from generator.render.placement_changes import section_moved
from generator.render.section_words import Data, Kind, SectionWords


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    yield from ((kind, "", sentence) for kind, sentence in differences(before, after))
    ends = "; elsewhere all records of it are DELETED"
    yield from section_moved("compliance", "tags are checked", before, after, ends)


WORDS = SectionWords("Tag compliance", _changes, catalogue=lambda estate: catalogued(plain(estate.compliance)))
