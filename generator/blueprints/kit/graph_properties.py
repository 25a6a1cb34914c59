"""The properties of a graph beyond its metrics: axes, annotations, legend, table.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import Any

from generator.blueprints.kit.member_parameters import number
from generator.model.dashboard_style import Axis, HorizontalAnnotation, TableStyle, VerticalAnnotation
from generator.model.dashboards import Level, MetricWidget


def styled(widget: MetricWidget) -> dict[str, Any]:
    """The properties that are not CloudWatch's defaults."""
    style = widget.style
    left = _axis(style.left or Axis()) | _limits(widget.min, widget.max)
    right = _axis(style.right) | _limits(style.right.min, style.right.max) if style.right else {}
    axes = {side: axis for side, axis in (("left", left), ("right", right)) if axis}
    horizontal = [*map(_level, widget.levels), *map(_horizontal, style.horizontal)]
    annotations = {"horizontal": horizontal, "vertical": [*map(_vertical, style.vertical)]}
    annotations = {name: entries for name, entries in annotations.items() if entries}
    properties: dict[str, Any] = {
        "yAxis": axes,
        "annotations": annotations,
        "legend": {"position": style.legend} if style.legend else {},
        "liveData": style.live,
        "sparkline": style.sparkline,
        "table": _table(style.table) if style.table else {},
        "setPeriodToTimeRange": style.of_time_range,
        "labels": {"visible": True} if style.show_labels else {},
        "timezone": style.time_zone,
    }
    return {name: value for name, value in properties.items() if value}


def _axis(axis: Axis) -> dict[str, Any]:
    label = {"label": axis.label} if axis.label else {}
    return label if axis.show_units else {**label, "showUnits": False}


def _limits(low: float | None, high: float | None) -> dict[str, Any]:
    return {name: number(value) for name, value in (("min", low), ("max", high)) if value is not None}


def _level(level: Level) -> dict[str, Any]:
    side = {"yAxis": "right"} if level.right else {}
    return {"label": level.label, "value": number(level.value), **side}


def _horizontal(annotation: HorizontalAnnotation) -> Any:
    """A line, or the two lines of a band, of which the first has all its options."""
    side = {"yAxis": "right"} if annotation.side == "right" else {}
    first = {**_options(annotation), "value": number(annotation.value), **side}
    return first if annotation.upper is None else [first, {"value": number(annotation.upper), **side}]


def _vertical(annotation: VerticalAnnotation) -> Any:
    first = {**_options(annotation), "value": annotation.at}
    return [first, {"value": annotation.until}] if annotation.until else first


def _options(annotation: HorizontalAnnotation | VerticalAnnotation) -> dict[str, Any]:
    options = {"label": annotation.label, "color": annotation.color, "fill": annotation.fill}
    return {name: value for name, value in options.items() if value}


def _table(table: TableStyle) -> dict[str, Any]:
    summary = {"summaryColumns": list(table.summary)} if table.summary else {}
    return {
        "layout": table.layout,
        "stickySummary": table.sticky_summary,
        "showTimeSeriesData": table.time_series,
        **summary,
    }
