"""The threshold in the chart of an alarm: its line, its bad side, and the condition where no data is under it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.evaluate.math.series import Series
from generator.preview.charts.axes import ValueAxis
from generator.preview.charts.label_place import label_place
from generator.preview.charts.numbers import exact_number, short_number, with_unit
from generator.preview.charts.paths import number
from generator.preview.markup import text

# The units that stand beside the numbers of the axis.
_UNITS = ("Percent", "Bytes", "Milliseconds", "Seconds")
# What the words take up, in percent of the plot.
_WIDTH, _HEIGHT = 22.0, 16.0


def in_unit(value: float, unit: str, words: Callable[[float], str] = short_number) -> str:
    """A number as the axis has it. words: of the number alone."""
    return with_unit(value, unit, words) if unit in _UNITS else words(value)


def limit_svg(comparison: str, threshold: float, axis: ValueAxis, values: Series) -> str:
    """The line, the side that is past it, and the condition in the unit of the axis."""
    y = axis.y(threshold)
    top, height = (0.0, y) if comparison.startswith(">") else (y, 100 - y)
    at = number(y)
    xs = np.linspace(0, 100, len(values))
    place = label_place(y, _WIDTH, _HEIGHT, [(xs, axis.heights(values))])
    words = text(f"{comparison} {in_unit(threshold, axis.unit, exact_number)}")
    return (
        f'<rect class="c-limit" width="100%" y="{number(top)}%" height="{number(height)}%"/>'
        f'<line class="c-limit" x2="100%" y1="{at}%" y2="{at}%"/>'
        f'<text {place.attributes} y="{at}%">{words}</text>'
    )
