"""A line without axes, behind a number."""

from __future__ import annotations

from generator.preview.charts.axes import ValueAxis
from generator.preview.charts.numbers import extent
from generator.preview.charts.paths import area_path, fewer, line_path
from generator.preview.charts.time_chart import ink
from generator.preview.charts.types import ChartLine

_WIDTH, _MOST = 100, 48


def sparkline_svg(line: ChartLine) -> str:
    """The line over its own extent; it says nothing that the number beside it does not."""
    low, high = extent([line.values]) or (0.0, 1.0)
    axis = ValueAxis(low, high if high > low else low + max(1.0, abs(low)), (), "", "")
    scale = _WIDTH / max(1, len(line.values) - 1)
    points = [(place * scale, value) for place, value in fewer(line.values, _MOST)]
    area = area_path(points, [(place, low) for place, _ in points], axis.y)
    path = line_path(points, axis.y)
    return (
        f'<svg {ink(line.color, "c-spark")} viewBox="0 0 {_WIDTH} 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="c-f" d="{area}"/><path class="c-l" d="{path}"/></svg>'
    )
