"""Accounts in a diff; the catalogue begins with them."""

from __future__ import annotations

from generator.render.account_changes import account_differences
from generator.render.section_words import SectionWords

WORDS = SectionWords("Accounts", account_differences)
