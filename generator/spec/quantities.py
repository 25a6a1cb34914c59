"""Quantities of the language: durations, thresholds, M of N datapoints, numbers or percentages of accounts.

A duration is lowered to seconds, the others to named tuples.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from generator.model.alarms import Comparison
from generator.model.rollout import Share
from generator.spec import suggestions as near
from generator.spec.scalars import EnumScalar, Scalar, show, wrong

PERCENT = 100
LONGEST_WARM_UP = 2 * 86_400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Threshold(NamedTuple):
    """`> 5`: the comparison that breaches, and the number it compares with."""

    comparison: Comparison
    value: float


class Datapoints(NamedTuple):
    """`2 of 3`: breaching datapoints needed, out of the evaluated periods."""

    needed: int
    of: int


def duration(value: object) -> int:
    """Seconds in `90s`, `1m`, `5m`, `1h`, `30d`, `2w`."""
    match = re.fullmatch(r"(\d+)\s*([smhdw])", value.strip()) if isinstance(value, str) else None
    if match and int(match.group(1)) > 0:
        return int(match.group(1)) * _UNITS[match.group(2)]
    if match:
        raise wrong(f"expected a duration above zero, got {show(value)}", "use a duration such as 1m, 5m or 30d")
    raise wrong(f"expected a duration such as 1m, 5m or 30d, got {show(value)}", near.duration(value))


def milliseconds(value: object) -> int:
    """Milliseconds in `300ms`, `2s`, `1.5s`, `1m`."""
    match = re.fullmatch(r"(\d+)\s*ms|(\d+(?:\.\d{1,3})?)\s*([sm])", value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong(f"expected a duration such as 300ms or 2s, got {show(value)}", "use a duration such as 300ms or 2s")
    result = int(match[1]) if match[1] else round(Decimal(match[2]) * 1000 * _UNITS[match[3]])
    if result <= 0:
        raise wrong(f"expected a duration above zero, got {show(value)}", "use a duration such as 300ms or 2s")
    return result


def delay(value: object) -> int:
    """Seconds in `30s`; 0 for `none` and `0s`."""
    text = value.strip() if isinstance(value, str) else ""
    return 0 if text == "none" or re.fullmatch(r"0+\s*[smhdw]", text) else duration(value)


def warm_up(value: object) -> int:
    """Seconds in `30m`; 0 for `none` and `0m`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
    """
    text = value.strip() if isinstance(value, str) else ""
    if text == "none" or re.fullmatch(r"0+\s*[smhdw]", text):
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong(
            f"expected a warm-up with a unit, such as 30m, got {show(value)}", f"write {value}m" if value else "none"
        )
    seconds = duration(value)
    if seconds % 60 or seconds > LONGEST_WARM_UP:
        raise wrong(
            f"expected a warm-up in whole minutes from 1m to 2d, got {show(value)}",
            "use a duration such as 30m, or none",
        )
    return seconds


def threshold(value: object) -> Threshold:
    """`> 5`, `>= 0.5`, `< 10`, `<= -1`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong(f"threshold `{value}` has no comparison operator", f'write "> {value}" (or >=, <, <=)')
    match = (
        re.fullmatch(r"(>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)", value.strip())
        if isinstance(value, str)
        else None
    )
    if not match:
        raise wrong(f'expected a threshold such as "> 5", got {show(value)}', _threshold_hint(value))
    if not math.isfinite(float(match.group(2))):
        raise wrong(f"the threshold {show(value)} is out of range", 'use a threshold such as "> 5"')
    comparison: Comparison = match.group(1)  # type: ignore[assignment]  # the regular expression admits nothing else
    return Threshold(comparison, float(match.group(2)))


def _threshold_hint(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if re.match(r"\s*(==?|!=)", text):
        return "use >, >=, < or <=, since CloudWatch cannot compare for equality"
    if "%" in text:
        return (
            "write the number itself; a percentage of a capacity, such as 80 % of timeout, is possible in a pack only"
        )
    return 'use >, >=, < or <= and a number: "> 5"'


def datapoints(value: object) -> Datapoints:
    """`2 of 3`: M of N, 1 ≤ M ≤ N."""
    match = re.fullmatch(r"(\d+)\s+of\s+(\d+)", value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong(f"expected datapoints as `M of N`, such as 2 of 3, got {show(value)}", near.datapoints(value))
    needed, of = int(match.group(1)), int(match.group(2))
    if not 1 <= needed <= of:
        raise wrong(
            f"expected M from 1 to N, got {needed} of {of}",
            f"use {min(max(needed, 1), of or 1)} of {of or 1}",
        )
    return Datapoints(needed, of)


def share(value: object) -> Share:
    """`10%`, or a count such as 3."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Share(value, False)
    match = re.fullmatch(r"(\d{1,3})\s*%", value.strip()) if isinstance(value, str) else None
    if not match or int(match.group(1)) > PERCENT:
        raise wrong(f"expected a number or a percentage of accounts, got {show(value)}", "use a value such as 3 or 10%")
    return Share(int(match.group(1)), True)


Seconds = Annotated[int, Scalar(duration, type="string", pattern=r"^\d+\s*[smhdw]$", examples=["1m", "5m", "30d"])]
Milliseconds = Annotated[
    int,
    Scalar(milliseconds, type="string", pattern=r"^(\d+\s*ms|\d+(\.\d{1,3})?\s*[sm])$", examples=["300ms", "2s"]),
]
DelayText = Annotated[
    int, Scalar(delay, type="string", pattern=r"^(none|\d+\s*[smhdw])$", examples=["1m", "5m", "none"])
]
TimeUnit = Annotated[Literal["ms", "s"], EnumScalar("a unit of time", "ms", "s")]
WarmUpText = Annotated[
    int, Scalar(warm_up, type="string", pattern=r"^(none|\d+\s*[smhdw])$", examples=["30m", "2h", "none"])
]
ThresholdText = Annotated[
    Threshold, Scalar(threshold, type="string", pattern=r"^(>=|<=|>|<)\s*[-+]?\d", examples=["> 5", ">= 0.5"])
]
DatapointsText = Annotated[
    Datapoints, Scalar(datapoints, type="string", pattern=r"^\d+\s+of\s+\d+$", examples=["1 of 1", "2 of 3"])
]
ShareText = Annotated[
    Share,
    Scalar(
        share,
        oneOf=[{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,3}\s*%$"}],
        examples=["10%", 3],
    ),
]


def quiet_value(thresholds: Sequence[Threshold]) -> float | None:
    """A value that crosses none of the thresholds: 0 where that is one."""
    least = min(
        (t.value - (t.comparison == ">=") for t in thresholds if t.comparison.startswith(">")), default=math.inf
    )
    most = max(
        (t.value + (t.comparison == "<=") for t in thresholds if t.comparison.startswith("<")), default=-math.inf
    )
    if most > least:
        return None
    return min(max(0.0, most), least)
