"""The times below the chart of a card, as text that the style sheet writes.

All charts of one window have the same times: 2,000 charts with four labels each would be 16,000 nodes of the page.
The figure has the class of its window, and each window is one rule. The words are shared over the line by
`text-align-last: justify`, because the times of a window are equally far apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.preview.charts.time_axis import ChartWindow

_MOST = 4
# The room beside the plot of a card: `c-alarm` in 70-charts.css.
_LEFT, _SIDES = "36px", "50px"
# Half of a label: four digits and what is between them.
_HALF = "2.2ch"


def hours_class(window: ChartWindow) -> str:
    """The class of figures that show a window."""
    return f"c-h{window.start}-{window.end - window.start}"


def hours_css(windows: Iterable[ChartWindow]) -> str:
    """The rules of windows."""
    return "".join(_rule(window) for window in sorted({*windows}, key=lambda window: (window.start, window.end)))


def _rule(window: ChartWindow) -> str:
    ticks = window.ticks(_MOST)
    words = " ".join(label for _, label in ticks)
    first, last = (window.percent(at) / 100 for at, _ in (ticks[0], ticks[-1]))
    left = f"calc({_LEFT} - {_HALF} + (100% - {_SIDES})*{first:.4g})"
    width = f"calc(2*{_HALF} + (100% - {_SIDES})*{last - first:.4g})"
    # What is after the slash is read aloud: nothing, because the picture has words of its own.
    # https://www.w3.org/TR/css-content-3/#alt
    return f'.{hours_class(window)}::after{{left:{left};width:{width};content:"{words}"/""}}\n'
