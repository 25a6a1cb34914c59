"""Service level objectives in a diff and in the catalogue."""

from __future__ import annotations

from generator.render.section_words import SectionWords
from generator.render.slo_words import catalogued, changes

WORDS = SectionWords("Objectives", changes, begins_with_subject=True, catalogue=catalogued)
