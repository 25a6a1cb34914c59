"""Values as the path of a line: few points, and gaps where there is no data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from generator.evaluate.math.series import Series

Point = tuple[float, float]
Scale = Callable[[float], float]


def fewer(values: Series, most: int) -> list[Point]:
    """Places and values of at most about so many points: of each stretch its least and its greatest, as they come.

    A place is a number of periods from the first. A stretch with a gap in it keeps the gap only if it has no value.
    """
    size = len(values)
    if size <= most:
        return list(enumerate(values.tolist()))
    stretch = -(-2 * size // most)
    count = -(-size // stretch)
    padded = np.full(count * stretch, np.nan)
    padded[:size] = values
    rows = padded.reshape(count, stretch)
    missing = ~np.isfinite(rows)
    lows = np.where(missing, np.inf, rows).argmin(axis=1)
    highs = np.where(missing, -np.inf, rows).argmax(axis=1)
    firsts = np.arange(0, count * stretch, stretch)
    # A stretch without a value has its first place twice, which stays a gap.
    places = sorted({*(firsts + lows).tolist(), *(firsts + highs).tolist()})
    return [(place, value) for place, value in zip(places, padded[places].tolist(), strict=True)]


def stretches(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The points between gaps."""
    current: list[Point] = []
    for point in points:
        if math.isfinite(point[1]):
            current.append(point)
        elif current:
            yield current
            current = []
    if current:
        yield current


def line_path(points: Sequence[Point], y: Scale) -> str:
    """A line through points; a point alone is a dot. Points on a straight level line are left out."""
    return "".join(_one_line([(x, round(y(value), 1)) for x, value in part]) for part in stretches(points))


def _one_line(points: Sequence[Point]) -> str:
    if len(points) == 1:
        x, y = points[0]
        return f"M{number(x)} {number(y)}h.1"
    corners = [
        point
        for index, point in enumerate(points)
        if index in (0, len(points) - 1) or not points[index - 1][1] == point[1] == points[index + 1][1]
    ]
    return _path(corners)


def _path(points: Sequence[Point]) -> str:
    """A path through points, each as its distance from the one before it: these are short."""
    rounded = [(round(x, 1), round(y, 1)) for x, y in points]
    moves = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(rounded)]
    return f"M{_pairs(rounded[:1])}l{_pairs(moves)}"


def _pairs(points: Sequence[Point]) -> str:
    """Coordinates with a blank only where no minus sign parts them."""
    words = [number(value) for point in points for value in point]
    return "".join(word if index == 0 or word[0] == "-" else f" {word}" for index, word in enumerate(words))


def area_path(upper: Sequence[Point], lower: Sequence[Point], y: Scale) -> str:
    """The area between two rows of points at the same places, in each stretch without gaps."""
    edges = [(high[0], high[1], low[1]) for high, low in zip(upper, lower, strict=True)]
    parts = []
    for part in _whole(edges):
        edge = [(x, high) for x, high, _ in part] + [(x, low) for x, _, low in reversed(part)]
        parts.append(f"{_path([(x, y(value)) for x, value in edge])}Z")
    return "".join(parts)


def _whole(rows: Sequence[tuple[float, float, float]]) -> Iterator[list[tuple[float, float, float]]]:
    current: list[tuple[float, float, float]] = []
    for row in rows:
        if math.isfinite(row[1]) and math.isfinite(row[2]):
            current.append(row)
        elif current:
            yield current
            current = []
    if current:
        yield current


def number(value: float) -> str:
    """A coordinate in as few characters as it needs."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
