"""How a graph is drawn: axes, annotations, colors, and what CloudWatch has for tables and numbers.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AxisSide = Literal["left", "right"]
Shade = Literal["above", "below"]
TimeShade = Literal["before", "after"]
LegendPosition = Literal["bottom", "right", "hidden"]
TableLayout = Literal["horizontal", "vertical"]
SummaryColumn = Literal["MIN", "MAX", "SUM", "AVG"]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis. min, max: None where CloudWatch chooses."""

    min: float | None = None
    max: float | None = None
    label: str = ""
    show_units: bool = True


@dataclass(frozen=True, slots=True)
class HorizontalAnnotation:
    """A value, or with `upper` the band from it to there. label, color: empty for none, and for CloudWatch's own."""

    value: float
    upper: float | None = None
    label: str = ""
    color: str = ""
    fill: Shade | None = None
    side: AxisSide = "left"


@dataclass(frozen=True, slots=True)
class VerticalAnnotation:
    """A time in ISO 8601, or with `until` the band from it to there."""

    at: str
    until: str = ""
    label: str = ""
    color: str = ""
    fill: TimeShade | None = None


@dataclass(frozen=True, slots=True)
class TableStyle:
    """A graph as a table. summary: its summary columns; none means all of them."""

    layout: TableLayout
    summary: tuple[SummaryColumn, ...]
    sticky_summary: bool
    time_series: bool


@dataclass(frozen=True, slots=True)
class GraphStyle:
    """How a graph is drawn, beyond its view. left, right: None leaves an axis to CloudWatch.

    of_time_range: whether it shows one value of the whole time range. time_zone: empty for UTC.
    """

    left: Axis | None = None
    right: Axis | None = None
    horizontal: tuple[HorizontalAnnotation, ...] = ()
    vertical: tuple[VerticalAnnotation, ...] = ()
    legend: LegendPosition | None = None
    live: bool = False
    sparkline: bool = False
    table: TableStyle | None = None
    of_time_range: bool = False
    show_labels: bool = False
    time_zone: str = ""
