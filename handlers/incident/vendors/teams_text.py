"""A report as Microsoft Teams shows it, in a card within the size of a message; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.adaptive_card import TITLE_LIMIT, AdaptiveCard
from handlers.incident.message.report import Digest, Report, Step, is_address

COLOURS = {"critical": "Attention", "high": "Attention", "medium": "Warning", "low": "Default"}


def message(report: Report) -> dict[str, Any]:
    """Title, lead, facts, buttons, and last the alarms, as many as fit."""
    title = report.title_within(TITLE_LIMIT) if report.step is not Step.EVIDENCE else "Latest log events"
    card = AdaptiveCard(title, f"{report.project} · {report.label}", _colour(report))
    if report.step is Step.EVIDENCE:
        card.log_lines(report.lines)
        return card.message
    if report.lead:
        card.text(report.lead)
    for name, value in report.facts:
        card.fact(name, value)
    for label, url in report.links:
        if is_address(url):
            card.link(label, url)
    if report.is_of_several:
        card.listed([member.text for member in report.members], report.total)
    return card.message


def digest(digest: Digest) -> dict[str, Any]:
    """Many incidents in one message: how many of what, then one a line."""
    card = AdaptiveCard(digest.title, f"{digest.project} {digest.environment} · {digest.since} to {digest.at}")
    if digest.counts:
        card.text(" · ".join(f"{label}: {number}" for label, number in digest.counts))
    if is_address(digest.link):
        card.link("Dashboard", digest.link)
    card.listed(digest.lines, digest.total)
    return card.message


def _colour(report: Report) -> str:
    if report.step is Step.RESOLVE:
        return "Good"
    return "Default" if report.step is Step.NOTICE else COLOURS.get(report.severity, "Attention")
