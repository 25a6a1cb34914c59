"""The metric widget: its lines, expressions, axes, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.dashboard_style import LegendPosition, SummaryColumn, TableLayout
from generator.model.dashboards import View
from generator.spec.dashboard_annotations import AnnotationsSpec, Color
from generator.spec.dashboard_base import LineSpec, OfRegion, PlacedOnGrid
from generator.spec.dashboard_search import SearchTerms
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, Key, RegexScalar, RegionName, Statistic
from generator.spec.signals import MetricSpec
from generator.spec.strict import Strict

ViewName = Annotated[
    View, EnumScalar("a way to draw metrics", "timeSeries", "singleValue", "gauge", "bar", "pie", "table")
]

TimeZone = Annotated[str, RegexScalar(r"[+-]\d{4}|UTC", "a time zone", '"+0130"', 5)]


class GraphLineSpec(LineSpec):
    """A metric of a graph with several, which may be of another Region than the graph."""

    region: RegionName | None = Field(default=None, description="its Region (default: the Region of the graph)")
    account: Key | None = Field(
        default=None, description="the one account that it is of, or `hub` (default: all that the graph shows)"
    )
    label: str | None = Field(
        default=None, description="its label, or `auto` for the one that CloudWatch makes (default: its name)"
    )
    period: Seconds | None = Field(default=None, description="period of its data points (default: that of the graph)")


class GraphExpressionSpec(Strict):
    """Metric math with a label of its own."""

    forms: ClassVar[Mapping[str, str]] = {"": "the expression as text, or {expression: …, label: …}"}

    expression: str = Field(description="metric math over `lines`", min_length=1)
    label: str | None = Field(
        default=None, description="its label, or `auto` for the one that CloudWatch makes (default: its name)"
    )
    period: Seconds | None = Field(default=None, description="period of its data points (default: that of the graph)")


def _expression_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | GraphExpressionSpec) else "text"


AnyExpression = Annotated[
    Annotated[str, Tag("text")] | Annotated[GraphExpressionSpec, Tag("mapping")], Discriminator(_expression_form)
]


class RateSpec(Strict):
    """Errors as a percentage of requests."""

    errors: MetricSpec = Field(description="number of failures")
    requests: MetricSpec = Field(description="number of requests; fields that are not set are as in `errors`")


class AxisSpec(Strict):
    """One of the two axes of a graph."""

    label: str | None = Field(default=None, description="text beside the axis", min_length=1, max_length=100)
    min: float | None = Field(default=None, description="minimum")
    max: float | None = Field(default=None, description="maximum")
    show_units: bool = Field(default=True, description="the units of the metrics beside the axis")


class AxesSpec(Strict):
    """The left axis, and the right one, which what is named in `right` uses."""

    left: AxisSpec = Field(default=AxisSpec(), description="the left axis")
    right: AxisSpec = Field(default=AxisSpec(), description="the right axis")


class TableSpec(Strict):
    """How a graph is drawn as a table."""

    layout: Annotated[TableLayout, EnumScalar("a layout", "horizontal", "vertical")] = Field(
        default="horizontal", description="horizontal: a row for each line; vertical: a column for each line"
    )
    summary: list[Annotated[SummaryColumn, EnumScalar("a summary", "MIN", "MAX", "SUM", "AVG")]] = Field(
        default_factory=list, description="summaries of the time range (default: all of them)"
    )
    sticky_summary: bool = Field(default=False, description="keep the summary in view while the table is scrolled")
    time_series: bool = Field(default=True, description="the value of each period beside the summaries")


class MetricWidgetSpec(PlacedOnGrid, OfRegion):
    """A graph of metrics, given themselves, by the alarms that watch them, or by a search."""

    type: Literal["metric"]
    title: str = Field(description="title of the graph")
    metric: MetricSpec | None = Field(default=None, description="one metric")
    metrics: list[Key] = Field(default_factory=list, description="keys of alarms whose metrics are drawn")
    lines: dict[str, GraphLineSpec] = Field(default_factory=dict, description="several metrics, by label")
    rates: dict[str, RateSpec] = Field(default_factory=dict, description="error rates, by service")
    expressions: dict[str, AnyExpression] = Field(
        default_factory=dict, description="metric math over `lines`, by label, such as {rate: 100 * errors / calls}"
    )
    hidden: list[str] = Field(
        default_factory=list, description="what is not drawn: names of lines and expressions that an expression uses"
    )
    account: Key | None = Field(
        default=None, description="the one account that everything in the graph is of (default: all)"
    )
    search: SearchTerms | None = Field(
        default=None, description="all metrics that a SEARCH expression finds, in every account"
    )
    by: Annotated[Literal["account", "series"], EnumScalar("a way to split", "account", "series")] | None = Field(
        default=None,
        description="account: one line for each account; series: one line for each metric that the search finds",
    )
    statistic: Statistic | None = Field(default=None, description="the statistic, such as Sum")
    statistics: list[Statistic] = Field(default_factory=list, description="several statistics, one line for each")
    period: Seconds | None = Field(default=None, description="period of a data point")
    view: ViewName = Field(default="timeSeries", description="type of the graph; a gauge requires `min` and `max`")
    stacked: bool = Field(default=False, description="stack the lines")
    min: float | None = Field(default=None, description="minimum of the left axis")
    max: float | None = Field(default=None, description="maximum of the left axis")
    right: list[str] = Field(
        default_factory=list, description="what uses the right axis: keys of alarms, names of lines, statistics"
    )
    axes: AxesSpec = Field(default=AxesSpec(), description="labels, units and limits of the axes")
    colors: dict[str, Color] = Field(
        default_factory=dict, description="colors, by key of an alarm, name of a line, statistic"
    )
    annotations: AnnotationsSpec = Field(
        default=AnnotationsSpec(), description="horizontal lines for values, vertical ones for times, and bands"
    )
    legend: Annotated[LegendPosition, EnumScalar("a position", "bottom", "right", "hidden")] | None = Field(
        default=None, description="position of the legend, or hidden (default: bottom)"
    )
    live: bool = Field(default=False, description="also draw the latest period, whose data is still incomplete")
    sparkline: bool = Field(default=False, description="for `view: singleValue`: a small graph under each number")
    table: TableSpec | None = Field(default=None, description="for `view: table`: its layout and summary columns")
    percent_axis: bool = Field(default=True, description="an axis from 0 to 100 where all lines are percentages")
    set_period_to_time_range: bool = Field(
        default=False, description="one value of the whole time range, for numbers, gauges, bars and pies"
    )
    show_labels: bool = Field(default=False, description="labels of the lines in the chart")
    time_zone: TimeZone | None = Field(default=None, description="time zone of the graph, such as +0130 (default: UTC)")
    thresholds: bool = Field(default=True, description="the thresholds of the alarms, as lines")
