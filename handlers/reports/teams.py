"""A report as a message of Microsoft Teams; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.adaptive_card import AdaptiveCard
from handlers.reports import chat_card
from handlers.reports.report import Report


def message(report: Report) -> dict[str, Any]:
    """An Adaptive Card."""
    return chat_card.filled(AdaptiveCard(report.title, report.span), report)
