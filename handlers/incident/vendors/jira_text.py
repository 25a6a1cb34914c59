"""A report as Jira wants it: Atlassian Document Format for Cloud, wiki text for Data Center; pure.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from handlers.incident.message.headings import HEADINGS, heading
from handlers.incident.message.report import Report, Step, clip, is_address

SUMMARY_LIMIT = 255
# Jira takes 32,767 characters in a description or a comment; the parts are cut so that their sum stays below.
VALUE_LIMIT = 2_000
LINES_LIMIT = 12_000
# A description with a table has shorter parts, and as many rows as fit into this, as JSON or as wiki text, whichever of
# the two it is that Jira counts.
SHORT_LIMIT, DESCRIPTION_LIMIT = 700, 30_000
ALARM_LIMIT, PLACE_LIMIT, MEASURED_LIMIT = 255, 80, 100
COLUMNS = ("State", "Alarm", "Location", "Started", "Value")
# Of an open issue, people are told of missing data, too.
_HEADINGS = {**HEADINGS, Step.NOTICE: "No data:"}

Node = dict[str, Any]


def summary(report: Report) -> str:
    """The issue's title: one line, whatever the alarm is called."""
    if report.kind_of_incident == "storm":
        return clip(f"{report.kind}: {report.size}, {report.severity}", SUMMARY_LIMIT)
    kind, what = (report.kind, report.summary) if report.finding else ("CloudWatch Alarm", report.alarm)
    text = " ".join(f"{kind}: {what}, {where(report)}".split())
    return f"{clip(text, SUMMARY_LIMIT - len(report.more))}{report.more}"


def where(report: Report) -> str:
    """How bad, and where."""
    return f"{report.severity} in {report.account_name} ({report.region})"


def mark(report: Report) -> str:
    """Words that stand in what is said in this step and in no other of the incident."""
    return clip(dict(report.facts)["Reminder" if report.step is Step.REMINDER else "State"], VALUE_LIMIT)


def description(report: Report, *, cloud: bool) -> Any:
    """What stands in the issue itself, with a table of its alarms where they are several; last, for it may be long."""
    if not report.is_of_several:
        return adf(report) if cloud else wiki(report)
    return _description_adf(report) if cloud else _description_wiki(report)


def _description_adf(report: Report) -> Node:
    content = [_paragraph(_text(report.title, "strong"))]
    if report.lead:
        content.append(_paragraph(_text(clip(report.lead, SHORT_LIMIT))))
    facts = [(name, clip(value, SHORT_LIMIT)) for name, value in report.facts]
    content.append(_list([[_text(f"{name}: ", "strong"), *_value(value)] for name, value in facts]))
    links = [[_link(label, url)] for label, url in _links(report)]
    shown_links = [_list(links)] if links and _size(_list(links)) <= DESCRIPTION_LIMIT // 3 else []
    rows = [_row("tableHeader", COLUMNS)]
    room = DESCRIPTION_LIMIT - sum(_size(node) for node in (*content, *shown_links, *rows))
    for cells in _cells(report):
        row = _row("tableCell", cells)
        room -= _size(row) + 1
        if room < 0:
            break
        rows.append(row)
    table = [{"type": "table", "content": rows}] if len(rows) > 1 else []
    more = [_paragraph(_text(text)) for text in _not_listed(report, len(rows) - 1)]
    return _document([*content, *shown_links, *table, *more])


def _description_wiki(report: Report) -> str:
    parts = [f"*{_escaped(report.title)}*"]
    if report.lead:
        parts.append(_escaped(clip(report.lead, SHORT_LIMIT)))
    facts = [(name, clip(value, SHORT_LIMIT)) for name, value in report.facts]
    parts.append("\n".join(f"* *{_escaped(name)}:* {_wiki_value(value)}" for name, value in facts))
    links = "\n".join(f"* [{_escaped(label)}|{url}]" for label, url in _links(report))
    above = [links] if links and _units(links) <= DESCRIPTION_LIMIT // 3 else []
    rows = [f"||{'||'.join(COLUMNS)}||"]
    room = DESCRIPTION_LIMIT - sum(_units(part) + 2 for part in (*parts, *above, *rows))
    for cells in _cells(report):
        # A cell without anything in it would make the next one a heading.
        row = f"|{'|'.join(_escaped(cell) or ' ' for cell in cells)}|"
        room -= _units(row) + 1
        if room < 0:
            break
        rows.append(row)
    table = ["\n".join(rows)] if len(rows) > 1 else []
    return "\n\n".join([*parts, *above, *table, *_not_listed(report, len(rows) - 1)])


def _cells(report: Report) -> Iterator[tuple[str, ...]]:
    for member in report.members:
        yield (
            f"{member.state} {member.severity}",
            clip(member.alarm, ALARM_LIMIT),
            clip(f"{member.account_name} ({member.region})", PLACE_LIMIT),
            member.times,
            clip(member.measured, MEASURED_LIMIT),
        )


def _not_listed(report: Report, listed: int) -> list[str]:
    more = report.total - listed
    return [f"{more} more alarm{'' if more == 1 else 's'} not listed."] if more > 0 else []


def _row(kind: str, cells: Sequence[str]) -> Node:
    return {"type": "tableRow", "content": [{"type": kind, "content": [_paragraph(_text(cell))]} for cell in cells]}


def _size(node: Node) -> int:
    return _units(json.dumps(node, ensure_ascii=False, separators=(",", ":")))


def _units(text: str) -> int:
    """Its length as Java counts it, in which an emoji has two characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def adf(report: Report) -> Node:
    """The report as a document."""
    if report.step is Step.EVIDENCE:
        code = [{"type": "codeBlock", "content": [_text(_lines(report))]}]
        return _document([_paragraph(_text(heading(report, _HEADINGS))), *code])
    content = [_paragraph(_text(heading(report, _HEADINGS), "strong"))]
    if _has_lead(report):
        content.append(_paragraph(_text(clip(report.lead, VALUE_LIMIT))))
    content.append(_list([[_text(f"{name}: ", "strong"), *_value(value)] for name, value in _facts(report)]))
    links = [[_link(label, url)] for label, url in _links(report)]
    return _document([*content, *([_list(links)] if links else [])])


def wiki(report: Report) -> str:
    """The report as wiki text."""
    if report.step is Step.EVIDENCE:
        # The macro ends at the next {noformat}, and there is no way to write one inside it.
        lines = _lines(report).replace("{noformat", "{ noformat")
        return f"{_escaped(heading(report, _HEADINGS))}\n{{noformat}}\n{lines}\n{{noformat}}"
    parts = [f"*{_escaped(heading(report, _HEADINGS))}*"]
    if _has_lead(report):
        parts.append(_escaped(clip(report.lead, VALUE_LIMIT)))
    parts.append("\n".join(f"* *{_escaped(name)}:* {_wiki_value(value)}" for name, value in _facts(report)))
    parts.append("\n".join(f"* [{_escaped(label)}|{url}]" for label, url in _links(report)))
    return "\n\n".join(part for part in parts if part)


def _has_lead(report: Report) -> bool:
    """A comment repeats what the ticket says only where there is something new in it."""
    return bool(report.lead) and (report.step is Step.OPEN or bool(report.newest))


def note(text: str, *, cloud: bool) -> Any:
    """One sentence as a comment."""
    return _document([_paragraph(_text(text))]) if cloud else _escaped(text)


def _facts(report: Report) -> list[tuple[str, str]]:
    return [(name, clip(value, VALUE_LIMIT)) for name, value in report.facts]


def _links(report: Report) -> list[tuple[str, str]]:
    return [(label, url) for label, url in report.links if label and is_address(url)]


def _lines(report: Report) -> str:
    return clip("\n".join(report.lines), LINES_LIMIT) or "none"


def _document(content: list[Node]) -> Node:
    return {"version": 1, "type": "doc", "content": content}


def _paragraph(*content: Node) -> Node:
    return {"type": "paragraph", "content": list(content)}


def _list(items: list[list[Node]]) -> Node:
    return {"type": "bulletList", "content": [{"type": "listItem", "content": [_paragraph(*item)]} for item in items]}


def _text(text: str, *marks: str) -> Node:
    """A text node; an empty one is refused, and so are marks on what stands in a code block."""
    node: Node = {"type": "text", "text": text or " "}
    return {**node, "marks": [{"type": kind} for kind in marks]} if marks else node


def _link(label: str, url: str) -> Node:
    return {"type": "text", "text": label, "marks": [{"type": "link", "attrs": {"href": url}}]}


def _value(value: str) -> list[Node]:
    return [_link(value, value) if is_address(value) else _text(value)]


def _wiki_value(value: str) -> str:
    return f"[{value}]" if is_address(value) else _escaped(value)


def _escaped(text: str) -> str:
    """Without what Jira would take for markup, and in one line, as a list item has to be."""
    return re.sub(r"([\\{}\[\]*_|!^~+])", r"\\\1", " ".join(text.split()))
