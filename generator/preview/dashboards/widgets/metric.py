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
    """The graph; the chart of an alarm where the widget names one and no metrics."""
    from generator.preview.dashboards.registry import graph_views

    annotations = properties.get("annotations")
    alarms = annotations.get("alarms") if isinstance(annotations, Mapping) else None
    if isinstance(alarms, list) and alarms and not properties.get("metrics"):
        return _of_alarm(str(alarms[0]), str(properties.get("title", "")), context)
    graph = metric_graph(properties, context)
    name = str(properties.get("view", _USUAL_VIEW))
    view = graph_views().get(name)
    if view is None:
        return WidgetContent(graph.title, remarks_html([f"the view {name[:80]} is not drawn here"]), kind=KIND)
    drawn = view(graph, size) if graph.lines else '<p class="w-empty">No data to draw</p>'
    return WidgetContent(graph.title, f"{drawn}{remarks_html(graph.remarks)}", bool(graph.lines), KIND)


def _of_alarm(arn: str, title: str, context: WidgetContext) -> WidgetContent:
    """The chart of an alarm of the file; its name where it is another's."""
    from generator.preview.charts.alarm_chart import alarm_chart

    fields = arn.split(":", 6)
    name = fields[-1]
    alarm = next((alarm for alarm in context.estate.alarms if alarm.name == name), None)
    account = next((account for account in context.estate.accounts if account.id in fields[4:5]), None)
    drawn = alarm_chart(alarm, context, account, fields[3]) if alarm and len(fields) == 7 else None
    html = f'<div class="w-plot">{drawn.svg}</div>' if drawn else remarks_html([f"the graph of the alarm {name}"])
    return WidgetContent(title or name, html, bool(drawn), KIND)
