"""Errors in logs, events and reports in a diff and in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.estate import Estate
from generator.render.error_log_words import SECTIONS, catalogued, differences
from generator.render.estate_json import plain
from generator.render.placement_changes import section_moved
from generator.render.section_words import Data, Kind, SectionWords


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    yield from ((kind, "", sentence) for kind, sentence in differences(before, after))
    yield from section_moved("error_logs", "logs are searched for errors", before, after)


def _catalogue(estate: Estate) -> Iterator[str]:
    yield from catalogued({name: plain(getattr(estate, name)) for name in SECTIONS})


WORDS = SectionWords("Errors in logs, events and reports", _changes, catalogue=_catalogue)
