"""Lines over time, or areas on each other, with a legend below or beside."""

from __future__ import annotations

from generator.preview.charts.time_axis import utc
from generator.preview.charts.time_chart import time_chart_svg
from generator.preview.charts.types import TimeChart
from generator.preview.dashboards.fragment import WidgetSize, legend
from generator.preview.dashboards.graph import MetricGraph

VIEW = "timeSeries"
_MOST_IN_WORDS = 8


def view_html(graph: MetricGraph, size: WidgetSize) -> str:
    """The chart and its legend."""
    style = graph.properties.get("legend")
    position = style.get("position") if isinstance(style, dict) else "bottom"
    chart = TimeChart(
        graph.title,
        graph.window,
        graph.lines,
        graph.left,
        graph.right,
        graph.levels,
        graph.times,
        graph.is_stacked,
        size.columns,
        size.rows,
    )
    drawn = time_chart_svg(chart, in_words(graph))
    if position == "hidden":
        return f'<div class="w-plot">{drawn}</div>'
    kind = " w-beside" if position == "right" else ""
    return f'<div class="w-plot{kind}">{drawn}{legend(graph.lines, size)}</div>'


def in_words(graph: MetricGraph) -> str:
    """What the chart shows."""
    labels = [line.label for line in graph.lines[:_MOST_IN_WORDS]]
    more = f" and {len(graph.lines) - len(labels)} more" if len(graph.lines) > len(labels) else ""
    marks = [level.label or f"{level.value:g}" for level in graph.levels]
    limits = f"; thresholds: {', '.join(marks)}" if marks else ""
    kind = "Areas" if graph.is_stacked else "Lines"
    window = f"from {utc(graph.window.start)} to {utc(graph.window.end)} UTC"
    return f"{kind} {window}: {', '.join(labels)}{more}{limits}"
