"""A small part of SVG: boxes, text that fits, lines. Coordinates are whole numbers, which keeps files small."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

COLUMN, ROW, GAP, MARGIN = 46, 38, 6, 10
PALETTE = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#17a2b8", "#7f7f7f", "#bcbd22", "#e377c2")
_STYLE = """
text{font-family:Helvetica,Arial,sans-serif;font-size:11px;fill:#414d5c}
.h1{font-size:19px;font-weight:700;fill:#0f141a}.h2{font-size:15px;font-weight:700;fill:#0f141a}
.h3{font-size:13px;font-weight:700;fill:#0f141a}.t{font-size:12px;font-weight:700;fill:#0f141a}
.k{font-size:10px;font-weight:700;fill:#656871}
.s{font-size:9px;fill:#656871}.n{font-size:24px;fill:#0f141a}.c{fill:#fff;stroke:#d5dbdb}
.g{stroke:#eaeded}.l{fill:none;stroke-width:1.4}.th{stroke:#d13212;stroke-dasharray:5 3}.r{fill:#d13212}
.b{fill:#fff;stroke:#0972d3}.p{fill:#0972d3}.w{fill:#fff;font-weight:700}.a{fill:#0972d3;font-weight:700}
.ok{fill:#f2fcf3;stroke:#1d8102}.al{fill:#fdf3f1;stroke:#d13212}.m{fill:#e4e8ea}
"""
# Mean widths of letters of wide sans-serif fonts, in parts of the size.
_WIDTH, _BOLD = 0.54, 0.6
_SIZES = {"h1": 19, "h2": 15, "h3": 13, "t": 12, "k": 10, "s": 9, "n": 24}


def document(width: int, height: int, label: str) -> ET.Element:
    """An empty picture on the console's grey."""
    box = f"0 0 {width} {height}"
    root = ET.Element(
        "svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, "role": "img", "aria-label": label}
    )
    root.set("width", str(width))
    root.set("height", str(height))
    ET.SubElement(root, "style").text = _STYLE.replace("\n", "")
    rect(root, 0, 0, width, height, fill="#f2f3f3")
    return root


def written(root: ET.Element) -> str:
    """The text of a picture, an element a line."""
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"


def rect(parent: ET.Element, x: float, y: float, width: float, height: float, **more: str) -> None:
    """A box; `kind` is its class."""
    sides = {"x": x, "y": y, "width": width, "height": height}
    ET.SubElement(parent, "rect", {name: str(round(value)) for name, value in sides.items()} | _named(more))


def line(parent: ET.Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    """A straight line."""
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    ET.SubElement(parent, "line", {name: str(round(value)) for name, value in ends.items()} | {"class": kind})


def polyline(parent: ET.Element, points: Iterable[tuple[float, float]], color: str, area: bool = False) -> None:
    """A curve, or the area that it bounds."""
    path = " ".join(f"{round(x)},{round(y)}" for x, y in points)
    if area:
        ET.SubElement(parent, "polygon", {"points": path, "fill": color, "fill-opacity": ".55"})
    else:
        ET.SubElement(parent, "polyline", {"class": "l", "points": path, "stroke": color})


def text(parent: ET.Element, x: float, y: float, words: str, kind: str = "", anchor: str = "") -> None:
    """Words on a line; anchor: `middle` or `end` where x is not their beginning."""
    found = ET.SubElement(parent, "text", {"x": str(round(x)), "y": str(round(y))})
    if kind:
        found.set("class", kind)
    if anchor:
        found.set("text-anchor", anchor)
    found.text = words


def width_of(words: str, kind: str = "") -> float:
    """How wide words are, about."""
    bold = kind in ("h1", "h2", "h3", "t", "k", "w", "a")
    return len(words) * _SIZES.get(kind, 11) * (_BOLD if bold else _WIDTH)


def fitted(words: str, room: float, kind: str = "") -> str:
    """The words, with an ellipsis where they do not fit."""
    if width_of(words, kind) <= room:
        return words
    letters = int(room / width_of("x", kind))
    return words[: max(letters - 1, 0)].rstrip() + "…"


def _named(more: dict[str, str]) -> dict[str, str]:
    return {"class" if name == "kind" else name: value for name, value in more.items()}
