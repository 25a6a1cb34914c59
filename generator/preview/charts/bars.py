"""Bars beside each other, with a value axis."""

from __future__ import annotations

from collections.abc import Sequence

from generator.preview.charts.axes import ValueAxis, axis_svg, common_unit
from generator.preview.charts.numbers import round_ticks, with_unit
from generator.preview.charts.paths import number
from generator.preview.charts.time_chart import ink
from generator.preview.charts.types import AxisLimits, ChartLine
from generator.preview.markup import text


def bars_svg(lines: Sequence[ChartLine], values: Sequence[float], limits: AxisLimits, rows: int) -> str:
    """A bar for each line."""
    low = limits.low if limits.low is not None else min(0.0, *values, 0.0)
    high = limits.high if limits.high is not None else max(0.0, *values, 0.0)
    ticks = round_ticks(low, high if high > low else low + 1, max(2, min(6, rows - 1)))
    unit = common_unit(lines)
    axis = ValueAxis(ticks[0], ticks[-1], ticks, unit, limits.label)
    step = 100 / len(lines)
    zero = axis.y(max(axis.low, 0.0))
    parts = []
    for index, (line, value) in enumerate(zip(lines, values, strict=True)):
        top, bottom = sorted((axis.y(value), zero))
        words = f"{line.label}: {with_unit(value, line.unit)}"
        parts.append(
            f'<rect {ink(line.color, "c-b")} x="{number(step * (index + 0.18))}%" width="{number(step * 0.64)}%"'
            f' y="{number(top)}%" height="{number(max(0.4, bottom - top))}%"><title>{text(words)}</title></rect>'
        )
    words = ", ".join(
        f"{line.label}: {with_unit(value, line.unit)}" for line, value in zip(lines[:20], values, strict=False)
    )
    label = f'role="img" aria-label="{text(f"Bars: {words}")}"'
    return f'<svg class="c-chart c-bars" {label}>{axis_svg(axis, "left", with_grid=True)}{"".join(parts)}</svg>'
