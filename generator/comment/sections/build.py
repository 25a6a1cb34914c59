"""Whether out/ is what `obsgen build` would write."""

from __future__ import annotations

from collections.abc import Iterator

from generator.comment.blocks import Block, Items, Paragraph
from generator.comment.data import Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import pluralize


class BuildResults(StrictData):
    """The files of out/ that differ. problem: why they were not compared; empty where they were."""

    files: Rows[Text]
    problem: Text = ""


def _summary(results: BuildResults) -> SectionSummary:
    if results.problem:
        return SectionSummary(State.FAILED, "`out/` was not compared with the spec")
    number = len(results.files.rows) + results.files.omitted
    if not number:
        return SectionSummary(State.PASSED, "`out/` is up to date", is_quiet=True)
    differ = f"{pluralize(number, 'file')} {'differs' if number == 1 else 'differ'}"
    return SectionSummary(State.FAILED, f"`out/` is out of date: {differ}. Run `obsgen build` and commit the result")


def _blocks(results: BuildResults) -> Iterator[Block]:
    if results.problem:
        yield Paragraph(plain(results.problem))
    yield Items([code(file) for file in results.files.rows], results.files.omitted)


SECTION = CommentSection("Build", 20, BuildResults, _summary, _blocks)
