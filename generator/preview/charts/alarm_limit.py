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


def limit_path(comparison: str, threshold: float, axis: ValueAxis, width: int) -> str:
    """The line of the threshold, and the side that is past it, in a plot that is 100 high.

    One element: its other edges are outside of the plot, which cuts them off.
    """
    outside = "-9" if comparison.startswith(">") else "109"
    return f'<path class="c-limit" d="M-9 {outside}V{number(axis.y(threshold))}H{width + 9}V{outside}"/>'


def limit_words(comparison: str, threshold: float, axis: ValueAxis, values: Series) -> str:
    """The condition beside the line, in the unit of the axis."""
    y = axis.y(threshold)
    place = label_place(y, _WIDTH, _HEIGHT, [(np.linspace(0, 100, len(values)), axis.heights(values))])
    words = text(f"{comparison} {in_unit(threshold, axis.unit, exact_number)}")
    return f'<text {place.attributes} y="{number(y)}%">{words}</text>'
