"""A report as Google Chat shows it; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.google_card import TITLE_LIMIT, GoogleCard, plain_message
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.vendors import card_text

COLOURS = {"critical": "#d1242f", "high": "#c2541b", "medium": "#8a6d00", "low": "#6e7781"}
OK, NO_DATA = "#1a7f37", "#6e7781"


def message(report: Report) -> dict[str, Any]:
    """A card for one change of an incident."""
    title, foot = card_text.title(report, TITLE_LIMIT), card_text.foot(report)
    return card_text.filled(GoogleCard(report.label, title, foot, _colour(report)), report)


def plain(report: Report) -> dict[str, Any]:
    """The same as text without a card, for a space that refused the card."""
    facts = [f"{name}: {value}" for name, value in report.facts]
    members = [member.text for member in report.members] if report.is_of_several else []
    lines = report.lines if report.step is Step.EVIDENCE else (report.lead, *facts, *members)
    return plain_message([card_text.title(report, TITLE_LIMIT), *lines])


def digest(digest: Digest) -> dict[str, Any]:
    """A card for many incidents."""
    card = GoogleCard("digest", digest.title, card_text.digest_foot(digest), NO_DATA)
    return card_text.filled_with_list(card, digest)


def _colour(report: Report) -> str:
    if report.step is Step.RESOLVE:
        return OK
    return NO_DATA if report.step is Step.NOTICE else COLOURS.get(report.severity, COLOURS["high"])
