"""The difference between two builds as text, markdown for a pull request, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from generator.comment.text import plain
from generator.cost.change import CostChange, cost_change
from generator.cost.estimate import Estimate
from generator.render.cost_words import change_in_words
from generator.render.resource_changes import (
    ResourceDiff,
    StatementChange,
    Template,
    resource_changes,
    statement_changes,
)
from generator.render.section_words import Change, Data, changes_of, section_words
from generator.wording import pluralize

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
COST = "Cost"
RESOURCES = "Resources"
STATEMENTS = "IAM statements"
_COLOURS = {"added": "32", "removed": "31", "changed": "33"}


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One side of a comparison: an environment's intention, templates and cost; None where there is none."""

    estate: Data | None
    templates: Mapping[str, Template]
    cost: Estimate | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentDiff:
    """Everything that differs in one environment."""

    environment: str
    headline: str
    changes: tuple[Change, ...]
    resources: tuple[ResourceDiff, ...]
    statements: tuple[StatementChange, ...]
    cost: CostChange | None = None

    @property
    def empty(self) -> bool:
        """True if nothing differs."""
        return not (self.headline or self.changes or self.resources or self.statements or self.cost)


def difference(environment: str, before: DiffSide, after: DiffSide) -> EnvironmentDiff:
    """The changes from one side to the other."""
    headline = ""
    changes: tuple[Change, ...] = ()
    if before.estate and after.estate:
        changes = tuple(changes_of(before.estate, after.estate))
    elif after.estate:
        headline = f"a new environment: {pluralize(len(after.estate['alarms']), 'alarm')}"
    elif before.estate:
        headline = f"the environment is removed: {pluralize(len(before.estate['alarms']), 'alarm')}"
    return EnvironmentDiff(
        environment,
        headline,
        changes,
        tuple(resource_changes(before.templates, after.templates)),
        tuple(statement_changes(before.templates, after.templates)),
        _cost(before, after),
    )


def _cost(before: DiffSide, after: DiffSide) -> CostChange | None:
    """None where an environment was, or is, of a build that cannot be priced."""
    is_priced = all(side.cost or not side.templates for side in (before, after))
    return cost_change(before.cost, after.cost) if is_priced else None


def render_diff(differences: Sequence[EnvironmentDiff], form: str, coloured: bool) -> str:
    """All environments, in one of the formats."""
    if form == "json":
        return json.dumps({"environments": [asdict(d) for d in differences]}, indent=1) + "\n"
    changed = [d for d in differences if not d.empty]
    if not changed:
        return "Nothing changes.\n"
    lines = _markdown(changed) if form == "markdown" else _text(changed, coloured)
    return "\n".join(lines) + "\n"


def sections_of(difference: EnvironmentDiff) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The changes by heading: the title, then kind and sentence of each."""
    for area, words in section_words().items():
        rows: list[tuple[str, str]] = [
            (c.kind, f"{c.subject} {c.sentence}" if words.begins_with_subject else c.sentence)
            for c in difference.changes
            if c.area == area
        ]
        if rows:
            yield words.title, rows
    if difference.cost:
        yield COST, [("changed", sentence) for sentence in change_in_words(difference.cost)]
    if difference.resources:
        yield RESOURCES, [(r.kind, _resource(r)) for r in difference.resources]
    if difference.statements:
        yield STATEMENTS, [(s.kind, f"{s.template} {s.logical_id}: {s.statement}") for s in difference.statements]


def is_detail(difference: EnvironmentDiff, title: str) -> bool:
    """Whether the changes below a heading follow from the others: resources, and all IAM statements of an environment
    that is new or removed."""
    return title == RESOURCES or (title == STATEMENTS and bool(difference.headline))


def _resource(change: ResourceDiff) -> str:
    changed = f": {', '.join(change.properties)}" if change.properties else ""
    return f"{change.template} {change.logical_id} ({change.type}){changed}"


def _text(differences: Sequence[EnvironmentDiff], coloured: bool) -> Iterator[str]:
    for number, difference in enumerate(differences):
        if number:
            yield ""
        yield f"{difference.environment}{f': {difference.headline}' if difference.headline else ''}"
        for title, rows in sections_of(difference):
            yield f"  {title}"
            for kind, sentence in rows:
                row = f"{_SIGNS[kind]} {sentence}"
                yield f"    \x1b[{_COLOURS[kind]}m{row}\x1b[0m" if coloured else f"    {row}"


def _markdown(differences: Sequence[EnvironmentDiff]) -> Iterator[str]:
    """Sentences in the open, details folded; changed IAM statements in the open again."""
    yield "## What this changes"
    for difference in differences:
        yield ""
        yield f"### {plain(difference.environment)}{f': {plain(difference.headline)}' if difference.headline else ''}"
        for title, rows in sections_of(difference):
            folded = is_detail(difference, title)
            noun = "IAM statement" if title == STATEMENTS else "resource"
            yield ""
            yield f"<details><summary>{pluralize(len(rows), noun)}</summary>\n" if folded else f"**{title}**\n"
            yield from (f"- `{_SIGNS[kind]}` {plain(sentence)}" for kind, sentence in rows)
            if folded:
                yield "\n</details>"


def as_data(estate_text: str) -> Any:
    """The data of an estate.json that is one file; None where it is of another version than ours."""
    return of_our_version(json.loads(estate_text))


def of_our_version(data: Any) -> Any:
    """The data of an estate.json; None where it is of another version than ours."""
    from generator.render.estate_json import ESTATE_VERSION

    return data if data.get("estate") == ESTATE_VERSION else None
