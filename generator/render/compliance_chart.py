"""The trend of non-compliant resources as a picture of lines, inside a page; pure."""

from __future__ import annotations

from collections.abc import Sequence

from generator.render.compliance_report import Day
from generator.render.compliance_values import number

# Of the picture's own coordinates; it is shown as wide as the page.
WIDTH, HEIGHT = 720, 180
LEFT, RIGHT, TOP, BOTTOM = 56, 66, 14, 26
# Labels of the vertical axis: as many steps as leave round numbers.
STEPS = (1, 2, 5)


def chart(trend: Sequence[Day]) -> str:
    """An SVG of two days or more: their counts, from zero on. The text says what the picture shows."""
    values = [day.counts.non_compliant for day in trend]
    top = _round_up(max(values))
    points = [(_x(number_, len(values)), _y(value, top)) for number_, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor, last = _y(0, top), points[-1]
    caption = f"{number(values[0])} on {trend[0].date}, {number(values[-1])} on {trend[-1].date}"
    caption += f"; at least {number(min(values))} and at most {number(max(values))} in between"
    rules = "".join(
        f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(value, top):.1f}" y2="{_y(value, top):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{_y(value, top) + 4:.1f}" text-anchor="end">{number(value)}</text>'
        for value in sorted({0, top // 2, top})
        if value == 0 or value == top or top % 2 == 0
    )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{caption}">'
        f"{rules}"
        f'<polygon class="area" points="{points[0][0]:.1f},{floor:.1f} {line} {last[0]:.1f},{floor:.1f}"/>'
        f'<polyline class="line" points="{line}"/>'
        f'<circle class="dot" cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="4"/>'
        f'<text class="now" x="{last[0] + 10:.1f}" y="{last[1] + 4:.1f}">{number(values[-1])}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{trend[0].date}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{trend[-1].date}</text>'
        "</svg>"
        f"<p><small>{caption}.</small></p>"
    )


def _x(index: int, of: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * index / (of - 1)


def _y(value: int, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _round_up(value: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    size = 1
    while True:
        for step in STEPS:
            if step * size >= value:
                return step * size
        size *= 10
