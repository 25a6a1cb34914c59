"""Annotations of a chart: thresholds with the side that is bad, bands, and moments."""

from __future__ import annotations

from generator.preview.charts.axes import ValueAxis
from generator.preview.charts.label_place import Points, label_place
from generator.preview.charts.paths import number
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.charts.types import LevelMark, TimeMark
from generator.preview.markup import text

# The width of a letter in columns of the grid, and the height of a line in its rows.
_LETTER, _LINE = 0.12, 0.42


def level_svg(level: LevelMark, axis: ValueAxis, size: tuple[int, int], points: Points = ()) -> str:
    """A line at a value, or a band between two, with its label at an end of it. size: of the widget, on the grid.

    A level beyond the axis has no line: at the edge it would be another level. Its label says which side it is on.
    """
    at = axis.y(level.value)
    y = _inside(at)
    color = _own(level.color)
    kind = "c-limit" if level.until is None else "c-zone"
    parts = []
    if level.until is not None:
        top, bottom = sorted((y, _inside(axis.y(level.until))))
        parts.append(_rect(kind, color, top, bottom - top))
        parts.append(_level(kind, color, axis.y(level.until)))
    elif level.fill:
        top, height = (0.0, y) if level.fill == "above" else (y, 100 - y)
        parts.append(_rect(kind, color, top, height))
    parts.append(_level(kind, color, at))
    if level.label:
        beyond = " ↑" if at < 0 else " ↓" if at > 100 else ""
        label = f"{level.label}{beyond}"
        width, height = (100 * part for part in (_LETTER * len(label) / size[0], _LINE / size[1]))
        place = label_place(y, min(60.0, width), height, points)
        parts.append(f'<text {place.attributes} y="{number(y)}%">{text(label)}</text>')
    return "".join(parts)


def _rect(kind: str, color: str, top: float, height: float) -> str:
    return f'<rect class="{kind}"{color} width="100%" y="{number(top)}%" height="{number(height)}%"/>'


def _level(kind: str, color: str, y: float) -> str:
    if not 0 <= y <= 100:
        return ""
    return f'<line class="{kind}"{color} x2="100%" y1="{number(y)}%" y2="{number(y)}%"/>'


def time_mark_svg(mark: TimeMark, window: ChartWindow) -> str:
    """A line at a time, or a band between two; nothing where the window does not have it."""
    at = window.percent(mark.at)
    until = None if mark.until is None else window.percent(mark.until)
    color = _own(mark.color)
    parts = []
    sides = {"before": (0.0, at), "after": (at, 100.0)}
    start, end = (at, until) if until is not None else sides.get(mark.fill, (at, at))
    left, right = _inside(min(start, end)), _inside(max(start, end))
    if right > left:
        parts.append(f'<rect class="c-time"{color} x="{number(left)}%" width="{number(right - left)}%" height="100%"/>')
    for place in (at, until):
        if place is not None and 0 <= place <= 100:
            x = number(place)
            parts.append(f'<line class="c-time"{color} x1="{x}%" x2="{x}%" y2="100%"/>')
    if parts and mark.label:
        is_right = left > 70
        anchor, shift = ("c-e c-a", "-4") if is_right else ("c-a", "4")
        parts.append(f'<text class="{anchor}" x="{number(left)}%" dx="{shift}" y="10">{text(mark.label)}</text>')
    return "".join(parts)


def _own(color: str) -> str:
    return f' color="{color}"' if color else ""


def _inside(percent: float) -> float:
    return max(0.0, min(100.0, percent))
