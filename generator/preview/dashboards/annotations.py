"""Annotations of a graph's body as marks of a chart; what cannot be read is left out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (Annotations)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from generator.preview.charts.types import AxisSide, Fill, LevelMark, TimeMark
from generator.preview.dashboards.window import time_s

_COLOR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}")
_MOST = 100
_MOST_LABEL = 200


def level_marks(annotations: object) -> tuple[LevelMark, ...]:
    """Horizontal annotations: a mapping each, or a list of two for a band."""
    return tuple(_levels(annotations))[:_MOST]


def _levels(annotations: object) -> Iterator[LevelMark]:
    for annotation in annotations if isinstance(annotations, list) else ():
        first, second = _ends(annotation)
        value, until = _number(first.get("value")), _number(second.get("value"))
        if value is None or first.get("visible") is False:
            continue
        side: AxisSide = "right" if first.get("yAxis") == "right" else "left"
        fill = first.get("fill")
        label = str(first.get("label") or second.get("label") or "")[:_MOST_LABEL]
        fill_: Fill = "above" if fill == "above" else "below" if fill == "below" else ""
        yield LevelMark(value, label, side, fill_, until, _color(first) or _color(second))


def time_marks(annotations: object) -> tuple[TimeMark, ...]:
    """Vertical annotations: a mapping each, or a list of two for a band."""
    return tuple(_times(annotations))[:_MOST]


def _times(annotations: object) -> Iterator[TimeMark]:
    for annotation in annotations if isinstance(annotations, list) else ():
        first, second = _ends(annotation)
        at, until = (time_s(str(end.get("value", ""))) for end in (first, second))
        if at is None or first.get("visible") is False:
            continue
        label = str(first.get("label") or second.get("label") or "")[:_MOST_LABEL]
        yield TimeMark(at, label, until, str(first.get("fill", "")), _color(first) or _color(second))


def _ends(annotation: object) -> tuple[Mapping[str, object], Mapping[str, object]]:
    ends = annotation if isinstance(annotation, list) else [annotation]
    mappings = [end if isinstance(end, Mapping) else {} for end in [*ends, {}, {}][:2]]
    return mappings[0], mappings[1]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _color(end: Mapping[str, object]) -> str:
    color = end.get("color")
    return color if isinstance(color, str) and _COLOR.fullmatch(color) else ""
