"""Alarms in a diff; the catalogue has a part for each severity."""

from __future__ import annotations

from generator.render.alarm_changes import alarm_differences
from generator.render.section_words import SectionWords

WORDS = SectionWords("Alarms", alarm_differences, begins_with_subject=True)
