"""The compliance report for a terminal, as a table for spreadsheets, and as data; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from generator.render.compliance_report import ComplianceReport, Day, NonCompliantEntry, ReportRow, Scanned
from generator.render.compliance_values import (
    NO_OWNER,
    cell,
    day_and_time,
    number,
    percent,
    sparkline,
    time_ago,
    title_of,
    wrong_values,
)
from generator.rollout.operate.compliance_state import Counts
from generator.wording import pluralize, visible

# Lines of each list; `--format csv`, `html` and `json` have all of them.
SHOWN = 20
COLUMNS = (
    "environment", "account", "account_id", "region", "type", "id", "name", "state", "owner", "missing", "invalid",
    "observed_at",
)  # fmt: skip


def headline(report: ComplianceReport) -> str:
    """`97.1 % of 1,204 resources are compliant; 35 are not, 12 are exempt`."""
    counts = report.counts
    if not counts.checked:
        return f"nothing has been scanned yet; {pluralize(len(report.resources), 'resource')} known as non-compliant"
    exempt = f", {number(counts.exempt)} exempt" if counts.exempt else ""
    resources = pluralize(counts.checked, "resource")
    return f"{percent(counts)} of {resources} compliant, {number(counts.non_compliant)} not{exempt}"


def as_text(report: ComplianceReport) -> str:
    """Everything, the lists cut."""
    return "\n".join(line.rstrip() for line in _lines(report))


def _lines(report: ComplianceReport) -> Iterator[str]:
    yield f"{report.environment}, {day_and_time(report.at)}: {headline(report)}"
    for title, rows in (("Accounts", report.accounts), ("Regions", report.regions), ("Types", report.types)):
        yield from _table(title, rows)
    owners = [(owner or NO_OWNER, count) for owner, count in report.owners]
    yield from _counts("Owners of non-compliant resources", owners)
    yield from _counts("Tags that are missing or wrong", report.tags)
    yield from _trend(report.trend)
    if report.resources:
        yield f"  Non-compliant now: {pluralize(len(report.resources), 'resource')}"
        yield from _cut([line for entry in report.resources[:SHOWN] for line in _entry(entry)], len(report.resources))
    yield from _scans(report)


def _table(title: str, rows: Sequence[ReportRow]) -> Iterator[str]:
    """Counts of the last scan, and what is open now."""
    if not rows:
        return
    heads = (title, "compliant", "not", "exempt", "share", "open now")
    cells = [
        (
            visible(row.key),
            *map(number, (row.counts.compliant, row.counts.non_compliant, row.counts.exempt)),
            percent(row.counts),
            number(row.open),
        )
        for row in rows[:SHOWN]
    ]
    widths = [max(len(line[column]) for line in (heads, *cells)) for column in range(len(heads))]
    for line in (heads, *cells):
        lead = "  " if line is heads else "    "
        first = line[0].ljust(widths[0] + 4 - len(lead) + 2)
        yield lead + first + "".join(f"  {text.rjust(width)}" for text, width in zip(line[1:], widths[1:], strict=True))
    yield from _cut([], len(rows))


def _counts(title: str, entries: Sequence[tuple[str, int]]) -> Iterator[str]:
    if not entries:
        return
    yield f"  {title}"
    width = max(len(number(count)) for _, count in entries)
    lines = [f"    {number(count).rjust(width)}  {visible(key)}" for key, count in entries[:SHOWN]]
    yield from _cut(lines, len(entries))


def _cut(lines: list[str], of: int) -> Iterator[str]:
    yield from lines
    if of > SHOWN:
        yield f"    and {number(of - SHOWN)} more; `--format csv` or `html` has all"


def _trend(trend: Sequence[Day]) -> Iterator[str]:
    if len(trend) < 2:
        return
    values = [day.counts.non_compliant for day in trend]
    first, last = trend[0], trend[-1]
    change = f"{number(values[0])} on {first.date}, {number(values[-1])} now"
    yield f"  Non-compliant over {len(trend)} days: {change}; least {number(min(values))}, most {number(max(values))}"
    yield f"    {sparkline(values)}"
    if first.places != last.places:
        yield f"    {pluralize(first.places, 'place')} had been scanned at first, {last.places} by now"


def _entry(entry: NonCompliantEntry) -> Iterator[str]:
    resource = entry.resource
    details = [
        resource.type,
        title_of(resource),
        *([resource.state] if resource.state else []),
        f"owner {resource.owner or NO_OWNER}",
    ]
    yield f"    {visible(str(entry.place))}  {visible(', '.join(details))}"
    yield f"      {visible('; '.join(faults(entry)))}"


def faults(entry: NonCompliantEntry) -> list[str]:
    """The missing and the wrong tags, in words."""
    missing = [f"missing {', '.join(entry.resource.missing)}"] if entry.resource.missing else []
    return [*missing, *wrong_values(entry.resource)]


def _scans(report: ComplianceReport) -> Iterator[str]:
    fresh = [scan for scan in report.scans if scan.at and not scan.problem]
    if fresh:
        oldest = min(fresh, key=lambda scan: scan.at)
        yield f"  Oldest last scan: {oldest.place}, {day_and_time(oldest.at)} ({time_ago(oldest.at, report.at)})"
    for scan in report.stale:
        late = f"last scanned {day_and_time(scan.at)}, {time_ago(scan.at, report.at)}" if scan.at else "never scanned"
        yield f"  Not scanned in time: {scan.place}: {late}"
    for scan in report.scans:
        if scan.running:
            yield f"  Being scanned: {scan.place}, since {day_and_time(scan.running)}"
    yield from (f"  Not read: {visible(note)}" for note in report.notes)
    for scan in report.unread:
        yield f"  Not read: {scan.place}: {scan.problem}"
        yield f"    = help: {scan.hint}"


def as_csv(report: ComplianceReport) -> str:
    """A row for each non-compliant resource; no value is one that a spreadsheet computes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in report.resources:
        location, resource = entry.place, entry.resource
        values = (
            report.environment, location.name, location.account, location.region,
            resource.type, resource.id, resource.name, resource.state, resource.owner,
            ", ".join(resource.missing), "; ".join(wrong_values(resource)),
            day_and_time(resource.observed_at) if resource.observed_at else "",
        )  # fmt: skip
        writer.writerow([cell(value) for value in values])
    return text.getvalue()


def as_data(report: ComplianceReport) -> dict[str, Any]:
    """The report as JSON has it; times in milliseconds since 1970."""
    return {
        "version": 1,
        "environment": report.environment,
        "at": report.at,
        "days": report.days,
        "well": report.is_well,
        **_counted(report.counts),
        "accounts": [_row(row) for row in report.accounts],
        "regions": [_row(row) for row in report.regions],
        "types": [_row(row) for row in report.types],
        "owners": [{"owner": owner, "open": count} for owner, count in report.owners],
        "tags": [{"tag": tag, "open": count} for tag, count in report.tags],
        "trend": [{"date": day.date, "places": day.places, **_counted(day.counts)} for day in report.trend],
        "resources": [_resource(entry) for entry in report.resources],
        "places": [_scanned(scan) for scan in report.scans],
        "notes": list(report.notes),
    }


def _row(row: ReportRow) -> dict[str, Any]:
    return {"name": row.key, **_counted(row.counts), "open": row.open}


def _counted(counts: Counts) -> dict[str, Any]:
    return {**asdict(counts), "percent": counts.percent}


def _resource(entry: NonCompliantEntry) -> dict[str, Any]:
    return {**_place(entry.place.account, entry.place.name, entry.place.region), **asdict(entry.resource)}


def _scanned(scan: Scanned) -> dict[str, Any]:
    location = _place(scan.place.account, scan.place.name, scan.place.region)
    scanned = {"scanned_at": scan.at or None, "stale": scan.is_stale, "running": scan.running or None}
    return {**location, **scanned, **({"problem": scan.problem, "hint": scan.hint} if scan.problem else {})}


def _place(account: str, name: str, region: str) -> dict[str, str]:
    return {"account": account, "account_name": name, "region": region}
