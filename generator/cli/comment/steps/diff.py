"""What changes from the target branch, in terms of alarms."""

from __future__ import annotations

from dataclasses import replace

import click

from generator.cli.comment.context import GatherContext, on_one_line
from generator.comment.data import first_rows, shortened
from generator.comment.sections.diff import DiffArea, DiffChange, DiffResults, EnvironmentChanges
from generator.render.diff import COST, EnvironmentDiff, is_detail, sections_of

_MOST_ENVIRONMENTS = 50


def gather(context: GatherContext) -> DiffResults | None:
    """The changes of every environment that differs; None where nothing can be built."""
    if context.compiled is None:
        return None
    if not context.base:
        return DiffResults(base="", environments=(), problem=context.base_problem)
    try:
        compared = context.differences(context.compiled)
    except click.ClickException as error:
        return DiffResults(base=shortened(context.base), environments=(), problem=shortened(on_one_line(error.message)))
    environments = [_changes(difference) for difference in compared if not replace(difference, cost=None).empty]
    return DiffResults(base=shortened(context.base), environments=tuple(environments[:_MOST_ENVIRONMENTS]))


def _changes(difference: EnvironmentDiff) -> EnvironmentChanges:
    areas = [
        DiffArea(
            title=title,
            is_detail=is_detail(difference, title),
            changes=first_rows(
                [DiffChange.model_validate({"kind": kind, "sentence": shortened(text)}) for kind, text in rows]
            ),
        )
        for title, rows in sections_of(difference)
        if title != COST  # a section of its own
    ]
    return EnvironmentChanges(
        environment=shortened(difference.environment), headline=shortened(difference.headline), areas=tuple(areas)
    )
