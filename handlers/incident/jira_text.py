"""A report as Jira wants it: Atlassian Document Format for Cloud, wiki text for Data Center; pure.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
"""

from __future__ import annotations

import re
from typing import Any

from handlers.incident import finding_words
from handlers.incident.report import Report, Step, is_address
from handlers.incident.sinks.sink import clipped

SUMMARY_LIMIT = 255
# Jira takes 32,767 characters in a description or a comment; the parts are cut so that their sum stays below.
VALUE_LIMIT = 2_000
LINES_LIMIT = 12_000

Node = dict[str, Any]


def summary(report: Report) -> str:
    """The issue's title: one line, whatever the alarm is called."""
    kind, what = (report.kind, report.summary) if report.finding else ("CloudWatch Alarm", report.alarm)
    return clipped(" ".join(f"{kind}: {what}, {where(report)}".split()), SUMMARY_LIMIT)


def where(report: Report) -> str:
    """How bad, and where."""
    return f"{report.severity} in {report.account_name} ({report.region})"


def mark(report: Report) -> str:
    """Words that stand in what is said in this step and in no other of the incident."""
    return clipped(dict(report.facts)["State"], VALUE_LIMIT)


def adf(report: Report) -> Node:
    """The report as a document."""
    if report.step is Step.EVIDENCE:
        code = [{"type": "codeBlock", "content": [_text(_lines(report))]}]
        return _document([_paragraph(_text(_heading(report))), *code])
    content = [_paragraph(_text(_heading(report), "strong"))]
    if report.step is Step.OPEN and report.lead:
        content.append(_paragraph(_text(clipped(report.lead, VALUE_LIMIT))))
    content.append(_list([[_text(f"{name}: ", "strong"), *_value(value)] for name, value in _facts(report)]))
    links = [[_link(label, url)] for label, url in _links(report)]
    return _document([*content, *([_list(links)] if links else [])])


def wiki(report: Report) -> str:
    """The report as wiki text."""
    if report.step is Step.EVIDENCE:
        # The macro ends at the next {noformat}, and there is no way to write one inside it.
        lines = _lines(report).replace("{noformat", "{ noformat")
        return f"{_escaped(_heading(report))}\n{{noformat}}\n{lines}\n{{noformat}}"
    parts = [f"*{_escaped(_heading(report))}*"]
    if report.step is Step.OPEN and report.lead:
        parts.append(_escaped(clipped(report.lead, VALUE_LIMIT)))
    parts.append("\n".join(f"* *{_escaped(name)}:* {_wiki_value(value)}" for name, value in _facts(report)))
    parts.append("\n".join(f"* [{_escaped(label)}|{url}]" for label, url in _links(report)))
    return "\n\n".join(part for part in parts if part)


def note(text: str, *, cloud: bool) -> Any:
    """One sentence as a comment."""
    return _document([_paragraph(_text(text))]) if cloud else _escaped(text)


def _heading(report: Report) -> str:
    if report.finding and report.step is not Step.OPEN:
        return finding_words.heading(report.step, report.summary)
    match report.step:
        case Step.REPEAT:
            return f"In ALARM again: {report.alarm}"
        case Step.RESOLVE:
            return f"OK again: {report.alarm}"
        case Step.NOTICE:
            return f"No data: {report.alarm}"
        case Step.EVIDENCE:
            return f"The last log lines that {report.alarm} counted"
    return report.title


def _facts(report: Report) -> list[tuple[str, str]]:
    return [(name, clipped(value, VALUE_LIMIT)) for name, value in report.facts]


def _links(report: Report) -> list[tuple[str, str]]:
    return [(label, url) for label, url in report.links if label and is_address(url)]


def _lines(report: Report) -> str:
    return clipped("\n".join(report.lines), LINES_LIMIT) or "none"


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
