"""Widgets in rows of nearly the same number, each row as wide as the dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generator.model.dashboards import Widget
from generator.resolve.dashboards.inputs import COLUMNS


def in_rows(widgets: Sequence[Widget], most: int, height: int | None) -> Iterator[Widget]:
    """Ten widgets with at most four in a row are four, three and three. most: 1 to 4, which divide the 24
    columns. height: None for that of the kind."""
    if not widgets:
        return
    rows = -(-len(widgets) // most)
    fewest, more = divmod(len(widgets), rows)
    rest = iter(widgets)
    for row in range(rows):
        count = fewest + (row < more)
        yield from (replace(next(rest), width=COLUMNS // count, height=height) for _ in range(count))
