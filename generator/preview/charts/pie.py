"""Shares of a whole as a ring."""

from __future__ import annotations

import math
from collections.abc import Sequence

from generator.preview.charts.numbers import short_number
from generator.preview.charts.time_chart import ink
from generator.preview.charts.types import ChartLine
from generator.preview.markup import text

_RADIUS, _HOLE = 48.0, 26.0


def pie_svg(lines: Sequence[ChartLine], values: Sequence[float]) -> str:
    """A sector for each value above 0, clockwise from the top."""
    total = sum(values)
    parts, start = [], 0.0
    for line, value in zip(lines, values, strict=True):
        share = value / total if total > 0 else 0.0
        if share > 0:
            words = text(f"{line.label}: {short_number(100 * share)}%")
            parts.append(f'<path {ink(line.color, "c-b")} d="{_sector(start, share)}"><title>{words}</title></path>')
        start += share
    label = ", ".join(f"{line.label} {short_number(value)}" for line, value in zip(lines[:20], values, strict=False))
    rest = "" if parts else '<circle class="c-none" r="37"/>'
    words = text(f"Shares: {label}")
    opening = f'<svg class="c-pie" viewBox="-50 -50 100 100" role="img" aria-label="{words}">'
    return f"{opening}{''.join(parts)}{rest}</svg>"


def _sector(start: float, share: float) -> str:
    # A whole ring has the same point twice, which is no arc.
    end = start + min(share, 0.9999)
    is_large = 1 if end - start > 0.5 else 0
    outer, inner = ([_at(radius, turn) for turn in (start, end)] for radius in (_RADIUS, _HOLE))
    return (
        f"M{outer[0]}A{_RADIUS:g} {_RADIUS:g} 0 {is_large} 1 {outer[1]}"
        f"L{inner[1]}A{_HOLE:g} {_HOLE:g} 0 {is_large} 0 {inner[0]}Z"
    )


def _at(radius: float, turn: float) -> str:
    angle = 2 * math.pi * turn
    return f"{radius * math.sin(angle):.2f} {-radius * math.cos(angle):.2f}"
