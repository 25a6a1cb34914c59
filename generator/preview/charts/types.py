"""What a chart over time draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.preview.charts.time_axis import ChartWindow

AxisSide = Literal["left", "right"]
Fill = Literal["", "above", "below", "between"]


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line. color: one of the page's, from 0 on, -1 for a grey one, or `#rrggbb`. lower: of an anomaly band."""

    label: str
    grid: Grid
    values: Series
    color: int | str = 0
    side: AxisSide = "left"
    unit: str = ""
    lower: Series | None = None


@dataclass(frozen=True, slots=True)
class AxisLimits:
    """What a dashboard says of an axis; the rest follows from the values."""

    label: str = ""
    low: float | None = None
    high: float | None = None
    shows_units: bool = True


class LevelMark(NamedTuple):
    """A horizontal annotation; `until` is the other end of a band."""

    value: float
    label: str = ""
    side: AxisSide = "left"
    fill: Fill = ""
    until: float | None = None
    color: str = ""


class TimeMark(NamedTuple):
    """A vertical annotation, in seconds since 1970; `until` is the other end of a band."""

    at: float
    label: str = ""
    until: float | None = None
    fill: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class TimeChart:
    """A chart over time. columns, rows: its size on the grid of the dashboard, for the number of ticks."""

    title: str
    window: ChartWindow
    lines: tuple[ChartLine, ...]
    left: AxisLimits = field(default_factory=AxisLimits)
    right: AxisLimits = field(default_factory=AxisLimits)
    levels: tuple[LevelMark, ...] = ()
    times: tuple[TimeMark, ...] = ()
    is_stacked: bool = False
    columns: int = 6
    rows: int = 6
