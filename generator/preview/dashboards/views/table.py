"""A table of the lines: summaries and, unless hidden, values over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from generator.evaluate.math.series import Series
from generator.preview.charts.numbers import with_unit
from generator.preview.charts.time_axis import utc
from generator.preview.charts.types import ChartLine
from generator.preview.dashboards.fragment import WidgetSize, swatch, table_html
from generator.preview.dashboards.graph import MetricGraph
from generator.preview.markup import text

VIEW = "table"
_SUMMARIES: Mapping[str, Callable[[Series], float]] = {
    "MIN": lambda values: float(np.min(values)),
    "MAX": lambda values: float(np.max(values)),
    "SUM": lambda values: float(np.sum(values)),
    "AVG": lambda values: float(np.mean(values)),
}
_HEADS = {"MIN": "Min", "MAX": "Max", "SUM": "Sum", "AVG": "Avg"}
_LATEST = 4


def view_html(graph: MetricGraph, _size: WidgetSize) -> str:
    """A row for each line and a column for each summary and time; the other way round in the vertical layout."""
    style = graph.properties.get("table")
    style = style if isinstance(style, dict) else {}
    columns = style.get("summaryColumns")
    summaries = [name for name in map(str, columns if isinstance(columns, list) else _SUMMARIES) if name in _SUMMARIES]
    shows_times = style.get("showTimeSeriesData") is not False
    count = min(_LATEST, max((line.grid.count for line in graph.lines), default=0)) if shows_times else 0
    heads = [_HEADS[name] for name in summaries] + _times(graph.lines[0], count)
    labels = [f"{swatch(line)}{text(line.label)}" for line in graph.lines]
    cells = [[_summary(line, name) for name in summaries] + _latest(line, count) for line in graph.lines]
    label = f"Values of {graph.title or 'the lines'}"
    if style.get("layout") == "vertical":
        turned = [[f"<b>{head}</b>", *(row[at] for row in cells)] for at, head in enumerate(heads)]
        return table_html(["", *labels], turned, label)
    return table_html(["", *heads], [[name, *row] for name, row in zip(labels, cells, strict=True)], label)


def _times(line: ChartLine, count: int) -> list[str]:
    first = line.grid.count - count
    return [utc(line.grid.start + line.grid.period * (first + at))[11:] for at in range(count)]


def _latest(line: ChartLine, count: int) -> list[str]:
    values: list[Any] = line.values[-count:].tolist() if count else []
    return [text(with_unit(value, line.unit)) for value in values] + [""] * (count - len(values))


def _summary(line: ChartLine, name: str) -> str:
    known = line.values[np.isfinite(line.values)]
    return text(with_unit(_SUMMARIES[name](known), line.unit)) if known.size else "–"
