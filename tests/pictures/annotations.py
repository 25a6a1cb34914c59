"""Annotations and axes of graphs: bands of values, times, labels beside the axes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from tests.pictures.svg import line, rect, text

_Sides = tuple[float, float, float, float]
_COLOR = "#7f7f7f"


def bands(root: ET.Element, properties: Mapping[str, Any], box: _Sides, high: float) -> None:
    """The areas between two values, and above or below one."""
    left, top, right, bottom = box
    for entry in properties.get("annotations", {}).get("horizontal", []):
        ends = entry if isinstance(entry, list) else [entry]
        ys = [bottom - (bottom - top) * min(end["value"] / high, 1) for end in ends]
        if len(ys) == 1 and entry.get("fill") in ("above", "below"):
            ys.append(top if entry["fill"] == "above" else bottom)
        if len(ys) == 2:
            first, last = sorted(ys)
            color = ends[0].get("color", _COLOR)
            rect(root, left, first, right - left, max(last - first, 2), fill=color, **{"fill-opacity": ".15"})
        if isinstance(entry, list):
            text(root, right, min(ys) + 9, ends[0].get("label", ""), "s", "end")


def times(root: ET.Element, properties: Mapping[str, Any], box: _Sides) -> None:
    """Vertical lines and bands; the sample data has no dates, so they are spread over the graph."""
    left, top, right, bottom = box
    entries = properties.get("annotations", {}).get("vertical", [])
    for number, entry in enumerate(entries, 1):
        first = entry[0] if isinstance(entry, list) else entry
        x = left + (right - left) * number / (len(entries) + 1)
        ends = {"before": (left, x), "after": (x, right)}.get(first.get("fill", ""), (x, x))
        ends = (x, x + 40) if isinstance(entry, list) else ends
        if ends[1] > ends[0]:
            color = first.get("color", _COLOR)
            rect(root, ends[0], top, ends[1] - ends[0], bottom - top, fill=color, **{"fill-opacity": ".15"})
        line(root, x, top, x, bottom, "th")
        text(root, x + 3, top + 9 * number, first.get("label", ""), "s")


def axes(root: ET.Element, properties: Mapping[str, Any], box: _Sides) -> None:
    """The labels of the axes, and the ends of the right one."""
    left, top, right, _ = box
    both = properties.get("yAxis", {})
    if label := both.get("left", {}).get("label"):
        text(root, left + 4, top + 6, label, "k")
    side = both.get("right", {})
    if side:
        text(root, right + 4, top + 6, f"{side.get('max', '')} {side.get('label', '')}".strip(), "k")
