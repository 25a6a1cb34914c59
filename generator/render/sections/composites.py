"""Composites in a diff; the catalogue has them beside the alarms."""

from __future__ import annotations

from generator.render.composite_changes import composite_differences
from generator.render.section_words import SectionWords

WORDS = SectionWords("Composites", composite_differences, begins_with_subject=True)
