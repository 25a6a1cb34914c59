"""Numbers and times of AWS as the language writes them."""

from __future__ import annotations

import math
from typing import Any

from generator.importer.unknown_values import MARK
from generator.importer.write.placeholders import escaped

COMPARISONS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
_UNITS = ((604_800, "w"), (86_400, "d"), (3600, "h"), (60, "m"))
_LONGEST_EXACT = 1e15


class Unwritable(Exception):
    """Something that the language cannot say; the text is the reason."""


def duration(seconds: Any) -> str:
    """`5m` for 300. Raises Unwritable."""
    if isinstance(seconds, str) and MARK.search(seconds):
        return escaped(seconds)
    count = whole(seconds, "a time")
    if count <= 0:
        raise Unwritable(f"{count} seconds is not a time")
    size, unit = next(
        ((size, unit) for size, unit in _UNITS if count % size == 0 and (unit in "mh" or count > size)), (1, "s")
    )
    return f"{count // size}{unit}"


def number(value: Any) -> int | float:
    """A number that a template may write as text. Raises Unwritable."""
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise Unwritable(f"{str(value)[:40]!r} is not a number") from None
    if not math.isfinite(result):
        raise Unwritable(f"{str(value)[:40]} is not a number that an alarm can compare with")
    return int(result) if result == int(result) and abs(result) < _LONGEST_EXACT else result


def whole(value: Any, name: str) -> int:
    """A whole number. Raises Unwritable."""
    result = number(value)
    if not isinstance(result, int):
        raise Unwritable(f"{name} is {result}, which is not a whole number")
    return result


def threshold(comparison: Any, value: Any) -> str:
    """`> 5`. Raises Unwritable."""
    sign = COMPARISONS.get(str(comparison))
    if sign is None:
        raise Unwritable(f"its comparison is {str(comparison)[:60]}")
    if isinstance(value, str) and MARK.search(value):
        return f"{sign} {escaped(value)}"
    if value is None:
        raise Unwritable("it has no threshold")
    return f"{sign} {number(value)!r}"


def datapoints(needed: Any, periods: Any) -> str:
    """`2 of 3`. Raises Unwritable."""
    count = whole(periods, "EvaluationPeriods")
    least = count if needed is None else whole(needed, "DatapointsToAlarm")
    return f"{least} of {count}"


def sentence(text: str, longest: int) -> tuple[str, bool]:
    """A text as one line of at most so many characters, and whether something was cut off."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(text.split())
    return (line, False) if len(line) <= longest else (f"{line[: longest - 1].rstrip()}…", True)
