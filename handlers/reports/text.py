"""A report as text: for e-mail through Amazon SNS, and beside the HTML of one through Amazon SES; pure."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.reports.report import Report, Section, cut, one_line, trend_in_words

# Bytes: a message of SNS has at most 262,144, its attributes included.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
LIMIT = 240_000
# Characters: a subject of SNS has less than 100 and is ASCII, as the API page above says.
SUBJECT_LIMIT = 99
CELL_LIMIT, BAR = 300, 20


def subject(report: Report) -> str:
    """One line of ASCII."""
    plain = one_line(report.title).encode("ascii", "replace").decode()
    return cut_plain(plain, SUBJECT_LIMIT)


def cut_plain(text: str, limit: int) -> str:
    """As `cut`, with dots instead of an ellipsis."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def as_text(report: Report) -> str:
    """The whole report; what does not fit is counted at the end."""
    kept: list[str] = []
    room = LIMIT
    lines = list(_lines(report))
    for index, line in enumerate(lines):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            kept.append(f"... and {len(lines) - index} more lines, too long for a mail")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield one_line(report.title)
    yield report.span
    yield ""
    yield one_line(report.headline)
    yield ""
    for figure in report.figures:
        change = f" ({one_line(figure.change)})" if figure.change else ""
        yield f"{one_line(figure.name)}: {one_line(figure.value)}{change}"
    for note in report.notes:
        yield ""
        yield f"Not in this report: {one_line(note)}"
    if len(report.trend) > 1:
        yield ""
        yield trend_in_words(report) + "."
    for section in report.sections:
        yield ""
        yield from _section(section)
    if report.command:
        yield ""
        yield f"Page with charts and complete lists: {report.command}"


def _section(section: Section) -> Iterator[str]:
    title = one_line(section.title)
    yield title
    yield "-" * len(title)
    if not section.rows:
        yield one_line(section.empty)
        return
    most = max(row.bar for row in section.rows)
    for row in section.rows:
        first, *others = (cut(one_line(cell), CELL_LIMIT) for cell in row.cells)
        bar = f"{'#' * max(1, round(BAR * row.bar / most))} " if section.has_bars and row.bar and most else ""
        yield f"* {bar}{first}"
        named = zip(section.columns[1:], others, strict=True)
        yield from (f"    {name}: {cell}" for name, cell in named if cell)
    if section.more:
        yield f"and {section.more:,} more"
