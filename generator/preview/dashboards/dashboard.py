"""A dashboard as a fragment of HTML: its variables, and its widgets on the grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize
from generator.preview.dashboards.grid import WidgetPlace, places, widgets_of
from generator.preview.dashboards.registry import widget_kinds
from generator.preview.dashboards.variables import variables_html, with_defaults
from generator.preview.markup import text


def dashboard_html(body: Mapping[str, Any], context: WidgetContext) -> str:
    """A dashboard, without a heading and without any ID. Reading a capture can raise BadCapture.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    of_dashboard = replace(context, start=str(body.get("start", "")), end=str(body.get("end", "")))
    widgets = widgets_of(with_defaults(body))
    drawn = [_widget(widget, place, of_dashboard) for widget, place in zip(widgets, places(widgets), strict=True)]
    empty = "" if drawn else '<p class="w-remark">This dashboard has no widgets.</p>'
    return f'<div class="w-dashboard">{variables_html(body)}<div class="w-grid">{"".join(drawn)}</div>{empty}</div>'


def _widget(widget: Mapping[str, Any], place: WidgetPlace, context: WidgetContext) -> str:
    kind = str(widget.get("type", ""))
    properties = widget.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    draw = widget_kinds().get(kind)
    content = draw(properties, WidgetSize(place.width, place.height), context) if draw else _unknown(kind, properties)
    note = f'<small class="w-note">{text(context.source.note)}</small>' if content.has_values else ""
    title = f'<h5 class="w-title">{text(content.title)}</h5>' if content.title else ""
    head = f'<header class="w-head">{title}{note}</header>' if title or note else ""
    kinds = f"w-widget w-{content.kind or 'other'} {place.classes}"
    return f'<article class="{kinds}">{head}{content.html}</article>'


def _unknown(kind: str, properties: Mapping[str, Any]) -> WidgetContent:
    words = f'<p class="w-remark">A widget of the type “{text(kind[:80])}” is not drawn here.</p>'
    return WidgetContent(str(properties.get("title", "")), words)
