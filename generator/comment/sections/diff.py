"""What a pull request changes, in terms of alarms, as `obsgen diff` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from generator.comment.blocks import Block, Folded, Items, Paragraph
from generator.comment.data import Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import pluralize

_STATEMENTS = "IAM statements"
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_MOST_ENVIRONMENTS = 50
_MOST_AREAS = 60


class DiffChange(StrictData):
    """A change, as a sentence."""

    kind: Literal["added", "removed", "changed"]
    sentence: Text


class DiffArea(StrictData):
    """The changes below one heading. is_detail: whether they follow from the others, as those of resources do."""

    title: Text
    is_detail: bool
    changes: Rows[DiffChange]


class EnvironmentChanges(StrictData):
    """Everything that differs in an environment. headline: whether it is new or removed, else empty."""

    environment: Text
    headline: Text
    areas: Annotated[tuple[DiffArea, ...], Field(max_length=_MOST_AREAS)]


class DiffResults(StrictData):
    """The environments that differ. base: the revision of the comparison. problem: why there was none, else empty."""

    base: Text
    environments: Annotated[tuple[EnvironmentChanges, ...], Field(max_length=_MOST_ENVIRONMENTS)]
    problem: Text = ""


def _summary(results: DiffResults) -> SectionSummary:
    if results.problem:
        return SectionSummary(State.SKIPPED, "not compared with the target branch")
    if not results.environments:
        return SectionSummary(State.PASSED, "nothing changes", is_quiet=True)
    number = sum(map(_number, results.environments))
    environments = pluralize(len(results.environments), "environment")
    changes = pluralize(number, "change") if number else "only resources change"
    return SectionSummary(State.INFO, f"{changes} in {environments}")


def _number(environment: EnvironmentChanges) -> int:
    """A new or a removed environment is one change; its IAM statements and resources are none."""
    areas = [area.changes for area in environment.areas if not area.is_detail]
    return bool(environment.headline) + sum(len(changes.rows) + changes.omitted for changes in areas)


def _blocks(results: DiffResults) -> Iterator[Block]:
    if results.problem:
        yield Paragraph(plain(results.problem))
    for environment in results.environments:
        headline = f": {plain(environment.headline)}" if environment.headline else ""
        yield Paragraph(f"**{code(environment.environment)}**{headline}")
        for area in environment.areas:
            changes = area.changes.rows
            items = Items([f"`{_SIGNS[c.kind]}` {plain(c.sentence)}" for c in changes], area.changes.omitted)
            if area.is_detail:
                noun = "IAM statement" if area.title == _STATEMENTS else "resource"
                yield Folded(pluralize(len(changes) + area.changes.omitted, noun), (items,))
            else:
                yield Paragraph(f"**{plain(area.title)}**")
                yield items


SECTION = CommentSection("What this changes", 5, DiffResults, _summary, _blocks)
