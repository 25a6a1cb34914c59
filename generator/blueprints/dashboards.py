"""Dashboards of the hub: widgets laid out on the 24-column grid, and bodies that can be read in a review.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, assert_never

from troposphere import Output
from troposphere.cloudwatch import Dashboard as DashboardResource

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.graph_properties import styled
from generator.blueprints.kit.json_text import body
from generator.blueprints.kit.metric_rows import rows
from generator.blueprints.kit.stack import Part, origin
from generator.model.accounts import Hub
from generator.model.dashboard_variables import ReaderVariable
from generator.model.dashboards import (
    AlarmWidget,
    ContributorsWidget,
    LogWidget,
    MetricWidget,
    RawWidget,
    TextWidget,
    Variable,
    Widget,
    console_address,
)
from generator.model.estate import Estate

COLUMNS = 24


def resources(estate: Estate) -> Iterator[Part]:
    """Every dashboard, and an output with its URL."""
    for dashboard in estate.dashboards:
        content: dict[str, Any] = {"start": dashboard.start}
        if dashboard.end:
            content["end"] = dashboard.end
        content["periodOverride"] = "auto" if dashboard.automatic_periods else "inherit"
        variables = [*map(_variable, dashboard.variables), *map(_choice, dashboard.choices)]
        if variables:
            content["variables"] = variables
        content["widgets"] = list(_placed(dashboard.widgets, estate.hub))
        yield DashboardResource(
            dashboard.logical_id,
            DashboardName=dashboard.name,
            DashboardBody=body(content),
            Metadata=origin(dashboard.path),
        )
        which = f", part {dashboard.part}" if dashboard.part > 1 else ""
        yield Output(
            f"{dashboard.logical_id}Url",
            Description=f"Dashboard {dashboard.key}{which}",
            Value=console_address(estate.hub, dashboard.name),
        )


def _variable(variable: Variable) -> dict[str, Any]:
    """A pattern and not a property, since accounts are also inside of searches and ARNs."""
    return {
        "type": "pattern",
        "pattern": variable.pattern,
        "inputType": "select",
        "id": variable.id,
        "label": variable.label,
        "defaultValue": variable.pattern,
        "visible": True,
        "values": [{"label": label, "value": value} for label, value in variable.values],
    }


def _choice(variable: ReaderVariable) -> dict[str, Any]:
    """A choice that the file defines; what it does not say is left to CloudWatch."""
    kind = "property" if variable.property else "pattern"
    properties: dict[str, Any] = {
        "type": kind,
        kind: variable.property or variable.pattern,
        "inputType": variable.input,
        "id": variable.id,
        "label": variable.label,
        "defaultValue": variable.default,
        "search": variable.search,
        "populateFrom": variable.populate_from,
        "values": [{"label": label, "value": value} for label, value in variable.values],
    }
    more = json.loads(variable.more) if variable.more else {}
    return {**{name: value for name, value in properties.items() if value}, "visible": variable.visible, **more}


def _placed(widgets: Iterable[Widget], hub: Hub) -> Iterator[dict[str, Any]]:
    """From left to right; a widget that does not fit starts a new row below the tallest of the last. One with a place
    is there, and those after it are below.
    """
    x = y = tallest = 0
    for widget in widgets:
        width, height = _size(widget)
        if widget.place:
            kind, properties = _widget(widget, hub)
            place = {"x": widget.place.x, "y": widget.place.y, "width": width, "height": height}
            yield {"type": kind, **place, "properties": properties}
            x, y, tallest = COLUMNS, max(y + tallest, widget.place.y + height), 0
            continue
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        kind, properties = _widget(widget, hub)
        yield {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}
        x, tallest = x + width, max(tallest, height)


def _size(widget: Widget) -> tuple[int, int]:
    match widget:
        case AlarmWidget():
            usual = (COLUMNS, 3)
        case MetricWidget() | ContributorsWidget():
            usual = (COLUMNS // 2, 6)
        case LogWidget():
            usual = (COLUMNS, 6)
        case TextWidget():
            usual = (COLUMNS, 2)
        case RawWidget():
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
            usual = (6, 6)
        case _:
            assert_never(widget)
    return widget.width or usual[0], widget.height or usual[1]


def _widget(widget: Widget, hub: Hub) -> tuple[str, dict[str, Any]]:
    match widget:
        case AlarmWidget():
            tiles: dict[str, Any] = {"title": widget.title} if widget.title else {}
            tiles["alarms"] = list(widget.arns)
            tiles |= {"sortBy": widget.sort_by} if widget.sort_by else {}
            tiles |= {"states": list(widget.states)} if widget.states else {}
            return "alarm", tiles
        case MetricWidget():
            return "metric", _graph(widget, replace(hub, region=widget.region or hub.region))
        case LogWidget():
            sources = " | ".join(f"SOURCE '{source}'" for source in widget.sources)
            query = f"{sources} | {widget.query}"
            region = widget.region or hub.region
            titled = {"title": widget.title} if widget.title else {}
            return "log", {**titled, "region": region, "view": widget.view, "query": query}
        case TextWidget():
            background = {"background": "transparent"} if widget.transparent else {}
            return "text", {"markdown": widget.markdown, **background}
        case RawWidget():
            return widget.kind, json.loads(widget.properties)
        case ContributorsWidget():
            return "metric", _contributors(widget, hub)
        case _:
            assert_never(widget)


def _contributors(widget: ContributorsWidget, hub: Hub) -> dict[str, Any]:
    """As the console writes it where one adds a rule to a dashboard; AWS's page on bodies does not list it."""
    return {
        "title": widget.title,
        "region": hub.region,
        "view": "timeSeries",
        "period": widget.period,
        "insightRule": {"maxContributorCount": widget.top, "orderBy": "Sum", "ruleName": widget.rule},
    }


def _graph(widget: MetricWidget, hub: Hub) -> dict[str, Any]:
    properties: dict[str, Any] = {
        **({"title": widget.title} if widget.title else {}),
        "region": hub.region,
        "view": widget.view,
        "stacked": widget.stacked,
        "period": widget.period,
        "metrics": [row for position, line in enumerate(widget.series, 1) for row in rows(line, position, hub)],
    }
    return properties | styled(widget) | _time_range(widget)


def _time_range(widget: MetricWidget) -> dict[str, str]:
    """A range of the widget's own, as the console writes one that persists; AWS's page on bodies does not list it.

    https://github.com/aws/aws-cdk/issues/26216
    """
    return {"start": widget.start, "end": "P0D"} if widget.start else {}


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate))
