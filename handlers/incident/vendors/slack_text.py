"""A report as Slack shows it: Block Kit, within its limits; pure.

https://docs.slack.dev/reference/block-kit/blocks/header-block/ and its neighbours say how long what may be,
https://docs.slack.dev/messaging/formatting-message-text/#escaping what has to be escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.incident.message.report import Digest, Report, Step, clip, is_address

HEADER_LIMIT, TEXT_LIMIT, FIELD_LIMIT, FIELDS = 150, 3000, 2000, 10
# What a person reads of one fact; all of them are cut after escaping, for that is what Slack counts.
FACT_LIMIT, NAME_LIMIT, REASON_LIMIT = 1_900, 90, 1_450
LINE_LIMIT, LINES_A_SECTION = 280, 10
# Of the members of an incident; the ticket has them all.
MEMBERS = 20
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
COLOURS = {"critical": "#d1242f", "high": "#e16f24", "medium": "#d4a72c", "low": "#6e7781"}
OK, NO_DATA = "#1a7f37", "#6e7781"

Block = dict[str, Any]


def message(report: Report) -> dict[str, Any]:
    """Header above, the rest beside a bar that is as red as it is bad; `text` is what a notification shows."""
    below = {"color": _colour(report), "fallback": escaped(report.title), "blocks": _body(report)}
    head = {"type": "header", "text": {"type": "plain_text", "text": _title(report)}}
    return {"text": escaped(report.title, FACT_LIMIT), "blocks": [head], "attachments": [below]}


def _title(report: Report) -> str:
    return report.title_within(HEADER_LIMIT) if report.step is not Step.EVIDENCE else "Latest log events"


def _colour(report: Report) -> str:
    if report.step is Step.RESOLVE:
        return OK
    return NO_DATA if report.step is Step.NOTICE else COLOURS.get(report.severity, COLOURS["high"])


def _body(report: Report) -> list[Block]:
    if report.step is Step.EVIDENCE:
        return [_section(_code(report.lines))]
    facts = dict(report.facts)
    # A finding may have a fact of that name.
    reason = "" if report.finding else facts.pop("Reason", "")
    texts = [escaped(text, REASON_LIMIT) for text in (report.lead, reason) if text]
    blocks = [_section("\n".join(texts))] if texts else []
    if report.finding:
        own = [name for name in facts if name == "To do" or name in dict(report.finding.facts)]
        blocks += [_plain([f"{name}: {facts.pop(name)}" for name in own])] if own else []
    # The title has said already where and how bad; what is left of the facts goes side by side.
    fields = [_mrkdwn(f"*{name}*\n{escaped(value, FACT_LIMIT)}") for name, value in facts.items()]
    blocks += [{"type": "section", "fields": fields[first : first + FIELDS]} for first in range(0, len(fields), FIELDS)]
    links = _links(report)
    if links:
        blocks.append(_section(links))
    if report.is_of_several:
        blocks += _listed([member.text for member in report.members[:MEMBERS]], report.total)
    blocks.append({"type": "context", "elements": [_mrkdwn(f"{escaped(report.project)} · {report.label}")]})
    return blocks


def _links(report: Report) -> str:
    """As links in a text: a button would have Slack ask an app for an answer that there is none of."""
    text = ""
    for label, url in report.links:
        more = _link(label, url) if is_address(url) else ""
        if not more:
            continue
        longer = f"{text} · {more}" if text else more
        text = longer if len(longer) <= TEXT_LIMIT else text
    return text


def _link(label: str, url: str) -> str:
    return f"<{escaped(url, 2 * TEXT_LIMIT)}|{escaped(label, NAME_LIMIT).replace('|', '/')}>"


def _code(lines: tuple[str, ...]) -> str:
    """As many of the last lines as fit; a fence inside them would end the block."""
    kept_lines: list[str] = []
    room = TEXT_LIMIT - len("``````\n")
    for line in reversed(lines):
        safe = escaped(line.replace("```", "'''"))
        room -= len(safe) + 1
        if room < 0:
            break
        kept_lines.insert(0, safe)
    return "```" + ("\n".join(kept_lines) or "none short enough") + "```"


def _plain(lines: list[str]) -> Block:
    """Lines that are no markup: people of a member wrote what they say."""
    text = clip("\n".join(lines), TEXT_LIMIT)
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _listed(texts: Sequence[str], total: int) -> list[Block]:
    """One a line, and how many there are besides."""
    lines = [clip(" ".join(text.split()), LINE_LIMIT) for text in texts]
    blocks = [_plain(lines[first : first + LINES_A_SECTION]) for first in range(0, len(lines), LINES_A_SECTION)]
    more = total - len(lines)
    return [*blocks, *([_section(f"_and {more} more_")] if more > 0 else [])]


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def escaped(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text with what Slack reads as markup escaped, at most so long after that, and no entity cut in two."""
    parts: list[str] = []
    room = limit
    for char in text:
        part = _ENTITIES.get(char, char)
        room -= len(part)
        if room < 1 and len(text) > len(parts) + 1:
            return "".join(parts) + "…"
        if room < 0:
            break
        parts.append(part)
    return "".join(parts)


def digest(digest: Digest) -> dict[str, Any]:
    """Many incidents in one message: how many of what, then one a line."""
    title = " ".join(digest.title.split())
    head = {"type": "header", "text": {"type": "plain_text", "text": clip(title, HEADER_LIMIT)}}
    counts = " · ".join(f"{label}: {number}" for label, number in digest.counts)
    blocks: list[Block] = [_section(escaped(counts))] if counts else []
    blocks += _listed(digest.lines, digest.total)
    if is_address(digest.link):
        blocks.append(_section(_link("Dashboard", digest.link)))
    foot = f"{digest.project} {digest.environment} · {digest.since} to {digest.at}"
    blocks.append({"type": "context", "elements": [_mrkdwn(escaped(foot))]})
    below = {"color": NO_DATA, "fallback": escaped(title), "blocks": blocks}
    return {"text": escaped(title, FIELD_LIMIT), "blocks": [head], "attachments": [below]}
