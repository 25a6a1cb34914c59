"""Findings as people and machines read them: text with the user's own line, JSON, SARIF, GitHub annotations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from generator.findings import Finding, NotRun, Severity, SourceText, Span, dotted
from generator.wording import pluralize, visible

_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36"}
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
EXCERPT = 140
# Of one run of SARIF.
MOST_RESULTS = 25_000


def render(
    findings: Sequence[Finding],
    source: SourceText,
    form: str,
    verdict: str,
    coloured: bool,
    not_run: Sequence[NotRun] = (),
) -> str:
    """All findings, sorted by place; then which checks were not run. JSON is ASCII, for a terminal of any encoding."""
    placed = _placed(findings, source)
    if form == "json":
        rows = rows_of(findings, source)
        skipped = [{"checks": one.checks, "environment": one.where, "because": one.because} for one in not_run]
        return json.dumps({"findings": rows, "not_run": skipped}, indent=1) + "\n"
    if form == "sarif":
        return json.dumps(_sarif(placed, not_run), indent=1) + "\n"
    if form == "github":
        notices = [f"::notice title=obsgen::{_escaped(str(one))}\n" for one in not_run]
        return "".join([*(_github(finding, span, file) for finding, span, file in placed), *notices])
    blocks = [_text(finding, span, file, source, coloured) for finding, span, file in placed]
    blocks += [str(one) for one in not_run]
    totals = _verdict(findings, verdict)
    return "\n".join([*blocks, totals]) + "\n" if totals or blocks else ""


def rows_of(findings: Sequence[Finding], source: SourceText) -> list[dict[str, Any]]:
    """The findings as data, sorted by place, with the keys of the JSON format."""
    return [_row(finding, span, file) for finding, span, file in _placed(findings, source)]


def _placed(findings: Sequence[Finding], source: SourceText) -> list[tuple[Finding, Span, SourceText]]:
    return sorted(
        ((f, span_of(f, file), file) for f in findings for file in [_file_of(f, source)]),
        key=lambda found: (found[2].name != source.name, found[2].name, found[1].line, found[1].column),
    )


def _file_of(finding: Finding, source: SourceText) -> SourceText:
    return source.of(finding.file).at(finding.path)


def span_of(finding: Finding, source: SourceText) -> Span:
    """The place to point at; the start of the file where none is known."""
    if finding.mark:
        return Span(finding.mark.line, finding.mark.column, finding.mark.column + 1)
    return source.span(finding.path, finding.on) or Span(1, 1, 2)


def _text(finding: Finding, span: Span, source: SourceText, document: SourceText, coloured: bool) -> str:
    level = _paint(f"{finding.severity.value} {finding.code}", _COLOURS[finding.severity], coloured)
    subject = f"{dotted(finding.path)}: " if finding.path else ""
    lines = [f"{source.name}:{span.line}:{span.column}: {level}: {visible(f'{subject}{finding.message}')}"]
    lines += _excerpt(span, source)
    lines += [f"  = found in {finding.where}"] if finding.where else []
    for path, note in finding.also:
        file = document.of(finding.file).at(path)
        other = file.span(path, "key")
        lines += [f"  = {note}: {file.name}:{other.line}:{other.column}"] if other else []
    lines += [f"  = help: {visible(finding.hint)}"] if finding.hint else []
    return "\n".join(lines)


def _excerpt(span: Span, source: SourceText) -> list[str]:
    text = source.line(span.line)
    if not text.strip():
        return []
    # A very long line is cut around the place, so that the carets stay in sight.
    start = max(0, span.column - 1 - EXCERPT // 2) if len(text) > EXCERPT else 0
    # One character for each, so that the carets below stay in their column.
    excerpt = "".join(char if char.isprintable() else " " for char in text[start : start + EXCERPT])
    gutter = str(span.line)
    width = max(1, min(span.end, start + len(excerpt) + 1) - span.column)
    return [f"{gutter} | {excerpt}", f"{' ' * len(gutter)} | {' ' * (span.column - 1 - start)}{'^' * width}"]


def _paint(text: str, code: str, coloured: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if coloured else text


def _verdict(findings: Sequence[Finding], verdict: str) -> str:
    counts = []
    for severity, word in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")):
        number = sum(1 for f in findings if f.severity is severity)
        counts += [pluralize(number, word)] if number else []
    return "; ".join(part for part in (", ".join(counts), verdict) if part)


def _row(finding: Finding, span: Span, source: SourceText) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": source.name,
        "line": span.line,
        "column": span.column,
        "path": dotted(finding.path),
        "message": finding.message,
        "hint": finding.hint,
        "resource": finding.where,
    }


def _github(finding: Finding, span: Span, source: SourceText) -> str:
    """The finding as a workflow command.
    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    body = finding.message + (f" Help: {finding.hint}" if finding.hint else "")
    where = f"file={_escaped_property(source.name)},line={span.line},col={span.column},title=obsgen {finding.code}"
    return f"::{_GITHUB_LEVELS[finding.severity]} {where}::{_escaped(body)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    """Between the `::` of a workflow command a colon and a comma mean something, too."""
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _sarif(placed: Sequence[tuple[Finding, Span, SourceText]], not_run: Sequence[NotRun]) -> dict[str, Any]:
    """SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

    What was not run is a notification of the invocation (3.20.21), for it is about the run and not about a result; so
    is how many results were left out. GitHub refuses a run of more than 25,000, and shows 5,000 of them by severity:
    https://docs.github.com/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
    """
    notes: list[dict[str, Any]] = [
        {"level": "note", "message": {"text": str(skipped_check)}} for skipped_check in not_run
    ]
    if len(placed) > MOST_RESULTS:
        text = f"{len(placed) - MOST_RESULTS:,} of {len(placed):,} results are not in this file, the least severe ones"
        notes.append({"level": "warning", "message": {"text": f"{text}: GitHub accepts {MOST_RESULTS:,}"}})
    worst = _worst(placed) if len(placed) > MOST_RESULTS else placed
    results = [
        {
            "ruleId": finding.code,
            "level": _SARIF_LEVELS[finding.severity],
            "message": {"text": finding.message + (f" Help: {finding.hint}" if finding.hint else "")},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(file.name, errors="surrogatepass")},
                        "region": {"startLine": span.line, "startColumn": span.column, "endColumn": span.end},
                    },
                    "logicalLocations": [{"fullyQualifiedName": dotted(finding.path) or file.name}],
                }
            ],
        }
        for finding, span, file in worst
    ]
    rules = [{"id": code} for code in sorted({finding.code for finding, _, _ in worst})]
    driver = {"name": "obsgen", "rules": rules}
    run: dict[str, Any] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    if notes:
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _worst(placed: Sequence[tuple[Finding, Span, SourceText]]) -> Sequence[tuple[Finding, Span, SourceText]]:
    return sorted(placed, key=lambda entry: list(Severity).index(entry[0].severity))[:MOST_RESULTS]
