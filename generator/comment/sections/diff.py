"""What a pull request changes, in terms of alarms, as `obsgen diff` prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from generator.comment.blocks import Block, Folded, Items, Paragraph
from generator.comment.data import Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import list_in_words, pluralize

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


@dataclass(frozen=True, slots=True)
class _Group:
    """Changes of one environment, or those that are the same in several."""

    environments: tuple[str, ...]
    headline: str
    areas: tuple[DiffArea, ...]

    @property
    def number(self) -> int:
        """A new or a removed environment is one change; its IAM statements and resources are none."""
        areas = [area.changes for area in self.areas if not area.is_detail]
        return bool(self.headline) + sum(len(changes.rows) + changes.omitted for changes in areas)


_Change = tuple[str, bool, str, str]


def _groups(environments: Sequence[EnvironmentChanges]) -> list[_Group]:
    """What changes in every environment once, then each environment with the rest of its changes.

    Names end in that of their environment. A new or a removed environment has nothing in common with others.
    """
    compared = [environment for environment in environments if not environment.headline]
    common: set[_Change] = set()
    if len(compared) > 1:
        common = set.intersection(*({change for change, _ in _changes(of)} for of in compared))
    groups = []
    if common:
        first = compared[0]
        areas = tuple(_area(first, area, common, is_common=True) for area in first.areas)
        groups.append(_Group(tuple(of.environment for of in compared), "", tuple(filter(None, areas))))
    for of in environments:
        areas = tuple(_area(of, area, common, is_common=False) for area in of.areas) if common else of.areas
        group = _Group((of.environment,), of.headline, tuple(filter(None, areas)))
        if group.areas or group.headline:
            groups.append(group)
    return groups


def _changes(of: EnvironmentChanges) -> Iterator[tuple[_Change, DiffChange]]:
    for area in of.areas:
        yield from ((_change(of, area, change), change) for change in area.changes.rows)


def _change(of: EnvironmentChanges, area: DiffArea, change: DiffChange) -> _Change:
    return area.title, area.is_detail, change.kind, _without_environment(change.sentence, of.environment)


def _without_environment(sentence: str, environment: str) -> str:
    return re.sub(rf"(?<=-){re.escape(environment)}(?![\w-])", "<environment>", sentence)


def _area(of: EnvironmentChanges, area: DiffArea, common: set[_Change], *, is_common: bool) -> DiffArea | None:
    """The changes of an area that are the same everywhere, or the others; None without any."""
    if of.headline:
        return area
    rows = [change for change in area.changes.rows if (_change(of, area, change) in common) == is_common]
    if is_common:
        rows = [c.model_copy(update={"sentence": _without_environment(c.sentence, of.environment)}) for c in rows]
    omitted = 0 if is_common else area.changes.omitted
    changes = area.changes.model_copy(update={"rows": tuple(rows), "omitted": omitted})
    return area.model_copy(update={"changes": changes}) if rows or omitted else None


def _summary(results: DiffResults) -> SectionSummary:
    if results.problem:
        return SectionSummary(State.SKIPPED, "not compared with the target branch")
    if not results.environments:
        return SectionSummary(State.PASSED, "nothing changes", is_quiet=True)
    number = sum(group.number for group in _groups(results.environments))
    environments = pluralize(len(results.environments), "environment")
    changes = pluralize(number, "change") if number else "only resources change"
    return SectionSummary(State.INFO, f"{changes} in {environments}")


def _blocks(results: DiffResults) -> Iterator[Block]:
    if results.problem:
        yield Paragraph(plain(results.problem))
    for group in _groups(results.environments):
        headline = f": {plain(group.headline)}" if group.headline else ""
        yield Paragraph(list_in_words([f"**{code(name)}**" for name in group.environments]) + headline)
        for area in group.areas:
            yield from _area_blocks(area)


def _area_blocks(area: DiffArea) -> Iterator[Block]:
    changes, omitted = area.changes.rows, area.changes.omitted
    lines = [f"`{_SIGNS[change.kind]}` {plain(change.sentence)}" for change in changes]
    items = Items(lines, omitted) if lines else Items([f"… and {omitted:,} more"])
    if area.is_detail:
        noun = "IAM statement" if area.title == _STATEMENTS else "resource"
        yield Folded(pluralize(len(changes) + omitted, noun), (items,))
    else:
        yield Paragraph(f"**{plain(area.title)}**")
        yield items


SECTION = CommentSection("What this changes", 5, DiffResults, _summary, _blocks)
