"""A report as an incident of ServiceNow has it: plain text in its fields; pure.

Work notes show what is between [code] and [/code] as HTML, so nothing that an alarm or a log line says may open such a
part: https://www.servicenow.com/docs/r/yokohama/platform-administration/ai-platform-administration/c_JournalFields.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handlers.incident.message.headings import heading
from handlers.incident.message.report import Report, Step, clip, is_address

# https://www.servicenow.com/docs/r/xanadu/platform-administration/c_JournalFields.html says 4000 of text of many lines.
TITLE_LIMIT, TEXT_LIMIT = 160, 4_000
LEAD_LIMIT, VALUE_LIMIT, MEMBER_LIMIT = 500, 300, 300
# Of several alarms the links may take this much of the text, and what is not listed is counted in the rest.
LINK_LIMIT, COUNT_ROOM = 1_000, 60
_CODE = re.compile(r"(?i)\[(?=\s*/?\s*code)")


def title(report: Report) -> str:
    """The short description: one line, whatever the alarm is called, and without a state, which is a field."""
    if report.kind_of_incident == "storm":
        return _short(f"{report.kind}: {report.size}, {report.severity}", TITLE_LIMIT)
    what = report.summary if report.finding else report.alarm
    text = f"{report.kind}: {what}, {report.severity} in {report.account_name} ({report.region})"
    return f"{_short(' '.join(text.split()), TITLE_LIMIT - len(report.more))}{report.more}"


def description(report: Report) -> str:
    """What stands in the incident itself, with its alarms where they are several."""
    lead = [clip(report.lead, LEAD_LIMIT)] if report.lead else []
    head = [report.title, *lead, *_facts(report)]
    if not report.is_of_several:
        return _text(head, _links(report))
    head += [*_fitting(_links(report), LINK_LIMIT), "Alarms:"]
    members = _fitting([clip(member.text, MEMBER_LIMIT) for member in report.members], _room(head) - COUNT_ROOM)
    more = report.total - len(members)
    return _text([*head, *members, *([f"{more} more alarm{'' if more == 1 else 's'} not listed."] if more > 0 else [])])


def work_note(report: Report) -> str:
    """What is said in a step."""
    if report.step is Step.EVIDENCE:
        return _text([heading(report), *(report.lines or ("none",))])
    lead = [clip(report.lead, LEAD_LIMIT)] if report.lead and report.newest else []
    return _text([heading(report), *lead, *_facts(report)], _links(report))


def close_notes(report: Report) -> str:
    """Why it is resolved."""
    return _text([heading(report), *(value for name, value in _pairs(report) if name == "State")])


def duplicate(number: str) -> str:
    """What stands in an incident that is one too many."""
    return f"Duplicate of {number}: updates for this incident are added there."


def _pairs(report: Report) -> Iterator[tuple[str, str]]:
    for name, value in report.facts:
        yield name, " ".join(value.split())


def _facts(report: Report) -> list[str]:
    return [f"{name}: {clip(value, VALUE_LIMIT)}" for name, value in _pairs(report)]


def _links(report: Report) -> list[str]:
    return [f"{' '.join(label.split())}: {url}" for label, url in report.links if label and is_address(url)]


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first of them, as far as they fit: a part of an address leads nowhere."""
    fitting = []
    for line in lines:
        room -= _units(line) + 1
        if room < 0:
            break
        fitting.append(line)
    return fitting


def _room(lines: Sequence[str]) -> int:
    return TEXT_LIMIT - sum(_units(line) + 1 for line in lines)


def _text(lines: Sequence[str], links: Sequence[str] = ()) -> str:
    return _short("\n".join([*lines, *_fitting(links, _room(lines))]), TEXT_LIMIT)


def _short(text: str, limit: int) -> str:
    """At most so many characters as Java counts them, without the beginning or end of a part in HTML."""
    short = clip(_CODE.sub("(", text), limit)
    while _units(short) > limit:
        short = clip(short, len(short) - (_units(short) - limit + 1) // 2)
    return short


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
