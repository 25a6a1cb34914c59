"""What is drawn of an environment: its dashboards, and a chart for each alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.preview.charts.alarm_chart import alarm_chart, chart_places
from generator.preview.charts.hours import hours_class
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.dashboards.bodies import dashboard_bodies
from generator.preview.dashboards.context import Firings, WidgetContext
from generator.preview.dashboards.dashboard import dashboard_html
from generator.preview.dashboards.grid import dashboard_rows
from generator.preview.data.chart_source import ChartSource
from generator.preview.markup import fragment, text

# Of ten thousand accounts without data not each is read.
_MOST_TRIED = 10
FiringsByPlace = Mapping[tuple[str, str, str], Firings]


@dataclass(frozen=True, slots=True)
class Drawn:
    """dashboards: name in CloudWatch to its fragment. charts: the figure of an alarm, by name.

    rows: of the longest dashboard. windows: of all charts. A chart of real data says which account it is of.
    """

    dashboards: Mapping[str, str]
    charts: Mapping[str, str]
    rows: int
    windows: frozenset[ChartWindow]


def drawn(estate: Estate, template: Mapping[str, Any], source: ChartSource, firings: FiringsByPlace) -> Drawn:
    """Draw an environment. template: the hub's, whole. firings: by account ID, Region and alarm. Raises BadCapture."""
    bodies = dashboard_bodies(template, estate)
    links = {name: f"#{fragment(estate.environment, 'dashboards', name)}" for name in bodies}
    context = WidgetContext(estate, source, links, firings)
    alarms = [alarm for alarm in estate.alarms if not alarm.everywhere_disabled]
    charts = {alarm.name: chart for alarm in alarms if (chart := _chart(alarm, context))}
    return Drawn(
        dashboards={name: dashboard_html(body, context) for name, body in bodies.items()},
        charts={name: figure for name, (figure, _) in charts.items()},
        rows=max(map(dashboard_rows, bodies.values()), default=0),
        windows=frozenset(window for _, window in charts.values()),
    )


def _chart(alarm: Alarm, context: WidgetContext) -> tuple[str, ChartWindow] | None:
    """The chart of the first place that has values, and what it shows."""
    for account, region in islice(chart_places(alarm, context), _MOST_TRIED):
        chart = alarm_chart(alarm, context, account, region, has_hours=False)
        if chart:
            place = "" if context.source.kind == "sample" else f"{account.name}, {region}"
            caption = f"<figcaption>{text(place)}</figcaption>" if place else ""
            return f'<figure class="{hours_class(chart.window)}">{chart.svg}{caption}</figure>', chart.window
    return None
