"""The value axis of a chart: its extent with all that must be visible, round ticks, and the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.evaluate.math.series import Series
from generator.preview.charts.numbers import MOST, clean, extent, round_ticks, short_number, ticks_between, with_unit
from generator.preview.charts.paths import number
from generator.preview.charts.types import AxisLimits, AxisSide, ChartLine, TimeChart
from generator.preview.markup import text

# Above the highest threshold there is room to see what is past it.
_ROOM = 1.15


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """From value to height: 0 is the top, 100 the bottom."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str
    label: str

    def y(self, value: float) -> float:
        """Where a value is, in percent from the top; at most a chart's height outside."""
        return max(-100.0, min(200.0, 100 * (self.high - clean(value)) / (self.high - self.low)))

    def heights(self, values: Series) -> Series:
        """As `y`, of many values, without its limits."""
        return 100 * (self.high - np.clip(values, -MOST, MOST)) / (self.high - self.low)


def value_axis(chart: TimeChart, side: AxisSide, stacked_totals: Sequence[Series] = ()) -> ValueAxis | None:
    """The axis of one side; None where nothing is drawn on it."""
    lines = [line for line in chart.lines if line.side == side]
    levels = [level for level in chart.levels if level.side == side]
    if not lines and not (levels and side == "left") and side == "right":
        return None
    limits = chart.left if side == "left" else chart.right
    rows = [*stacked_totals] if stacked_totals and side == "left" else [row for line in lines for row in _rows(line)]
    span = extent(rows)
    marks = [value for level in levels for value in (level.value, level.until) if value is not None]
    low, high = _extent(span, marks)
    if stacked_totals and side == "left":
        # Of areas the size is read.
        low, high = min(low, 0.0), max(high, 0.0)
    low = low if limits.low is None else clean(limits.low)
    high = high if limits.high is None else clean(limits.high)
    if high <= low:
        high = low + (abs(low) or 1.0)
    most = max(2, min(6, chart.rows - 1))
    ticks = (
        round_ticks(low, high, most)
        if limits.low is None and limits.high is None
        else _limited(limits, low, high, most)
    )
    bottom = low if limits.low is not None else ticks[0]
    top = high if limits.high is not None else ticks[-1]
    unit = common_unit(lines) if limits.shows_units else ""
    return ValueAxis(bottom, top, tuple(tick for tick in ticks if bottom <= tick <= top), unit, limits.label)


def _rows(line: ChartLine) -> list[Series]:
    return [line.values] if line.lower is None else [line.values, line.lower]


def _extent(span: tuple[float, float] | None, marks: Sequence[float]) -> tuple[float, float]:
    low, high = span or (0.0, 1.0)
    if marks:
        top = max(marks)
        high = max(high, top * _ROOM if top > 0 else top)
        low = min(low, min(marks))
    # Like CloudWatch's, an axis of values that are not negative begins at 0, unless they are far from it.
    if low > 0 and low < high * 0.6:
        low = 0.0
    return low, (high if high > low else low + (abs(low) or 1.0))


def _limited(limits: AxisLimits, low: float, high: float, most: int) -> tuple[float, ...]:
    if limits.low is not None and limits.high is not None:
        return ticks_between(low, high, most)
    ticks = round_ticks(low, high, most)
    if limits.low is not None:
        return tuple(tick for tick in ticks if tick >= low) or (low, high)
    return tuple(tick for tick in ticks if tick <= high) or (low, high)


def common_unit(lines: Sequence[ChartLine]) -> str:
    """The unit that all lines have; nothing where they differ."""
    units = {line.unit for line in lines}
    return units.pop() if len(units) == 1 else ""


def axis_svg(axis: ValueAxis, side: AxisSide, with_grid: bool) -> str:
    """Ticks beside the plot, lines of the grid in it, and the label above or its unit."""
    anchor, x = ("e", "-6") if side == "left" else ("s", "100%")
    parts = []
    for tick in axis.ticks:
        y = number(axis.y(tick))
        if with_grid:
            parts.append(f'<line x2="100%" y1="{y}%" y2="{y}%"/>')
        words = with_unit(tick, axis.unit) if axis.unit in ("Percent", "Bytes") else short_number(tick)
        shift = "" if side == "left" else ' dx="6"'
        parts.append(f'<text class="c-{anchor}" x="{x}" y="{y}%" dy=".32em"{shift}>{text(words)}</text>')
    words = axis.label or axis.unit
    if words:
        place = 'class="c-u" x="-34" y="-9"' if side == "left" else 'class="c-u c-e" x="100%" dx="34" y="-9"'
        parts.append(f"<text {place}>{text(words)}</text>")
    return "".join(parts)


def stacked(lines: Sequence[ChartLine]) -> list[Series]:
    """The upper edge of each line on those below it; a gap counts as nothing where another line has a value."""
    if not lines:
        return []
    rows = np.vstack([line.values for line in lines])
    missing = np.isnan(rows).all(axis=0)
    sums = np.nancumsum(rows, axis=0)
    return [np.where(missing, np.nan, row) for row in sums]
