"""Annotations of a chart: thresholds with the side that is bad, bands, and moments."""

from __future__ import annotations

from generator.preview.charts.axes import ValueAxis
from generator.preview.charts.paths import number
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.charts.types import LevelMark, TimeMark
from generator.preview.markup import text


def level_svg(level: LevelMark, axis: ValueAxis) -> str:
    """A line at a value, or a band between two, with its label at the right."""
    y = _inside(axis.y(level.value))
    color = _own(level.color)
    kind = "c-limit" if level.until is None else "c-zone"
    parts = []
    if level.until is not None:
        top, bottom = sorted((y, _inside(axis.y(level.until))))
        parts.append(_rect(kind, color, top, bottom - top))
        parts.append(_level(kind, color, _inside(axis.y(level.until))))
    elif level.fill:
        top, height = (0.0, y) if level.fill == "above" else (y, 100 - y)
        parts.append(_rect(kind, color, top, height))
    parts.append(_level(kind, color, y))
    if level.label:
        above = y > 12
        words = f'<text class="c-e c-a" x="100%" dx="-3" y="{number(y)}%" dy="{"-4" if above else "11"}">'
        parts.append(f"{words}{text(level.label)}</text>")
    return "".join(parts)


def _rect(kind: str, color: str, top: float, height: float) -> str:
    return f'<rect class="{kind}"{color} width="100%" y="{number(top)}%" height="{number(height)}%"/>'


def _level(kind: str, color: str, y: float) -> str:
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
