"""Each kind of widget, drawn into its box."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.pictures import samples
from tests.pictures.charts import chart, drawn, numbers
from tests.pictures.svg import fitted, line, rect, text, width_of

TITLE, _TILE = 22, 170
_SHORT = {"since", "time", "place", "was", "state", "now", "@timestamp"}
_FOUND_FEW = 'filter now = "ALARM"'


@dataclass(frozen=True, slots=True)
class Box:
    """Where a widget lies, in pixels."""

    x: float
    y: float
    width: float
    height: float


def widget(root: ET.Element, kind: str, properties: Mapping[str, Any], box: Box) -> None:
    """One widget: a card with its title, and what its kind shows."""
    rect(root, box.x, box.y, box.width, box.height, kind="c", rx="6")
    title = properties.get("title", "")
    if title:
        text(root, box.x + 10, box.y + 16, fitted(title, box.width - 20, "t"), "t")
    top = TITLE if title or kind != "alarm" else 4
    inner = Box(box.x + 10, box.y + top, box.width - 20, box.height - top - 6)
    if kind == "text":
        _markdown(root, properties["markdown"], Box(box.x + 10, box.y + 4, box.width - 20, box.height - 8))
    elif kind == "alarm":
        _tiles(root, properties["alarms"], properties.get("states", ["OK", "ALARM"]), inner)
    elif kind == "log":
        _log(root, properties, inner)
    elif properties.get("view") == "table":
        _table(root, properties, inner)
    elif properties.get("view") == "singleValue":
        numbers(root, properties, inner.x, inner.y, inner.width, inner.height)
    else:
        chart(root, properties, inner.x, inner.y, inner.width, inner.height)


def _markdown(root: ET.Element, markdown: str, box: Box) -> None:
    y = box.y
    for paragraph in markdown.split("\n"):
        level = len(paragraph) - len(paragraph.lstrip("#"))
        if "[button:" in paragraph:
            y += 8
            _buttons(root, paragraph, box.x, y)
            y += 24
        elif paragraph:
            kind = f"h{min(level, 3)}" if level else ""
            words = re.sub(r"\[([^\]]+)\]\([^)]+\)|[`*]", r"\1", paragraph.lstrip("# "))
            y += {"h1": 24, "h2": 21, "h3": 18}.get(kind, 17)
            text(root, box.x, y, fitted(words, box.width, kind), kind)


def _buttons(root: ET.Element, paragraph: str, x: float, y: float) -> None:
    for primary, words in re.findall(r"\[button:(primary:)?([^\]]+)\]", paragraph):
        width = width_of(words, "w") + 20
        rect(root, x, y, width, 22, kind="p" if primary else "b", rx="11")
        text(root, x + width / 2, y + 15, words, "w" if primary else "a", "middle")
        x += width + 8


def _tiles(root: ET.Element, arns: Sequence[str], states: Sequence[str], box: Box) -> None:
    columns = max(1, min(6, int(box.width // _TILE)))
    width, height = (box.width - 6 * (columns - 1)) / columns, 30
    names = (re.sub("-alarm-[a-z0-9]+$", "", arn.rpartition(":")[2]) for arn in arns)
    shown = [name for name in names if ("ALARM" if samples.number(name) % 11 == 0 else "OK") in states]
    for number, name in enumerate(shown):
        x = box.x + number % columns * (width + 6)
        y = box.y + 2 + number // columns * (height + 5)
        bad = samples.number(name) % 11 == 0
        rect(root, x, y, width, height, kind="al" if bad else "ok", rx="3")
        text(root, x + 6, y + 12, fitted(name, width - 10, "s"), "s")
        text(root, x + 6, y + 24, "In alarm" if bad else "OK", "s")


def _log(root: ET.Element, properties: Mapping[str, Any], box: Box) -> None:
    if properties.get("view", "table") != "table":
        chart(root, {"title": properties["title"], "metrics": [[{"label": "found"}]]}, *_sides(box))
        return
    query = properties["query"]
    columns = _columns(query)
    short = box.width * 0.11
    widths = [short if column in _SHORT else 0.0 for column in columns]
    wide = (box.width - sum(widths)) / max(widths.count(0.0), 1)
    rows = 3 if _FOUND_FEW in query else int((box.height - 20) // 20)
    places = re.findall(r', "([a-z][a-z0-9-]*)"\)', query)
    x = box.x
    for column, own in zip(columns, widths, strict=True):
        text(root, x, box.y + 12, column, "k")
        for row in range(rows):
            _cell(root, column, row, Box(x, box.y + 30 + 20 * row, own or wide, 20), places)
        x += own or wide
    for row in range(rows + 1):
        line(root, box.x, box.y + 16 + 20 * row, box.x + box.width, box.y + 16 + 20 * row, "g")


def _table(root: ET.Element, properties: Mapping[str, Any], box: Box) -> None:
    """A row for each line and a column for each summary, or the other way round."""
    style = properties.get("table", {})
    rows, columns = drawn(properties), style.get("summaryColumns", ["MIN", "MAX", "SUM", "AVG"])
    if style.get("layout") == "vertical":
        rows, columns = columns, rows
    for place, column in enumerate(["", *columns]):
        x = box.x + box.width * place / (len(columns) + 1)
        text(root, x, box.y + 12, column, "k")
        for number, row in enumerate(rows):
            words = row if place == 0 else str(samples.number(row, column) % 90)
            text(root, x, box.y + 30 + 20 * number, words)


def _columns(query: str) -> list[str]:
    """What a query shows: the fields, or what `stats` groups by and gives."""
    grouped = re.findall(r"\| stats (.*?) by ([^|]+)", query)
    fields = re.findall(r"\| fields ([^|]+)", query) or ["@timestamp, @message"]
    shown = f"{grouped[-1][1]}, {grouped[-1][0]}" if grouped else fields[-1]
    return [re.sub(r"^.* as ", "", one.strip()) for one in re.split(r",\s*(?![^(]*\))", shown)]


def _cell(root: ET.Element, column: str, row: int, box: Box, places: Sequence[str]) -> None:
    """Times, places and states as words, everything else, which has no sample, as a grey bar."""
    known = {"state": ("OK", "ALARM")[row % 2], "was": ("ALARM", "OK")[row % 2], "now": "ALARM"}
    if column in ("since", "time", "@timestamp"):
        text(root, box.x, box.y, samples.clock(row))
    elif column == "place" and places:
        text(root, box.x, box.y, places[samples.number(row) % len(places)])
    elif column in known:
        text(root, box.x, box.y, known[column], "r" if known[column] == "ALARM" else "")
    else:
        rect(root, box.x, box.y - 8, box.width * (0.35 + 0.5 * samples.fraction(column, row)), 9, kind="m", rx="3")


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.width, box.height
