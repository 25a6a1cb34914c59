"""A report as one HTML file, for a browser, a phone or a printer; pure.

Nothing is loaded and nothing is executed: no scripts, no fonts, no pictures from elsewhere, and the page's own policy
forbids them. Whatever a log or a person may have written goes through `safe`.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from handlers.reports.report import Point, Report, Row, Section, one_line, trend_in_words
from handlers.reports.style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Of the picture's own coordinates; it is shown as wide as the page.
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 180, 56, 14, 26
# The steps of an axis that leave round numbers.
STEPS = (1, 2, 5)
# So many labels fit below the trend.
MOST_LABELS = 6


def as_page(report: Report) -> str:
    """The whole file."""
    return "\n".join(_lines(report)) + "\n"


def safe(text: str) -> str:
    """Anybody's words as text of a page, or as the value of an attribute."""
    return html.escape(one_line(text))


def _lines(report: Report) -> Iterator[str]:
    title = safe(report.title)
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{title}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield f'<header><h1>{title}</h1><p class="headline">{safe(report.headline)}</p><p>{safe(report.span)}</p></header>'
    yield "<main>"
    yield from _figures(report)
    yield from _notes(report)
    if len(report.trend) > 1:
        yield f"<section><h2>{safe(report.trend_of.capitalize())} over time</h2>"
        yield chart(report.trend, trend_in_words(report))
        yield "</section>"
    for section in report.sections:
        yield from _section(section)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _figures(report: Report) -> Iterator[str]:
    yield '<ul class="figures">'
    for figure in report.figures:
        change = f'<span class="change">{safe(figure.change)}</span>' if figure.change else ""
        yield f"<li{_bad(figure.is_bad)}><strong>{safe(figure.value)}</strong> {safe(figure.name)}{change}</li>"
    yield "</ul>"


def _bad(is_bad: bool) -> str:
    return ' class="bad"' if is_bad else ""


def _notes(report: Report) -> Iterator[str]:
    if report.notes:
        yield '<section class="notes" aria-label="What is not in this report"><ul>'
        yield from (f"<li>Not in this report: {safe(note)}</li>" for note in report.notes)
        yield "</ul></section>"


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{safe(section.title)}</h2>"
    if not section.rows:
        yield f"<p>{safe(section.empty)}</p></section>"
        return
    heads = "".join(f'<th scope="col">{safe(head)}</th>' for head in section.columns)
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    most = max(row.bar for row in section.rows) if section.has_bars else 0
    for row in section.rows:
        yield _row(row, section.columns, most)
    yield "</tbody></table>"
    if section.more:
        yield f"<p>and {section.more:,} more</p>"
    yield "</section>"


def _row(row: Row, columns: Sequence[str], most: int) -> str:
    """most: the longest bar of the table, 0 where it has none. The bar is below the number, in the second cell."""
    cells = [f'<th scope="row">{safe(row.cells[0])}</th>']
    for index, (head, cell) in enumerate(zip(columns[1:], row.cells[1:], strict=True)):
        width = f"calc(min(12rem,100%)*{row.bar / most:.3f})" if most and row.bar and not index else ""
        bar = f'<i style="width:{width}"></i>' if width else ""
        cells.append(f'<td data-head="{safe(head)}">{safe(cell)}{bar}</td>')
    return f"<tr{_bad(row.is_bad)}>{''.join(cells)}</tr>"


def chart(trend: Sequence[Point], description: str) -> str:
    """An SVG of columns, two or more, from zero on. about: what the picture shows, in words."""
    top = _round_up(max(point.value for point in trend))
    step = (WIDTH - LEFT) / len(trend)
    floor = HEIGHT - BOTTOM
    columns, labels = [], []
    every = -(-len(trend) // MOST_LABELS)
    for index, point in enumerate(trend):
        x, height = LEFT + index * step, (floor - TOP) * point.value / top
        box = f"{x + step * 0.1:.1f}", f"{floor - height:.1f}", f"{step * 0.8:.1f}", f"{height:.1f}"
        columns.append('<rect x="{}" y="{}" width="{}" height="{}"/>'.format(*box))
        if index % every == 0:
            labels.append(f'<text x="{x + step * 0.1:.1f}" y="{HEIGHT - 6}">{safe(point.label)}</text>')
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{safe(description)}">'
        f"{_rules(top)}{''.join(columns)}{''.join(labels)}</svg><p><small>{safe(description)}.</small></p>"
    )


def _rules(top: int) -> str:
    lines = []
    for value in sorted({0, top // 2, top} if top % 2 == 0 else {0, top}):
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top
        lines.append(f'<line class="rule" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    return "".join(lines)


def _round_up(value: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    size = 1
    while True:
        for step in STEPS:
            if step * size >= value:
                return step * size
        size *= 10
