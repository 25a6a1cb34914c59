"""A report as Slack shows it: Block Kit, within its limits; pure.

https://docs.slack.dev/reference/block-kit/blocks/header-block/ and its neighbours say how long what may be,
https://docs.slack.dev/messaging/formatting-message-text/#escaping what has to be escaped.
"""

from __future__ import annotations

from typing import Any

from handlers.incident.report import Report, Step
from handlers.incident.sinks.sink import clipped

HEADER_LIMIT, TEXT_LIMIT, FIELD_LIMIT, FIELDS = 150, 3000, 2000, 10
# Escaping makes one character five at most; what is cut to this before it is within FIELD_LIMIT after.
FACT_LIMIT = 380
REASON_LIMIT = 550
COLOURS = {"critical": "#d1242f", "high": "#e16f24", "medium": "#d4a72c", "low": "#6e7781"}
OK, NO_DATA = "#1a7f37", "#6e7781"

Block = dict[str, Any]


def message(report: Report) -> dict[str, Any]:
    """Header above, the rest beside a bar that is as red as it is bad; `text` is what a notification shows."""
    below = {"color": _colour(report), "fallback": clipped(_escaped(report.title), TEXT_LIMIT), "blocks": _body(report)}
    head = {"type": "header", "text": {"type": "plain_text", "text": clipped(_title(report), HEADER_LIMIT)}}
    return {"text": _escaped(clipped(report.title, FACT_LIMIT)), "blocks": [head], "attachments": [below]}


def _title(report: Report) -> str:
    return " ".join(report.title.split()) if report.step is not Step.EVIDENCE else "The last log lines"


def _colour(report: Report) -> str:
    if report.step is Step.RESOLVE:
        return OK
    return NO_DATA if report.step is Step.NOTICE else COLOURS.get(report.severity, COLOURS["high"])


def _body(report: Report) -> list[Block]:
    if report.step is Step.EVIDENCE:
        return [_section(_code(report.lines))]
    facts = dict(report.facts)
    reason = facts.pop("Why", "")
    # The title has said already where and how bad; what is left of the facts goes side by side.
    fields = [_mrkdwn(f"*{name}*\n{_fact(value)}") for name, value in facts.items()][:FIELDS]
    said = [_escaped(clipped(text, REASON_LIMIT)) for text in (report.summary, reason) if text]
    blocks = [_section("\n".join(said))] if said else []
    blocks.append({"type": "section", "fields": fields})
    links = _links(report)
    if links:
        blocks.append(_section(links))
    blocks.append({"type": "context", "elements": [_mrkdwn(f"{_escaped(report.project)} · {report.label}")]})
    return blocks


def _links(report: Report) -> str:
    """As links in a text: a button would have Slack ask an app for an answer that there is none of."""
    text = ""
    for label, url in report.links:
        more = f"<{_escaped(url).replace('|', '%7C')}|{_escaped(clipped(label, FACT_LIMIT)).replace('|', '/')}>"
        longer = f"{text} · {more}" if text else more
        text = longer if len(longer) <= TEXT_LIMIT else text
    return text


def _code(lines: tuple[str, ...]) -> str:
    """As many of the last lines as fit; a fence inside them would end the block."""
    kept: list[str] = []
    room = TEXT_LIMIT - len("``````\n")
    for line in reversed(lines):
        safe = _escaped(line).replace("```", "'''")
        room -= len(safe) + 1
        if room < 0:
            break
        kept.insert(0, safe)
    return "```" + ("\n".join(kept) or "none that fits") + "```"


def _fact(value: str) -> str:
    return _escaped(clipped(value, FACT_LIMIT))


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
