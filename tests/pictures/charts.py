"""Graphs: curves below their thresholds, counts as steps, bars and big numbers."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.pictures import samples
from tests.pictures.annotations import axes, bands, times
from tests.pictures.svg import PALETTE, fitted, line, polyline, rect, text, width_of

_AXIS, _LEGEND, _SIDE = 30, 18, 130
_MOST_LINES = 9
# What a search finds is not known before.
_FOUND = ("found 1", "found 2", "found 3")


def drawn(properties: Mapping[str, Any]) -> list[str]:
    """The labels of what a graph draws, hidden rows left out."""
    if "insightRule" in properties:
        return [f"contributor {number}" for number in range(1, 5)]
    last: list[Mapping[str, Any]] = [row[-1] if isinstance(row[-1], dict) else {} for row in properties["metrics"]]
    labels = [options.get("label", "") for options in last if options.get("visible", True)]
    return [found for label in labels for found in (_FOUND if "${" in label else (label,))]


def chart(root: ET.Element, properties: Mapping[str, Any], x: float, y: float, width: float, height: float) -> None:
    """A graph over time, or bars."""
    labels = drawn(properties)[:_MOST_LINES]
    annotated = properties.get("annotations", {}).get("horizontal", [])
    levels = [level for level in annotated if isinstance(level, dict)]
    left, top, right, bottom = x + _AXIS, y + 4, x + width, y + height - _LEGEND
    at_side = properties.get("legend", {}).get("position") == "right"
    if properties.get("yAxis", {}).get("right"):
        right -= _AXIS
    if at_side:
        right -= _SIDE
    if properties.get("view") == "bar":
        _bars(root, properties["title"], labels, (x + 70, top, right, bottom))
        return
    stacked = properties.get("stacked", False)
    colors = _colors(properties, labels)
    counts = _counts(properties)
    curves = list(_curves(properties, labels, levels, counts))
    ends = properties.get("yAxis", {}).get("left", {})
    highest = [math.fsum(values) for values in zip(*curves, strict=True)] if stacked else [max(c) for c in curves]
    values = highest + [level["value"] for level in levels]
    high = ends.get("max") or max(1.15 * max(values, default=0), 2.0 if counts else 1.0)
    bands(root, properties, (left, top, right, bottom), high)
    _grid(root, (left, top, right, bottom), high)
    axes(root, properties, (left, top, right, bottom))
    xs = [left + (right - left) * n / (samples.POINTS - 1) for n in range(samples.POINTS)]
    base = [0.0] * samples.POINTS
    for number, values in enumerate(curves):
        tops = [a + b for a, b in zip(base, values, strict=True)] if stacked else values
        ys = [bottom - (bottom - top) * min(value / high, 1) for value in tops]
        points = list(zip(xs, ys, strict=True))
        if stacked and any(values):
            floor = [bottom - (bottom - top) * min(value / high, 1) for value in base]
            under = list(zip(xs, floor, strict=True))[::-1]
            polyline(root, [*points, *under], colors[number], area=True)
        polyline(root, points, colors[number])
        base = tops if stacked else base
    _levels(root, levels, (left, top, right, bottom), high)
    times(root, properties, (left, top, right, bottom))
    if at_side:
        for number, label in enumerate(labels):
            rect(root, x + width - _SIDE + 34, top + 13 * number, 8, 8, fill=colors[number])
            text(root, x + width - _SIDE + 45, top + 13 * number + 7, fitted(label, _SIDE - 45, "s"), "s")
        return
    _legend(root, list(zip(labels, colors, strict=True)), len(drawn(properties)), x, y + height - 4, width)


def numbers(root: ET.Element, properties: Mapping[str, Any], x: float, y: float, width: float, height: float) -> None:
    """A big number for each line."""
    labels = drawn(properties)
    for number, label in enumerate(labels):
        left = x + width * number / len(labels)
        text(root, left, y + height / 2 + 4, str(1 + samples.number(label) % 90), "n")
        text(root, left, y + height / 2 + 20, fitted(label, width / len(labels) - 8))
        if properties.get("sparkline"):
            values = samples.curve(properties["title"], label, 10, 8)
            step = (width / len(labels) - 20) / (samples.POINTS - 1)
            points = [(left + step * place, y + height - 4 - value) for place, value in enumerate(values)]
            polyline(root, points, PALETTE[number % len(PALETTE)])


def _colors(properties: Mapping[str, Any], labels: Sequence[str]) -> list[str]:
    """The color of each line: its own, or the next."""
    rows = [row[-1] for row in properties.get("metrics", ()) if isinstance(row[-1], dict)]
    own = {row.get("label", ""): row["color"] for row in rows if "color" in row}
    return [own.get(label) or PALETTE[number % len(PALETTE)] for number, label in enumerate(labels)]


def _counts(properties: Mapping[str, Any]) -> bool:
    """Whether a graph counts alarms that are past their thresholds."""
    expressions = [row[0].get("expression", "") for row in properties.get("metrics", ()) if isinstance(row[0], dict)]
    return any(expression.endswith(", 1, 0)") for expression in expressions)


def _curves(
    properties: Mapping[str, Any], labels: Sequence[str], levels: Sequence[Mapping[str, Any]], counts: bool
) -> Iterator[list[float]]:
    """Below the lowest threshold, and above it where what is too low is bad."""
    title = properties["title"]
    ends = properties.get("yAxis", {}).get("left", {})
    low = min((level["value"] for level in levels if level["value"] > 0), default=ends.get("max", 60) * 0.8)
    below = any(level.get("label", "").split()[-2:-1] in (["<"], ["<="]) for level in levels)
    for label in labels:
        if counts:
            yield samples.steps(title, label)
        elif levels and max(level["value"] for level in levels) <= 0:
            yield [0.0] * samples.POINTS
        else:
            part = 0.2 + 0.4 * samples.fraction(label, title)
            yield samples.curve(title, label, low * (1.02 if below else part), 0 if below else low * 0.15)


def _grid(root: ET.Element, box: tuple[float, float, float, float], high: float) -> None:
    left, top, right, bottom = box
    for part in (0, 0.5, 1):
        y = bottom - (bottom - top) * part
        line(root, left, y, right, y, "g")
        text(root, left - 4, y + 3, _short(high * part), "s", "end")


def _short(value: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"


def _levels(
    root: ET.Element, levels: Sequence[Mapping[str, Any]], box: tuple[float, float, float, float], high: float
) -> None:
    left, top, right, bottom = box
    for level in levels:
        y = bottom - (bottom - top) * min(level["value"] / high, 1)
        line(root, left, y, right, y, "th")
        text(root, right, y - 3, level.get("label", ""), "s r", "end")


def _legend(root: ET.Element, lines: Sequence[tuple[str, str]], count: int, x: float, y: float, width: float) -> None:
    at = x
    for number, (label, color) in enumerate(lines):
        own = width_of(label, "s") + 20
        if at + own > x + width - 40 and number < count - 1:
            text(root, at, y, f"+{count - number}", "s")
            return
        rect(root, at, y - 7, 8, 8, fill=color)
        text(root, at + 11, y, fitted(label, x + width - at - 11, "s"), "s")
        at += own


def _bars(root: ET.Element, title: str, labels: Sequence[str], box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    each = (bottom - top) / max(len(labels), 4)
    for number, label in enumerate(labels):
        y = top + each * number
        text(root, left - 6, y + each / 2 + 3, fitted(label, 64, "s"), "s", "end")
        length = (right - left) * (0.2 + 0.7 * samples.fraction(title, label))
        rect(root, left, y + 2, length, each - 4, fill=PALETTE[0])
