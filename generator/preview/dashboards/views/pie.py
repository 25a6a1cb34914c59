"""A pie of the lines' latest values."""

from __future__ import annotations

from generator.preview.charts.numbers import short_number, with_unit
from generator.preview.charts.pie import pie_svg
from generator.preview.dashboards.fragment import WidgetSize, swatch
from generator.preview.dashboards.graph import MetricGraph
from generator.preview.dashboards.views.single_value import latest
from generator.preview.markup import text

VIEW = "pie"


def view_html(graph: MetricGraph, _size: WidgetSize) -> str:
    """The pie, and a legend with values and shares."""
    values = [max(0.0, value) if (value := latest(line)) == value else 0.0 for line in graph.lines]
    total = sum(values) or 1.0
    entries = "".join(
        f"<li>{swatch(line)}{text(line.label)} <b>{text(with_unit(value, line.unit))}</b>"
        f" <small>{short_number(100 * value / total)}%</small></li>"
        for line, value in zip(graph.lines, values, strict=True)
    )
    return f'<div class="w-plot w-beside">{pie_svg(graph.lines, values)}<ul class="w-legend">{entries}</ul></div>'
