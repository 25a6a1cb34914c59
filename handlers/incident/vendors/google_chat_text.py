"""A report as Google Chat shows it, in a card within the size of a message; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.google_card import TITLE_LIMIT, GoogleCard, plain_message
from handlers.incident.message.report import Digest, Report, Step, is_address

COLOURS = {"critical": "#d1242f", "high": "#c2541b", "medium": "#8a6d00", "low": "#6e7781"}
OK, NO_DATA = "#1a7f37", "#6e7781"


def message(report: Report) -> dict[str, Any]:
    """Title, lead, facts, buttons, and last the alarms, as many as fit."""
    card = GoogleCard(report.label, _title(report), f"{report.project} · {report.label}", _colour(report))
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


def plain(report: Report) -> dict[str, Any]:
    """The same as text without a card, for a space that refused the card."""
    facts = [f"{name}: {value}" for name, value in report.facts]
    members = [member.text for member in report.members] if report.is_of_several else []
    lines = report.lines if report.step is Step.EVIDENCE else (report.lead, *facts, *members)
    return plain_message([_title(report), *lines])


def digest(digest: Digest) -> dict[str, Any]:
    """Many incidents in one message: how many of what, then one a line."""
    foot = f"{digest.project} {digest.environment} · {digest.since} to {digest.at}"
    card = GoogleCard("digest", digest.title, foot, NO_DATA)
    if digest.counts:
        card.text(" · ".join(f"{label}: {number}" for label, number in digest.counts))
    if is_address(digest.link):
        card.link("Dashboard", digest.link)
    card.listed(digest.lines, digest.total)
    return card.message


def _title(report: Report) -> str:
    return report.title_within(TITLE_LIMIT) if report.step is not Step.EVIDENCE else "Latest log events"


def _colour(report: Report) -> str:
    if report.step is Step.RESOLVE:
        return OK
    return NO_DATA if report.step is Step.NOTICE else COLOURS.get(report.severity, COLOURS["high"])
