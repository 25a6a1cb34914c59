"""The policy of incidents in a diff; the catalogue has it before the sections."""

from __future__ import annotations

from generator.render.channel_changes import incident_differences
from generator.render.section_words import SectionWords, without_subject

WORDS = SectionWords("Incidents", without_subject(incident_differences))
