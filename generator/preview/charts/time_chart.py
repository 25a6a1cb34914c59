"""A chart over time as SVG: lines or stacked areas, axes, thresholds, bands and marks of time.

The picture has no size of its own: text stays as large as the page's, and the plot stretches with its box. Places
are percents of the box, and the box leaves room for the axes by its padding (`c-chart` of the style sheet).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.preview.charts.axes import ValueAxis, axis_svg, stacked, value_axis
from generator.preview.charts.marks import level_svg, time_mark_svg
from generator.preview.charts.paths import Scale, area_path, fewer, line_path
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.charts.types import ChartLine, TimeChart
from generator.preview.markup import text

# Of the plot's own coordinates: fine enough for whole numbers, which take half as many characters.
WIDTH, HEIGHT = 600, 200
_POINTS_PER_COLUMN = 16
_LEAST_POINTS, _MOST_POINTS = 72, 240
# Of the page's palette.
COLORS = 10
# Labels of times that have room beside each other below 360 pixels.
_MOST_ON_PHONES = 5


def time_chart_svg(chart: TimeChart, words: str) -> str:
    """The chart. words: what it shows, for those who do not see it."""
    left_lines = [line for line in chart.lines if line.side == "left" and line.lower is None]
    totals = stacked_lines(left_lines) if chart.is_stacked else []
    left = value_axis(chart, "left", [upper for _, upper, _ in totals])
    right = value_axis(chart, "right")
    axes = {"left": left, "right": right}
    assert left is not None, "the left axis is always drawn"
    sides = "c-chart c-two" if right else "c-chart"
    parts = [f'<svg class="{sides}" role="img" aria-label="{text(words)}">']
    parts.append(axis_svg(left, "left", with_grid=True))
    if right:
        parts.append(axis_svg(right, "right", with_grid=False))
    parts.append(_time_ticks(chart.window, max(2, chart.columns // 2 + 1) if chart.columns < 12 else 8))
    size = (chart.columns, chart.rows)
    tops = [replace(line, values=upper) for line, upper, _ in totals]
    for level in chart.levels:
        axis = axes[level.side]
        if axis is not None:
            is_total = totals and level.side == "left"
            lines = tops if is_total else [line for line in chart.lines if line.side == level.side]
            parts.append(level_svg(level, axis, size, [_percents(line, axis, chart.window) for line in lines]))
    parts.append(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">')
    most = max(_LEAST_POINTS, min(_MOST_POINTS, _POINTS_PER_COLUMN * chart.columns))
    parts += [
        _band(line, axes[line.side] or left, chart.window, most) for line in chart.lines if line.lower is not None
    ]
    parts += [_area(line, upper, lower, left, chart.window, most) for line, upper, lower in totals]
    if totals and not any(np.nanmax(line.values, initial=0.0) > 0 for line, _, _ in totals):
        parts.append(_line(totals[0][0], left, chart.window, most))
    drawn = [line for line in chart.lines if line.lower is None and not (totals and line.side == "left")]
    parts += [_line(line, axes[line.side] or left, chart.window, most) for line in drawn]
    parts.append("</svg>")
    parts += [time_mark_svg(mark, chart.window) for mark in chart.times]
    parts.append("</svg>")
    return "".join(parts)


def _percents(
    line: ChartLine, axis: ValueAxis, window: ChartWindow
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Where the values of a line are, in percent of the plot."""
    at = line.grid.start + line.grid.period * np.arange(line.grid.count)
    xs = 100 * (at - window.start) / (window.end - window.start)
    return xs, axis.heights(line.values)


def stacked_lines(lines: Sequence[ChartLine]) -> list[tuple[ChartLine, Series, Series]]:
    """Each line with its upper and its lower edge, over the finest grid that one of them has."""
    if not lines:
        return []
    grid = min((line.grid for line in lines), key=lambda grid: grid.period)
    on_grid = [ChartLine(line.label, grid, spread(line, grid), line.color, line.side, line.unit) for line in lines]
    uppers = stacked(on_grid)
    below = [np.where(np.isnan(uppers[0]), np.nan, 0.0), *uppers[:-1]]
    return list(zip(on_grid, uppers, below, strict=True))


def spread(line: ChartLine, grid: Grid) -> Series:
    """The values of a line over a finer grid: each holds for its whole period."""
    if line.grid == grid:
        return line.values
    at = (grid.start + grid.period * np.arange(grid.count) - line.grid.start) // line.grid.period
    inside = (at >= 0) & (at < line.grid.count)
    return np.where(inside, line.values[np.clip(at, 0, max(0, line.grid.count - 1))], np.nan)


def _time_ticks(window: ChartWindow, most: int) -> str:
    """Below the plot; a label at an edge stays within the picture. Of many, a phone shows every second."""
    ticks = window.ticks(most)
    parts = []
    for number, (at, words) in enumerate(ticks):
        x = f"{window.percent(at):.1f}"
        kinds = "c-m c-more" if number % 2 and len(ticks) > _MOST_ON_PHONES else "c-m"
        parts.append(f'<text class="{kinds}" x="{x}%" y="100%" dy="15">{words}</text>')
    return "".join(parts)


def x_scale(grid: Grid, window: ChartWindow) -> tuple[float, float]:
    """Where the first value of a grid is, and how far the next, in the plot's coordinates."""
    return WIDTH * window.percent(grid.start) / 100, WIDTH * grid.period / (window.end - window.start)


def _points(values: Series, grid: Grid, window: ChartWindow, most: int) -> list[tuple[float, float]]:
    first, step = x_scale(grid, window)
    return [(round(first + step * place), value) for place, value in fewer(values, most)]


def _edge(row: Series, places: Sequence[int], grid: Grid, window: ChartWindow) -> list[tuple[float, float]]:
    first, step = x_scale(grid, window)
    return [(round(first + step * place), float(row[place])) for place in places]


def _height(axis: ValueAxis) -> Scale:
    return lambda value: round(axis.y(value) * HEIGHT / 100)


def _line(line: ChartLine, axis: ValueAxis, window: ChartWindow, most: int) -> str:
    path = line_path(_points(line.values, line.grid, window, most), _height(axis))
    return f'<path {ink(line.color, "c-l")} d="{path}"><title>{text(line.label)}</title></path>' if path else ""


def _area(line: ChartLine, upper: Series, lower: Series, axis: ValueAxis, window: ChartWindow, most: int) -> str:
    places = _steps(upper, most)
    above, below = (_edge(row, places, line.grid, window) for row in (upper, lower))
    path = area_path(above, below, _height(axis))
    if not path or not np.nanmax(np.abs(line.values), initial=0.0) > 0:
        return ""
    return f'<path {ink(line.color, "c-f")} d="{path}"><title>{text(line.label)}</title></path>'


def _steps(values: Series, most: int) -> list[int]:
    """The places of a row that an area is drawn through: all, or of each stretch the highest, and where it changes."""
    size = len(values)
    known = np.nan_to_num(values)
    changes = np.flatnonzero(np.diff(known))
    if size <= most or len(changes) * 2 <= most:
        return sorted({0, size - 1, *changes.tolist(), *(changes + 1).tolist()})
    stretch = -(-size // most)
    return [start + int(np.argmax(known[start : start + stretch])) for start in range(0, size, stretch)]


def _band(line: ChartLine, axis: ValueAxis, window: ChartWindow, most: int) -> str:
    assert line.lower is not None, "a band has two edges"
    places = range(0, len(line.values), -(-len(line.values) // most))
    above, below = (_edge(row, places, line.grid, window) for row in (line.values, line.lower))
    path = area_path(above, below, _height(axis))
    return f'<path class="c-band" d="{path}"><title>{text(line.label)}</title></path>'


def ink(color: int | str, kind: str) -> str:
    """The class of a mark in its color: one of the page's, or the dashboard's own as a presentation attribute."""
    return (
        f'class="{kind}" color="{color}"'
        if isinstance(color, str)
        else f'class="{kind} c-s{color % COLORS + 1 if color >= 0 else 0}"'
    )
