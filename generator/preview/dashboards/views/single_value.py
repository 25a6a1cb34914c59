"""The latest value of each line as a number, with a sparkline."""

from __future__ import annotations

import numpy as np

from generator.preview.charts.numbers import short_number
from generator.preview.charts.sparkline import sparkline_svg
from generator.preview.charts.types import ChartLine
from generator.preview.dashboards.fragment import WidgetSize, swatch
from generator.preview.dashboards.graph import MetricGraph
from generator.preview.markup import text

VIEW = "singleValue"
_UNIT_WORDS = {"Milliseconds": "ms", "Seconds": "s", "Percent": "%", "Bytes": "B", "Count": ""}


def view_html(graph: MetricGraph, _size: WidgetSize) -> str:
    """A tile for each line."""
    with_line = graph.properties.get("sparkline") is True
    whole = graph.properties.get("singleValueFullPrecision") is True
    tiles = "".join(_tile(line, with_line, whole) for line in graph.lines)
    return f'<div class="w-numbers">{tiles}</div>'


def latest(line: ChartLine) -> float:
    """The last value of a line; not a number where it has none."""
    known = line.values[np.isfinite(line.values)]
    return float(known[-1]) if known.size else float("nan")


def _tile(line: ChartLine, with_line: bool, whole: bool) -> str:
    value = latest(line)
    number = f"{value:,.15g}" if whole and np.isfinite(value) else short_number(value)
    unit = _UNIT_WORDS.get(line.unit, line.unit)
    spark = sparkline_svg(line) if with_line else ""
    return (
        f'<div class="w-number"><b>{text(number)}</b><small>{text(unit)}</small>'
        f"<span>{swatch(line)}{text(line.label)}</span>{spark}</div>"
    )
