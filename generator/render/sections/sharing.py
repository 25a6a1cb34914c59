"""Telemetry that members share with the hub, in a diff."""

from __future__ import annotations

from generator.render.section_words import SectionWords, without_subject
from generator.render.sharing_words import sharing_differences

WORDS = SectionWords("What members share", without_subject(sharing_differences))
