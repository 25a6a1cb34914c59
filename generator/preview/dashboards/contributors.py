"""The top contributors of a Contributor Insights rule: in a sample made up, in a capture unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.evaluate.types import MetricId
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.charts.types import ChartLine
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.window import drawn_period, grid_of
from generator.preview.data.chart_source import PlottedMetric

_MOST_DRAWN = 10


def contributor_lines(
    properties: Mapping[str, Any], context: WidgetContext, window: ChartWindow
) -> tuple[tuple[ChartLine, ...], tuple[str, ...]]:
    """A line for each contributor, and remarks about the rule."""
    rule = properties["insightRule"]
    name, most = str(rule.get("ruleName", "")), rule.get("maxContributorCount", _MOST_DRAWN)
    remark = f"the top {most} contributors of the rule {name}"
    if context.source.kind != "sample":
        return (), (f"{remark}: a capture does not have them",)
    count = min(most, _MOST_DRAWN) if isinstance(most, int) and most > 0 else _MOST_DRAWN
    region = str(properties.get("region", context.estate.hub.region))
    grid = grid_of(window, drawn_period(properties.get("period"), window))
    lines = []
    for number in range(1, count + 1):
        metric = MetricId(context.estate.hub.account, region, name, f"contributor {number}")
        values = context.source.series(PlottedMetric(metric, "Sum"), grid)
        if values is not None:
            lines.append(
                ChartLine(f"contributor {number}", grid, (values / number).round(), number - 1, "left", "Count")
            )
    return tuple(lines), (remark,)
