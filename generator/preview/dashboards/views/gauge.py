"""A gauge for each line: its latest value between the limits of the axis."""

from __future__ import annotations

from generator.preview.charts.gauge import gauge_svg
from generator.preview.dashboards.fragment import WidgetSize, swatch
from generator.preview.dashboards.graph import MetricGraph
from generator.preview.dashboards.views.single_value import latest
from generator.preview.markup import text

VIEW = "gauge"


def view_html(graph: MetricGraph, _size: WidgetSize) -> str:
    """The gauges, each with its label."""
    low = graph.left.low if graph.left.low is not None else 0.0
    high = graph.left.high if graph.left.high is not None else 100.0
    gauges = "".join(
        f"<figure>{gauge_svg(line, latest(line), (low, high), graph.levels)}"
        f"<figcaption>{swatch(line)}{text(line.label)}</figcaption></figure>"
        for line in graph.lines
    )
    return f'<div class="w-gauges">{gauges}</div>'
