"""Event rules in a diff and in the catalogue."""

from __future__ import annotations

from generator.render.event_rule_words import catalogued, changes
from generator.render.section_words import SectionWords

WORDS = SectionWords("Event rules", changes, begins_with_subject=True, catalogue=catalogued)
