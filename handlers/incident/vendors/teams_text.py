"""A report as Microsoft Teams shows it; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.adaptive_card import TITLE_LIMIT, AdaptiveCard
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.vendors import card_text

COLOURS = {"critical": "Attention", "high": "Attention", "medium": "Warning", "low": "Default"}


def message(report: Report) -> dict[str, Any]:
    """A card for one change of an incident."""
    card = AdaptiveCard(card_text.title(report, TITLE_LIMIT), card_text.foot(report), _colour(report))
    return card_text.filled(card, report)


def digest(digest: Digest) -> dict[str, Any]:
    """A card for many incidents."""
    return card_text.filled_with_list(AdaptiveCard(digest.title, card_text.digest_foot(digest)), digest)


def _colour(report: Report) -> str:
    if report.step is Step.RESOLVE:
        return "Good"
    return "Default" if report.step is Step.NOTICE else COLOURS.get(report.severity, "Attention")
