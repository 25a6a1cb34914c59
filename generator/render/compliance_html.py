"""The compliance report as one HTML file, for a browser, a phone, a mail or a printer; pure.

Nothing is loaded and nothing is executed: no scripts, no fonts, no pictures from elsewhere, and the page's own policy
forbids them. Whatever comes from AWS goes through `_text`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence

from generator.render.compliance_chart import chart
from generator.render.compliance_report import ComplianceReport, NonCompliantEntry, ReportRow, Scanned
from generator.render.compliance_style import STYLE
from generator.render.compliance_text import faults, headline
from generator.render.compliance_values import (
    NO_OWNER,
    day_and_time,
    number,
    percent,
    time_ago,
)
from generator.wording import pluralize, visible

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Rows of the tables of counts; the list of resources has all.
MOST = 50


def as_html(report: ComplianceReport) -> str:
    """The report as one HTML file."""
    return "\n".join(_lines(report)) + "\n"


def _text(value: str) -> str:
    """A user's text, escaped as text of a page or as the value of an attribute."""
    return html.escape(visible(value))


def _lines(report: ComplianceReport) -> Iterator[str]:
    title = f"Tag compliance, {report.environment}"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{_text(title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<header>"
    yield f"<h1>{_text(title)}</h1>"
    yield f"<p>{_text(day_and_time(report.at))}: {_text(headline(report))}</p>"
    yield "</header>"
    yield "<main>"
    yield from _tiles(report)
    yield from _notes(report)
    if len(report.trend) > 1:
        yield f"<section><h2>Non-compliant resources over {report.days} days</h2>"
        yield chart(report.trend)
        yield "</section>"
    yield '<div class="pair">'
    yield from _bars("Tags that are missing or wrong", "Tag", report.tags)
    yield from _bars("Owners of non-compliant resources", "Owner", [(o or NO_OWNER, n) for o, n in report.owners])
    yield "</div>"
    for heading, column, rows in (
        ("Accounts", "Account", report.accounts),
        ("Regions", "Region", report.regions),
        ("Resource types", "Type", report.types),
    ):
        yield from _counts(heading, column, rows)
    yield from _resources(report.resources)
    yield from _scans(report)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _tiles(report: ComplianceReport) -> Iterator[str]:
    counts = report.counts
    tiles = (
        ("compliant", percent(counts)),
        ("non-compliant now", number(len(report.resources))),
        ("checked in the last scan", number(counts.checked)),
        ("exempt", number(counts.exempt)),
    )
    yield '<ul class="tiles">'
    yield from (f"<li><strong>{_text(value)}</strong> {_text(name)}</li>" for name, value in tiles)
    yield "</ul>"


def _notes(report: ComplianceReport) -> Iterator[str]:
    """The limits of the report, before its first section."""
    notes = [f"Not read: {note}." for note in report.notes]
    notes += [f"{scan.place} could not be read: {scan.problem}. {_sentence(scan.hint)}" for scan in report.unread]
    notes += [f"{scan.place} was not scanned in time: {_late(scan, report.at)}." for scan in report.stale]
    if notes:
        yield '<section class="notes" aria-label="What is missing in this report"><ul>'
        yield from (f"<li>{_text(note)}</li>" for note in notes)
        yield "</ul></section>"


def _sentence(hint: str) -> str:
    return f"Help: {hint}."


def _late(scan: Scanned, now: int) -> str:
    return f"last {day_and_time(scan.at)}, {time_ago(scan.at, now)}" if scan.at else "never"


def _bars(heading: str, column: str, entries: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Counts with a bar each, as a table, so that a screen reader and a printer have the numbers."""
    if not entries:
        return
    most = max(count for _, count in entries)
    yield f'<section><h2>{_text(heading)}</h2><table class="bars">'
    yield f"<thead>{_heads((column, 'Resources'))}</thead><tbody>"
    for key, count in entries[:MOST]:
        bar = f'<i style="width:calc((100% - 3.5rem) * {max(0.01, count / most):.2f})"></i>'
        yield _row([f'<th scope="row">{_text(key)}</th>', f"<td>{bar}<b>{number(count)}</b></td>"])
    yield "</tbody></table>"
    yield from _more(len(entries))
    yield "</section>"


def _counts(heading: str, column: str, rows: Sequence[ReportRow]) -> Iterator[str]:
    if not rows:
        return
    heads = (column, "Open now", "Share", "Compliant", "Non-compliant", "Exempt")
    yield f'<section><h2>{_text(heading)}</h2><div class="wide"><table class="numbers">'
    yield f"<thead>{_heads(heads)}</thead><tbody>"
    for row in rows[:MOST]:
        counts = row.counts
        values = map(number, (counts.compliant, counts.non_compliant, counts.exempt))
        cells = (f"<td>{_text(value)}</td>" for value in (number(row.open), percent(counts), *values))
        yield _row([f'<th scope="row">{_text(row.key)}</th>', *cells])
    yield "</tbody></table></div>"
    yield from _more(len(rows))
    yield "</section>"


def _heads(heads: Iterable[str]) -> str:
    return _row(f'<th scope="col">{_text(head)}</th>' for head in heads)


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _more(of: int) -> Iterator[str]:
    if of > MOST:
        yield f"<p>and {number(of - MOST)} more</p>"


def _resources(entries: Sequence[NonCompliantEntry]) -> Iterator[str]:
    yield f"<section><h2>Non-compliant now: {pluralize(len(entries), 'resource')}</h2>"
    if not entries:
        yield "<p>Every checked resource has the tags it has to have.</p></section>"
        return
    heads = ("Where", "Resource", "Owner", "What is wrong")
    yield f'<table class="cards"><thead>{_heads(heads)}</thead><tbody>'
    for entry in entries:
        yield _row(f'<td data-head="{head}">{cell}</td>' for head, cell in zip(heads, _cells(entry), strict=True))
    yield "</tbody></table></section>"


def _cells(entry: NonCompliantEntry) -> Iterable[str]:
    location, open_resource = entry.place, entry.resource
    details = [
        part
        for part in (
            open_resource.name if open_resource.name != open_resource.id else "",
            open_resource.type,
            open_resource.state,
        )
        if part
    ]
    owner = _text(open_resource.owner) if open_resource.owner else f"<em>{NO_OWNER}</em>"
    wrong = "<br>".join(_text(fault[:1].upper() + fault[1:]) for fault in faults(entry))
    where = f"{_text(location.name)}<br><small>{_text(location.account)}, {_text(location.region)}</small>"
    resource = f"<code>{_text(open_resource.id)}</code><br><small>{_text(', '.join(details))}</small>"
    return where, resource, owner, wrong


def _scans(report: ComplianceReport) -> Iterator[str]:
    heads = ("Account", "Region", "Last whole scan")
    yield f'<section><h2>Scans</h2><div class="wide"><table><thead>{_heads(heads)}</thead><tbody>'
    for scan in report.scans:
        scanned = f"{day_and_time(scan.at)}, {time_ago(scan.at, report.at)}" if scan.at else "never"
        running = f"; being scanned since {day_and_time(scan.running)}" if scan.running else ""
        state = "not read" if scan.problem else f"{scanned}{running}"
        late = ' class="late"' if scan.problem or scan.is_stale else ""
        name, region = _text(scan.place.name), _text(scan.place.region)
        yield f'<tr{late}><th scope="row">{name}</th><td>{region}</td><td>{_text(state)}</td></tr>'
    yield "</tbody></table></div>"
    yield "<p>Counts are those of each place's last whole scan. The lists show what is wrong now: a tag that was set "
    yield "after that scan is gone from the lists already.</p></section>"
