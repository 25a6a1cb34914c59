"""Mute rules in a diff and in the catalogue."""

from __future__ import annotations

from generator.render.maintenance_words import catalogued, differences
from generator.render.section_words import SectionWords, without_subject

WORDS = SectionWords("Maintenance", without_subject(differences), catalogue=catalogued)
