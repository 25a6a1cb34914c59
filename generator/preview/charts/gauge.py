"""A half circle from the least to the greatest value, with annotations as colored parts of its edge."""

from __future__ import annotations

import math
from collections.abc import Sequence

from generator.preview.charts.numbers import short_number, with_unit
from generator.preview.charts.time_chart import ink
from generator.preview.charts.types import ChartLine, LevelMark
from generator.preview.markup import text

_RADIUS, _EDGE = 40.0, 48.0


def gauge_svg(line: ChartLine, value: float, limits: tuple[float, float], levels: Sequence[LevelMark]) -> str:
    """The value as an arc from the left, and as a number in the middle."""
    low, high = limits
    share = _share(value, low, high)
    parts = [f'<path class="c-ring" d="{_arc(_RADIUS, 0, 1)}"/>']
    if share > 0:
        parts.append(f'<path {ink(line.color, "c-arc")} d="{_arc(_RADIUS, 0, share)}"/>')
    for level in levels:
        start, end = _span(level, low, high)
        color = f' color="{level.color}"' if level.color else ""
        if end > start:
            parts.append(f'<path class="c-edge"{color} d="{_arc(_EDGE, start, end)}"/>')
    words = with_unit(value, line.unit)
    parts.append(f'<text class="c-m c-big" y="-4">{text(words)}</text>')
    parts.append(f'<text class="c-m" x="{-_RADIUS:g}" y="14">{text(short_number(low))}</text>')
    parts.append(f'<text class="c-m" x="{_RADIUS:g}" y="14">{text(short_number(high))}</text>')
    label = text(f"{line.label}: {words}, of {short_number(low)} to {short_number(high)}")
    return f'<svg class="c-gauge" viewBox="-56 -54 112 72" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _share(value: float, low: float, high: float) -> float:
    return max(0.0, min(1.0, (value - low) / (high - low))) if high > low and math.isfinite(value) else 0.0


def _span(level: LevelMark, low: float, high: float) -> tuple[float, float]:
    """The part of the edge that an annotation colors."""
    at = _share(level.value, low, high)
    if level.until is not None:
        other = _share(level.until, low, high)
        return min(at, other), max(at, other)
    return (0.0, at) if level.fill == "below" else (at, 1.0) if level.fill == "above" else (at - 0.008, at + 0.008)


def _arc(radius: float, start: float, end: float) -> str:
    """From one share of the half circle to another, clockwise from the left."""
    (x1, y1), (x2, y2) = (_at(radius, share) for share in (start, end))
    return f"M{x1:.1f} {y1:.1f}A{radius:g} {radius:g} 0 0 1 {x2:.1f} {y2:.1f}"


def _at(radius: float, share: float) -> tuple[float, float]:
    angle = math.pi * (1 - share)
    return radius * math.cos(angle), -radius * math.sin(angle)
