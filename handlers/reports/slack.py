"""A report as a message of Slack: Block Kit, within its limits; pure.

At most 50 blocks, 150 characters in a header, 3,000 in a section, ten fields of 2,000 each:
https://docs.slack.dev/reference/block-kit/blocks/ and the pages below it. Slack cuts a message whose blocks have more
than about 13,000 characters in all, which is no documented limit.
"""

from __future__ import annotations

from typing import Any

from handlers.reports.report import Report, Section, cut, one_line

MOST_BLOCKS, HEADER_LIMIT, SECTION_LIMIT, ALL_LIMIT = 50, 150, 3_000, 12_000
ROWS, CELL_LIMIT, FIELDS = 5, 160, 10
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Block = dict[str, Any]


def message(report: Report) -> dict[str, Any]:
    """`text` is what a notification shows. Sections that do not fit are named at the end."""
    title = one_line(report.title)
    blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": cut(title, HEADER_LIMIT)}}]
    blocks.append(_plain(report.headline))
    fields = [
        _mrkdwn(f"*{_escaped(one.name)}*\n{_escaped(_with_change(one.value, one.change))}") for one in report.figures
    ]
    blocks += [{"type": "section", "fields": fields[at : at + FIELDS]} for at in range(0, len(fields), FIELDS)]
    if report.notes:
        blocks.append(_plain("\n".join(f"Not in this report: {one_line(note)}" for note in report.notes)))
    foot = [_context(f"{report.span}")]
    if report.command:
        foot.append(_context(f"Page with charts and complete lists: `{_escaped(report.command)}`"))
    left_out: list[str] = []
    room = ALL_LIMIT - sum(map(_size, (*blocks, *foot)))
    for section in report.sections:
        made = _section(section)
        size = sum(map(_size, made))
        if size > room or len(blocks) + len(made) + len(foot) + 2 > MOST_BLOCKS:
            left_out.append(section.title)
            continue
        blocks += made
        room -= size
    if left_out:
        blocks.append(_context(_escaped(f"Too long for this message: {', '.join(left_out)}")))
    return {"text": _escaped(f"{title}: {report.headline}"), "blocks": [*blocks, {"type": "divider"}, *foot]}


def _section(section: Section) -> list[Block]:
    head = {"type": "section", "text": _mrkdwn(f"*{_escaped(section.title)}*")}
    if not section.rows:
        return [head, _context(_escaped(section.empty))]
    # A number says nothing without the heading of its column, and Slack has no tables in plain text.
    head = {"type": "section", "text": _mrkdwn(f"*{_escaped(section.title)}*\n{_escaped(' · '.join(section.columns))}")}
    lines = [_line(section, index) for index in range(min(ROWS, len(section.rows)))]
    hidden = section.more + max(0, len(section.rows) - ROWS)
    lines += [f"and {hidden:,} more"] if hidden else []
    return [head, _plain("\n".join(lines))]


def _line(section: Section, index: int) -> str:
    cells = [cut(one_line(cell), CELL_LIMIT) for cell in section.rows[index].cells]
    while cells and not cells[-1]:
        cells.pop()
    return "• " + " · ".join(cell or "–" for cell in cells)


def _with_change(value: str, change: str) -> str:
    return f"{value} ({change})" if change else value


def _plain(text: str) -> Block:
    """Text that is no markup: whoever writes into a log decides what it says."""
    lines = "\n".join(one_line(line) for line in text.split("\n"))
    return {"type": "section", "text": {"type": "plain_text", "text": cut(lines, SECTION_LIMIT), "emoji": False}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def _escaped(text: str) -> str:
    """What Slack reads as markup, escaped; cut before that to what stays below every limit."""
    return cut(one_line(text), CELL_LIMIT * 2).translate(_ENTITIES).replace("`", "'").replace("*", "∗")


def _size(block: Block) -> int:
    texts = [block["text"]] if "text" in block else block.get("fields") or block.get("elements") or []
    return sum(len(one["text"]) for one in texts)
