"""How a graph is drawn: the model of its axes, annotations and options."""

from __future__ import annotations

from generator.model.dashboard_style import (
    Axis,
    GraphStyle,
    HorizontalAnnotation,
    TableStyle,
    VerticalAnnotation,
)
from generator.spec.dashboard_annotations import HorizontalSpec, VerticalSpec
from generator.spec.dashboard_graphs import AxisSpec, MetricWidgetSpec, TableSpec


def graph_style(spec: MetricWidgetSpec) -> GraphStyle:
    """The style of a graph; the limits of the left axis are the graph's own."""
    return GraphStyle(
        _axis(spec.axes.left) if "left" in spec.axes.model_fields_set else None,
        _axis(spec.axes.right) if "right" in spec.axes.model_fields_set else None,
        tuple(map(_horizontal, spec.annotations.horizontal)),
        tuple(map(_vertical, spec.annotations.vertical)),
        spec.legend,
        spec.live,
        spec.sparkline,
        _table(spec.table) if spec.table else None,
        spec.set_period_to_time_range,
        spec.show_labels,
        spec.time_zone or "",
    )


def _axis(spec: AxisSpec) -> Axis:
    return Axis(spec.min, spec.max, spec.label or "", spec.show_units)


def _horizontal(spec: HorizontalSpec) -> HorizontalAnnotation:
    value = spec.value if spec.value is not None else spec.from_
    upper = spec.to if spec.value is None else None
    return HorizontalAnnotation(value or 0, upper, spec.label or "", spec.color or "", spec.fill, spec.axis)


def _vertical(spec: VerticalSpec) -> VerticalAnnotation:
    until = spec.to or "" if spec.at is None else ""
    return VerticalAnnotation(spec.at or spec.from_ or "", until, spec.label or "", spec.color or "", spec.fill)


def _table(spec: TableSpec) -> TableStyle:
    return TableStyle(spec.layout, tuple(spec.summary), spec.sticky_summary, spec.time_series)
