"""A report and a list of incidents on the card of a chat, whichever chat it is; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.card import Card
from handlers.incident.message.report import Digest, Report, Step, is_address


def title(report: Report, limit: int) -> str:
    """The title of a card, in so many characters."""
    return report.title_within(limit) if report.step is not Step.EVIDENCE else "Latest log events"


def foot(report: Report) -> str:
    """The last line of a card."""
    return f"{report.project} · {report.label}"


def digest_foot(digest: Digest) -> str:
    """The last line of a list's card."""
    return f"{digest.project} {digest.environment} · {digest.since} to {digest.at}"


def filled(card: Card, report: Report) -> dict[str, Any]:
    """The message with lead, facts, buttons, and last the alarms, as many as fit."""
    if report.step is Step.EVIDENCE:
        card.log_lines(report.lines)
        return card.message
    if report.lead:
        card.text(report.lead)
    for name, value in report.facts:
        card.fact(name, value)
    # No text of a card is a link by itself.
    for label, url in (("Runbook", report.runbook), *report.links):
        if is_address(url):
            card.link(label, url)
    if report.is_of_several:
        card.listed([member.text for member in report.members], report.total)
    return card.message


def filled_with_list(card: Card, digest: Digest) -> dict[str, Any]:
    """The message with how many there are of what, then one incident a line."""
    if digest.counts:
        card.text(" · ".join(f"{label}: {number}" for label, number in digest.counts))
    if is_address(digest.link):
        card.link("Dashboard", digest.link)
    card.listed(digest.lines, digest.total)
    return card.message
