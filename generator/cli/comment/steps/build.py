"""Whether out/ is what a build would write."""

from __future__ import annotations

import click

from generator.cli.comment.context import GatherContext
from generator.cli.options import compare_with_out
from generator.comment.data import first_rows, shortened
from generator.comment.sections.build import BuildResults


def gather(context: GatherContext) -> BuildResults | None:
    """The files that differ; None where nothing can be built."""
    built = context.compiled
    if built is None:
        return None
    try:
        changed = compare_with_out(context.target.out, built.artifacts, built.environments)
    except click.ClickException as error:
        return BuildResults(files=first_rows([]), problem=shortened(error.message))
    return BuildResults(files=first_rows([shortened(change.path) for change in changed]))
