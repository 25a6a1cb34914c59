"""Values that look like metrics, and are the same on every machine: they come from the words of the widget alone."""

from __future__ import annotations

import zlib

POINTS = 36


def number(*words: object) -> int:
    """A whole number out of words."""
    return zlib.crc32("|".join(map(str, words)).encode())


def fraction(*words: object) -> float:
    """From 0 to 1, out of words."""
    return number(*words) % 10_000 / 10_000


def curve(title: str, label: str, middle: float, spread: float) -> list[float]:
    """Values around a middle, never below zero: a slow wave of straight lines, and noise."""
    phase = fraction(title, label) * 4
    waves = (1 - abs((phase + n / 9) % 4 - 2) for n in range(POINTS))
    noise = (fraction(title, label, n) - 0.5 for n in range(POINTS))
    return [max(0.0, middle + spread * (0.7 * wave + 0.5 * one)) for wave, one in zip(waves, noise, strict=True)]


def steps(title: str, label: str) -> list[float]:
    """Counts of alarms: mostly none, and in one graph of three, for a while, one or two."""
    if number(title, "quiet") % 3 or number(title, label) % 2:
        return [0.0] * POINTS
    start = 12 + number(title, label, "start") % 12
    return [float(start <= n < start + 9) + float(start + 2 <= n < start + 5) for n in range(POINTS)]


def clock(row: int) -> str:
    """The time of a row, the latest first."""
    minute = 193 - 17 * row
    return f"{minute // 60:02}:{minute % 60:02}:00Z"
