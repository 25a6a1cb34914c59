"""A report as a message of Google Chat; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.google_card import GoogleCard
from handlers.reports import chat_card
from handlers.reports.report import Report

COLOUR = "#24292f"


def message(report: Report) -> dict[str, Any]:
    """A card."""
    return chat_card.filled(GoogleCard(report.name, report.title, report.span, COLOUR), report)
