"""The results of `obsgen test`, with a report of each failed test."""

from __future__ import annotations

from collections.abc import Iterator

from generator.comment.blocks import Block, Fence, Folded, Items, Paragraph
from generator.comment.data import Count, LongText, Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain


class FailedTest(StrictData):
    """A failed test with its environment, and what `obsgen test` prints about it."""

    title: Text
    report: LongText


class AlarmTestResults(StrictData):
    """The numbers of tests, and those that failed. problem: why none ran; empty where they ran."""

    passed: Count
    failed: Count
    failures: Rows[FailedTest]
    problem: LongText = ""


def _summary(results: AlarmTestResults) -> SectionSummary:
    if results.problem:
        return SectionSummary(State.FAILED, "no test ran")
    if results.failed:
        return SectionSummary(State.FAILED, f"{results.passed:,} passed, {results.failed:,} failed")
    return SectionSummary(State.PASSED, f"{results.passed:,} passed", is_quiet=True)


def _blocks(results: AlarmTestResults) -> Iterator[Block]:
    if results.problem:
        yield Fence(results.problem)
    for failure in results.failures.rows:
        yield Paragraph(f"**Failed:** {code(failure.title)}")
        yield Folded("Report", (Fence(failure.report),))
    if results.failures.omitted:
        yield Items([plain(f"… and {results.failures.omitted:,} more failed tests")])


SECTION = CommentSection("Tests", 30, AlarmTestResults, _summary, _blocks)
