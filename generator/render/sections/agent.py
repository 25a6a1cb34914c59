"""The CloudWatch agent in a diff: the members whose instances it configures."""

from __future__ import annotations

from collections.abc import Iterator

from generator.render.placement_changes import section_moved
from generator.render.section_words import Data, Kind, SectionWords


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    yield from section_moved("agent", "instances are configured", before, after)


WORDS = SectionWords("The agent on instances", _changes)
