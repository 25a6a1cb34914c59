"""Channels in a diff."""

from __future__ import annotations

from generator.render.channel_changes import channel_differences
from generator.render.section_words import SectionWords, without_subject

WORDS = SectionWords("Channels", without_subject(channel_differences))
