"""Widgets of metrics: a graph in one of its views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize, remarks_html
from generator.preview.dashboards.graph import metric_graph

KIND = "metric"
_USUAL_VIEW = "timeSeries"


def widget_html(properties: Mapping[str, Any], size: WidgetSize, context: WidgetContext) -> WidgetContent:
    """The graph; of a graph with one alarm and no metrics, that of the alarm is not known here."""
    from generator.preview.dashboards.registry import graph_views

    graph = metric_graph(properties, context)
    name = str(properties.get("view", _USUAL_VIEW))
    view = graph_views().get(name)
    if view is None:
        return WidgetContent(graph.title, remarks_html([f"the view {name[:80]} is not drawn here"]), kind=KIND)
    drawn = view(graph, size) if graph.lines else '<p class="w-empty">No data to draw</p>'
    return WidgetContent(graph.title, f"{drawn}{remarks_html(graph.remarks)}", bool(graph.lines), KIND)
