"""The findings of `obsgen check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from generator.comment.blocks import Block, Items
from generator.comment.data import Count, Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import pluralize

_SIGNS = {"error": "❌", "warning": "⚠️", "info": "ℹ️"}


class CheckFinding(StrictData):
    """A finding. path: in the YAML, empty where there is none. line: from 1."""

    code: Text
    severity: Literal["error", "warning", "info"]
    file: Text
    line: Count
    path: Text
    message: Text
    hint: Text


class CheckResults(StrictData):
    """The numbers of findings, and the findings; sentences about checks that were not run."""

    errors: Count
    warnings: Count
    notes: Count
    findings: Rows[CheckFinding]
    not_run: Rows[Text]


def _summary(results: CheckResults) -> SectionSummary:
    numbers = ((results.errors, "error"), (results.warnings, "warning"), (results.notes, "note"))
    counts = ", ".join(pluralize(number, noun) for number, noun in numbers if number)
    if results.errors:
        return SectionSummary(State.FAILED, f"{counts}; nothing else was run")
    if results.warnings:
        return SectionSummary(State.WARNING, counts)
    return SectionSummary(State.PASSED, counts or "no findings", is_quiet=not counts)


def _blocks(results: CheckResults) -> Iterator[Block]:
    yield Items([_finding(finding) for finding in results.findings.rows], results.findings.omitted)
    yield Items([plain(sentence) for sentence in results.not_run.rows], results.not_run.omitted)


def _finding(finding: CheckFinding) -> str:
    path = f"{code(finding.path)}: " if finding.path else ""
    hint = f". Help: {plain(finding.hint)}" if finding.hint else ""
    location = code(f"{finding.file}:{finding.line}")
    return f"{_SIGNS[finding.severity]} {code(finding.code)} {location}: {path}{plain(finding.message)}{hint}"


SECTION = CommentSection("Check", 10, CheckResults, _summary, _blocks)
