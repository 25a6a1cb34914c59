"""A report on the card of a chat, whichever chat it is: five rows of each table, while they fit; pure."""

from __future__ import annotations

from typing import Any

from handlers.common.card import Card
from handlers.reports.report import Report, Section, cut, one_line

ROWS, CELL_LIMIT = 5, 160
# Bytes that stay free for the names of the sections that do not fit, and for the foot.
ROOM = 1_500


def filled(card: Card, report: Report) -> dict[str, Any]:
    """The message with headline, figures, tables and the command that opens the page."""
    card.text(report.headline)
    for figure in report.figures:
        card.fact(figure.name, f"{figure.value} ({figure.change})" if figure.change else figure.value)
    for note in report.notes:
        card.text(f"Not in this report: {one_line(note)}", room=ROOM)
    left_out = [section.title for section in report.sections if not _is_added(card, section)]
    if left_out:
        card.text(cut(f"Too long for this message: {', '.join(left_out)}", ROOM // 3))
    if report.command:
        card.text(f"Page with charts and complete lists: {report.command}")
    return card.message


def _is_added(card: Card, section: Section) -> bool:
    if not card.heading(section.title, ROOM):
        return False
    if not section.rows:
        return card.text(section.empty, room=ROOM)
    lines = [" · ".join(section.columns), *(_line(section, index) for index in range(min(ROWS, len(section.rows))))]
    hidden = section.more + max(0, len(section.rows) - ROWS)
    lines += [f"and {hidden:,} more"] if hidden else []
    return all(card.text(line, room=ROOM) for line in lines)


def _line(section: Section, index: int) -> str:
    cells = [cut(one_line(cell), CELL_LIMIT) for cell in section.rows[index].cells]
    while cells and not cells[-1]:
        cells.pop()
    return "• " + " · ".join(cell or "–" for cell in cells)
