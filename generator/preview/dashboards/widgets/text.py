"""Widgets of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize, scrolling
from generator.preview.dashboards.markdown import markdown_html

KIND = "text"


def widget_html(properties: Mapping[str, Any], size: WidgetSize, context: WidgetContext) -> WidgetContent:
    """The Markdown of the widget; a transparent one has no card around it."""
    kind = "text w-plain" if properties.get("background") == "transparent" else KIND
    source = str(properties.get("markdown", ""))
    # A line has about five characters in each column, and a row of the grid about two lines.
    lines = sum(1 + len(line) // (5 * size.columns) for line in source.split("\n") if line)
    attributes = ' role="group"' + scrolling(True, "Text") if lines > 2 * size.rows else ""
    html = markdown_html(source, context.links)
    return WidgetContent("", f'<div class="w-markdown"{attributes}>{html}</div>', kind=kind)
