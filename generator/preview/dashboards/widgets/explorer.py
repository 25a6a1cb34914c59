"""Widgets of the metrics explorer: what they would find, in words; which resources there are only AWS knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize
from generator.preview.markup import text

KIND = "explorer"
_MOST = 20


def widget_html(properties: Mapping[str, Any], _size: WidgetSize, _context: WidgetContext) -> WidgetContent:
    """The metrics, and the tags of the resources that they are of."""
    metrics = [
        f"{metric.get('metricName', '')} of {metric.get('resourceType', '')}, {metric.get('stat', 'Average')}"
        for metric in _mappings(properties.get("metrics"))
    ]
    labels = [
        f"{label.get('key', '')} = {label['value']}" if "value" in label else str(label.get("key", ""))
        for label in _mappings(properties.get("labels"))
    ]
    items = "".join(f"<li>{text(metric)}</li>" for metric in metrics)
    with_tags = f" with {text(', '.join(labels))}" if labels else ""
    html = f"<p>A graph of each metric, for the resources{with_tags} that AWS finds:</p><ul>{items}</ul>"
    return WidgetContent(str(properties.get("title", "")), f'<div class="w-words">{html}</div>', kind=KIND)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)][:_MOST] if isinstance(value, list) else []
