"""What alarms watch in a capture, and what is worse than in the committed lock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from generator.comment.blocks import Block, Items, MarkdownTable, Paragraph
from generator.comment.data import Count, Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import pluralize

_MOST_NAMES = 5
_COLUMNS = (
    ("total", "resources"),
    ("watched", "watched"),
    ("no_data", "no data"),
    ("silent", "calls no one"),
    ("unwatched", "not watched"),
    ("unknown", "cannot say"),
)
# These are shown with zeros, too.
_ALWAYS = ("total", "watched", "unwatched")


class WorseCoverage(StrictData):
    """Resources of a type in an account and Region that are worse than in the lock. names: of the first.

    is_by_change: whether the pull request makes it worse.
    """

    account: Text
    region: Text
    type: Text
    names: Annotated[tuple[Text, ...], Field(max_length=_MOST_NAMES)]
    count: Count
    message: Text
    is_by_change: bool = False


class AccountCoverage(StrictData):
    """The resources of an account. no_data: watched, but the alarms have none. unknown: those that the capture cannot
    judge.
    """

    account: Text
    total: Count
    watched: Count
    no_data: Count = 0
    silent: Count
    unwatched: Count
    unknown: Count


class CoverageResults(StrictData):
    """All resources of a capture. day: of the capture. planned: watched only by alarms that are not deployed yet.

    better: of the lock, that are watched now or gone. problem: why nothing was compared, else empty.
    """

    day: Text = ""
    total: Count = 0
    watched: Count = 0
    unknown: Count = 0
    planned: Count = 0
    waived: Count = 0
    better: Count = 0
    worse: Rows[WorseCoverage] = Rows[WorseCoverage](rows=())
    accounts: Rows[AccountCoverage] = Rows[AccountCoverage](rows=())
    problem: Text = ""


def _summary(results: CoverageResults) -> SectionSummary:
    if results.problem:
        return SectionSummary(State.SKIPPED, "coverage was not compared")
    worse = len(results.worse.rows) + results.worse.omitted
    by_change = sum(row.is_by_change for row in results.worse.rows)
    if by_change:
        text = f"{pluralize(by_change, 'type')} of resources would be watched less, {_share(results)}"
        return SectionSummary(State.FAILED, text)
    if worse:
        return SectionSummary(State.WARNING, f"{worse:,} worse than the lock, not by this change; {_share(results)}")
    planned = f", {results.planned:,} of them when this is deployed" if results.planned else ""
    return SectionSummary(State.PASSED, f"{_share(results)}{planned}", is_quiet=not results.planned)


def _share(results: CoverageResults) -> str:
    """`252 of 412 resources watched`"""
    known = max(0, results.total - results.unknown)
    return f"{results.watched:,} of {pluralize(known, 'resource')} watched"


def _blocks(results: CoverageResults) -> Iterator[Block]:
    """What is worse, then the accounts with the most that nothing watches."""
    if results.problem:
        yield Paragraph(plain(results.problem))
        return
    yield Paragraph(f"Capture of {code(results.day)}: {_share(results)}{_notes(results)}")
    if results.worse.rows:
        yield Items([_worse(row) for row in results.worse.rows], results.worse.omitted)
    accounts = results.accounts.rows
    columns = [(key, title) for key, title in _COLUMNS if any(getattr(row, key) for row in accounts) or key in _ALWAYS]
    rows = [[code(row.account), *(f"{getattr(row, key):,}" for key, _ in columns)] for row in accounts]
    if rows:
        yield MarkdownTable(["account", *(title for _, title in columns)], rows, results.accounts.omitted)


def _notes(results: CoverageResults) -> str:
    notes = [
        (results.unknown, "that the capture cannot judge"),
        (results.waived, "waived"),
        (results.better, "of the lock watched now, or deleted"),
    ]
    return "".join(f", {count:,} {words}" for count, words in notes if count)


def _worse(row: WorseCoverage) -> str:
    place = " ".join(filter(None, (row.account, row.region)))
    subject = " in ".join(code(part) for part in (row.type, place) if part)
    names = ", ".join(code(name) for name in row.names)
    more = f" and {row.count - len(row.names):,} more" if row.names and row.count > len(row.names) else ""
    text = plain(row.message) + (f": {names}{more}" if names else "")
    by = "**by this change**, " if row.is_by_change else ""
    return f"{by}{subject}: {text}" if subject else f"{by}{text}"


SECTION = CommentSection("Coverage", 70, CoverageResults, _summary, _blocks)
