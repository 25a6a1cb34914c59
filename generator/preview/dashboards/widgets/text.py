"""Widgets of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize
from generator.preview.dashboards.markdown import markdown_html

KIND = "text"


def widget_html(properties: Mapping[str, Any], _size: WidgetSize, context: WidgetContext) -> WidgetContent:
    """The Markdown of the widget; a transparent one has no card around it."""
    kind = "text w-plain" if properties.get("background") == "transparent" else KIND
    html = markdown_html(str(properties.get("markdown", "")), context.links)
    return WidgetContent("", f'<div class="w-markdown">{html}</div>', kind=kind)
