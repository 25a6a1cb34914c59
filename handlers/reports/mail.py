"""A report as the HTML of a mail: tables and inline styles alone, for that is what mail programs show; pure.

Gmail drops style sheets that it does not like, Outlook renders as Word does, and neither shows SVG or data URIs:
https://www.caniemail.com/features/image-svg/. A bar is a cell of a table with a colour.
"""

from __future__ import annotations

from collections.abc import Iterator

from handlers.reports.page import safe
from handlers.reports.report import Report, Row, Section, cut, trend_in_words

# Gmail cuts a mail after 102 kB: https://www.caniemail.com/ says so, Google documents none.
LIMIT = 95_000
ROWS, CELL_LIMIT = 10, 200
BAR_WIDTH = 160
INK, SOFT, LINE, BAD, BAR, WARN = "#1b1f24", "#57606a", "#d0d7de", "#b42318", "#3b6fb6", "#fff4e0"
FONT = "font-family:Segoe UI,Roboto,Helvetica,Arial,sans-serif"
_CELL = f"border-bottom:1px solid {LINE};padding:6px 10px 6px 0;text-align:left;vertical-align:top;font-size:14px"
_HEAD = f"{_CELL};color:{SOFT};font-size:12px;font-weight:600"


def as_mail(report: Report) -> str:
    """The whole HTML. Sections that do not fit are named at the end."""
    kept, left_out = [], []
    room = LIMIT - sum(len(line.encode()) for line in (*_head(report), *_foot(report, [])))
    for section in report.sections:
        made = "\n".join(_section(section))
        size = len(made.encode("utf-8", "replace"))
        if size > room:
            left_out.append(section.title)
            continue
        room -= size
        kept.append(made)
    return "\n".join([*_head(report), *kept, *_foot(report, left_out)]) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{safe(report.title)}</title></head>'
    yield f'<body style="margin:0;padding:16px;color:{INK};background:#ffffff;{FONT}">'
    yield '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:720px">'
    yield "<tr><td>"
    yield f'<h1 style="font-size:22px;line-height:1.2;margin:0 0 8px">{safe(report.title)}</h1>'
    yield f'<p style="font-size:16px;margin:0 0 4px">{safe(report.headline)}</p>'
    yield f'<p style="font-size:13px;color:{SOFT};margin:0 0 16px">{safe(report.span)}</p>'
    yield '<table cellpadding="0" cellspacing="0" border="0" width="100%">'
    for one in report.figures:
        colour = f";color:{BAD}" if one.is_bad else ""
        change = f' <span style="color:{SOFT}">{safe(one.change)}</span>' if one.change else ""
        yield f'<tr><td style="{_CELL}">{safe(one.name)}</td>'
        yield f'<td style="{_CELL}{colour}"><strong>{safe(one.value)}</strong>{change}</td></tr>'
    yield "</table>"
    for note in report.notes:
        yield f'<p style="background:{WARN};padding:8px;font-size:14px">Not in this report: {safe(note)}</p>'
    if len(report.trend) > 1:
        yield f'<p style="font-size:14px">{safe(trend_in_words(report))}.</p>'


def _section(section: Section) -> Iterator[str]:
    yield f'<h2 style="font-size:16px;margin:24px 0 4px">{safe(section.title)}</h2>'
    if not section.rows:
        yield f'<p style="font-size:14px">{safe(section.empty)}</p>'
        return
    yield '<table cellpadding="0" cellspacing="0" border="0" width="100%">'
    heads = "".join(f'<th scope="col" style="{_HEAD}">{safe(head)}</th>' for head in section.columns)
    yield f"<tr>{heads}</tr>"
    most = max(row.bar for row in section.rows) if section.has_bars else 0
    yield from (_row(row, most) for row in section.rows[:ROWS])
    yield "</table>"
    hidden = section.more + max(0, len(section.rows) - ROWS)
    if hidden:
        yield f'<p style="font-size:13px;color:{SOFT}">and {hidden:,} more</p>'


def _row(row: Row, most: int) -> str:
    colour = f";color:{BAD}" if row.is_bad else ""
    cells = []
    for index, cell in enumerate(row.cells):
        bar = _bar(row.bar, most) if most and row.bar and index == 1 else ""
        style = f"{_CELL}{colour}" if index == 0 else _CELL
        cells.append(f'<td style="{style}">{safe(cut(cell, CELL_LIMIT))}{bar}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _bar(value: int, most: int) -> str:
    width = max(2, round(BAR_WIDTH * value / most))
    style = f"background:{BAR};font-size:1px;line-height:1px"
    cell = f'<td width="{width}" height="6" bgcolor="{BAR}" style="{style}">&nbsp;</td>'
    return f'<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>{cell}</tr></table>'


def _foot(report: Report, left_out: list[str]) -> Iterator[str]:
    if left_out:
        yield f'<p style="font-size:13px;color:{SOFT}">Too long for this mail: {safe(", ".join(left_out))}</p>'
    if report.command:
        yield '<p style="font-size:13px">Page with charts and complete lists: '
        yield f"<code>{safe(report.command)}</code></p>"
    yield "</td></tr></table></body></html>"
