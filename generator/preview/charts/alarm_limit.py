"""The threshold in the chart of an alarm: its line, its bad side, and the condition where no data is under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from generator.evaluate.math.series import Series
from generator.preview.charts.axes import ValueAxis
from generator.preview.charts.numbers import exact_number, short_number, with_unit
from generator.preview.charts.paths import number
from generator.preview.markup import text

# The units that stand beside the numbers of the axis.
_UNITS = ("Percent", "Bytes", "Milliseconds", "Seconds")
# What the words take up: a part of the width, and in percent of the height, from the line on.
_PART, _NEAR, _FAR = 0.22, 2.0, 19.0


def in_unit(value: float, unit: str, words: Callable[[float], str] = short_number) -> str:
    """A number as the axis has it. words: of the number alone."""
    return with_unit(value, unit, words) if unit in _UNITS else words(value)


def limit_svg(comparison: str, threshold: float, axis: ValueAxis, values: Series) -> str:
    """The line, the side that is past it, and the condition in the unit of the axis."""
    y = axis.y(threshold)
    top, height = (0.0, y) if comparison.startswith(">") else (y, 100 - y)
    at = number(y)
    is_right, is_above = min(_places(y), key=lambda place: _values_under(place, y, axis, values))
    place = 'class="c-e c-a" x="100%" dx="-3"' if is_right else 'class="c-a" dx="3"'
    words = text(f"{comparison} {in_unit(threshold, axis.unit, exact_number)}")
    return (
        f'<rect class="c-limit" width="100%" y="{number(top)}%" height="{number(height)}%"/>'
        f'<line class="c-limit" x2="100%" y1="{at}%" y2="{at}%"/>'
        f'<text {place} y="{at}%" dy="{"-4" if is_above else "11"}">{words}</text>'
    )


def _places(y: float) -> Iterator[tuple[bool, bool]]:
    """Where the words can stand, the best first: at the right or left end, above or below the line."""
    sides = [is_above for is_above in (True, False) if (y > _FAR if is_above else y < 100 - _FAR)]
    return ((is_right, is_above) for is_above in sides for is_right in (True, False))


def _values_under(place: tuple[bool, bool], y: float, axis: ValueAxis, values: Series) -> int:
    """How many values would be under the words."""
    is_right, is_above = place
    count = max(1, round(_PART * len(values)))
    part = values[-count:] if is_right else values[:count]
    edges = (y - _FAR, y - _NEAR) if is_above else (y + _NEAR, y + _FAR)
    heights = 100 * (axis.high - part[np.isfinite(part)]) / (axis.high - axis.low)
    return int(((heights >= edges[0]) & (heights <= edges[1])).sum())
