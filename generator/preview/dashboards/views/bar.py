"""A bar for each line: its latest value, or that of the whole window."""

from __future__ import annotations

import math

from generator.preview.charts.bars import bars_svg
from generator.preview.dashboards.fragment import WidgetSize, legend
from generator.preview.dashboards.graph import MetricGraph
from generator.preview.dashboards.views.single_value import latest

VIEW = "bar"


def view_html(graph: MetricGraph, size: WidgetSize) -> str:
    """The bars and their legend."""
    values = [latest(line) for line in graph.lines]
    drawn = bars_svg(graph.lines, [0.0 if math.isnan(value) else value for value in values], graph.left, size.rows)
    return f'<div class="w-plot">{drawn}{legend(graph.lines, size)}</div>'
