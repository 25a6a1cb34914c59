"""What is drawn of an environment: its dashboards, and a chart for each alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.model.estate import Estate
from generator.preview.charts.alarm_chart import alarm_chart_svg
from generator.preview.dashboards.bodies import dashboard_bodies
from generator.preview.dashboards.context import Firings, WidgetContext
from generator.preview.dashboards.dashboard import dashboard_html
from generator.preview.dashboards.grid import dashboard_rows
from generator.preview.data.chart_source import ChartSource
from generator.preview.markup import fragment

FiringsByPlace = Mapping[tuple[str, str, str], Firings]


@dataclass(frozen=True, slots=True)
class Drawn:
    """dashboards: name in CloudWatch to its fragment. charts: of an alarm, by name. rows: of the longest dashboard."""

    dashboards: Mapping[str, str]
    charts: Mapping[str, str]
    rows: int


def drawn(estate: Estate, template: Mapping[str, Any], source: ChartSource, firings: FiringsByPlace) -> Drawn:
    """Draw an environment. template: the hub's, whole. firings: by account ID, Region and alarm. Raises BadCapture."""
    bodies = dashboard_bodies(template, estate)
    links = {name: f"#{fragment(estate.environment, 'dashboards', name)}" for name in bodies}
    context = WidgetContext(estate, source, links, firings)
    alarms = [alarm for alarm in estate.alarms if not alarm.everywhere_disabled]
    return Drawn(
        dashboards={name: dashboard_html(body, context) for name, body in bodies.items()},
        charts={alarm.name: chart for alarm in alarms if (chart := alarm_chart_svg(alarm, context))},
        rows=max(map(dashboard_rows, bodies.values()), default=0),
    )
