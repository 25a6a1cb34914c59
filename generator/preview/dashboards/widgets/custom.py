"""Custom widgets: the function that draws them is named, and not called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize
from generator.preview.markup import text

KIND = "custom"


def widget_html(properties: Mapping[str, Any], _size: WidgetSize, _context: WidgetContext) -> WidgetContent:
    """The ARN of the function."""
    function = text(str(properties.get("endpoint", "")))
    html = f'<p class="w-words">Drawn by the function <code>{function}</code>, which is not called here.</p>'
    return WidgetContent(str(properties.get("title", "")), html, kind=KIND)
